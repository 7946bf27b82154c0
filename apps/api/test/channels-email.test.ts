import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Api, startApi } from './api.ts'
import { deliveriesOf, startTeller, type Teller, told } from './channels-receiver.ts'
import { type MailServer, startMailServer, trustTestServer } from './smtp-receiver.ts'

/** Mail, to a real SMTP server over real sockets. */

let api: Api
let teller: Teller
const servers: MailServer[] = []
beforeAll(async () => {
  trustTestServer()
  api = await startApi()
  teller = await startTeller(api)
})
afterAll(async () => {
  await teller.close()
  await api.close()
})
afterEach(async () => {
  await api.pool.query('delete from channel')
  for (const server of servers.splice(0)) await server.close()
})

async function mailServer(options: Parameters<typeof startMailServer>[0] = {}): Promise<MailServer> {
  const server = await startMailServer(options)
  servers.push(server)
  return server
}

let names = 0
const mailTo = (port: number, fields: object = {}) =>
  teller.addChannel({
    name: `mail-${++names}`,
    target: {
      type: 'email',
      host: 'localhost',
      port,
      from: 'graftwatch@example.com',
      to: ['ops@example.com', 'night@example.com'],
      ...fields,
    },
  })

/** Header lines, unfolded. */
const headersOf = (text: string): string[] =>
  (text.split('\r\n\r\n')[0] ?? '').replace(/\r\n[ \t]+/g, ' ').split('\r\n')

test('an alert is one thread: each mail has its own id, and all refer to one', async () => {
  const server = await mailServer()
  const { id } = await mailTo(server.port)
  await teller.tell(told('firing', '7', { summary: 'db-1\r\nBcc: everybody@example.com\u2028 is stuck' }))
  await teller.tell(told('resolved', '7'))
  await expect.poll(() => server.letters.length, { timeout: 10_000 }).toBe(2)
  const deliveries = await deliveriesOf(api, id)
  for (const [n, letter] of server.letters.entries()) {
    const headers = headersOf(letter.text)
    expect(letter).toMatchObject({
      from: 'graftwatch@example.com',
      to: ['ops@example.com', 'night@example.com'],
      isSecure: true,
    })
    expect(headers).toContain(`Message-ID: <delivery-${deliveries[n]?.id}@example.com>`)
    expect(headers).toContain('References: <alert-7@example.com>')
    expect(headers).toContain('In-Reply-To: <alert-7@example.com>')
    expect(headers.some((line) => /^bcc:/i.test(line))).toBe(false)
    expect(letter.text).toContain('Content-Type: text/plain')
    expect(letter.text).toContain('Content-Type: text/html')
  }
  const [firing, resolved] = server.letters.map(({ text }) =>
    headersOf(text).find((line) => /^Subject:/.test(line)),
  )
  expect(firing).toBe('Subject: [PAGE] Firing: db-1 Bcc: everybody@example.com is stuck')
  expect(resolved).toMatch(/^Subject: \[RESOLVED\] Resolved: 38 hosts held/)
  const body = server.letters[0]?.text.replace(/=\r\n/g, '') ?? ''
  expect(body).toContain('Act now? No: old code keeps serving; exposure continues.')
  expect(body).toContain('First safe step: Lower the load of the guest.')
})

test.each([
  ['tls', { secure: true }, true],
  ['starttls', {}, true],
  ['none', {}, false],
] as const)('security %s, with a user and a password', async (security, options, isSecure) => {
  const server = await mailServer({ ...options, authOptional: false, allowInsecureAuth: true })
  const { id } = await mailTo(server.port, { security, user: 'ada', password: 'right-password' })
  expect(await teller.testChannel(id)).toMatchObject({
    delivered: true,
    status: 250,
    answer: expect.stringContaining('queued'),
  })
  expect(server.letters).toMatchObject([{ user: 'ada', isSecure }])
})

test('starttls sends nothing in clear to a server that has none', async () => {
  const server = await mailServer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] })
  const { id } = await mailTo(server.port)
  expect(await teller.testChannel(id)).toMatchObject({ delivered: false })
  expect(server.letters).toEqual([])
})

test('a wrong password is told, and not what it was', async () => {
  const server = await mailServer({ authOptional: false })
  const { id } = await mailTo(server.port, { user: 'ada', password: 'wrong-password' })
  const told = await teller.testChannel(id)
  expect(told).toMatchObject({
    delivered: false,
    status: 535,
    answer: 'localhost: the user or the password is not right (535).',
  })
  expect(JSON.stringify(await deliveriesOf(api, id))).not.toContain('wrong-password')
})

test('a certificate for another name is refused', async () => {
  const server = await mailServer({ secure: true })
  const { id } = await mailTo(server.port, { host: '127.0.0.1', security: 'tls' })
  expect(await teller.testChannel(id)).toMatchObject({ delivered: false, status: null })
  expect(server.letters).toEqual([])
})

test('a recipient who is refused is told of, and the others have it; when all are, nobody does', async () => {
  const server = await mailServer({
    onRcptTo: ({ address }, _session, callback) =>
      address.startsWith('night')
        ? callback(Object.assign(new Error('no such mailbox'), { responseCode: 550 }))
        : callback(),
  })
  const some = await mailTo(server.port)
  expect(await teller.testChannel(some.id)).toMatchObject({
    delivered: true,
    answer: expect.stringContaining('1 of 2 recipients refused'),
  })
  const none = await mailTo(server.port, { to: ['night@example.com'] })
  expect(await teller.testChannel(none.id)).toMatchObject({
    delivered: false,
    status: 550,
    answer: expect.stringContaining('no such mailbox'),
  })
})

test('a server that takes the connection and says nothing is given up on after 10 s', async () => {
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as { port: number }
  const { id } = await mailTo(port)
  expect(await teller.testChannel(id)).toMatchObject({
    delivered: false,
    status: null,
    answer: expect.stringContaining('no answer within 10 s'),
  })
  await new Promise((resolve) => silent.close(resolve))
})

test('a server at a private address is not spoken to unless the channel may', async () => {
  const server = await mailServer()
  const { id } = await mailTo(server.port)
  await api.pool.query('update channel set allow_private = false')
  expect(await teller.testChannel(id)).toMatchObject({
    delivered: false,
    answer: expect.stringContaining('may not reach those'),
  })
  expect(server.letters).toEqual([])
})
