import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Api, admin, createPerson, dump, problemOf, signIn, startApi } from './api.ts'
import { type Receiver, startReceiver } from './channels-receiver.ts'
import { startMailServer } from './smtp-receiver.ts'

let api: Api
let receiver: Receiver
let headers: Record<string, string>
let operator: Record<string, string>
beforeAll(async () => {
  api = await startApi()
  receiver = await startReceiver()
  headers = await signIn(api)
  operator = await signIn(api, { ...(await createPerson(api, 'operator')), password: admin.password })
})
afterAll(async () => {
  await api.close()
  await receiver.close()
})
beforeEach(() => api.pool.query('delete from channel'))

const ask = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) =>
  api.app.inject({ method, url, headers, ...(payload && { payload }) })

const create = async (fields: object) => {
  const answer = await ask('POST', '/v1/channels', { name: 'ops', allowPrivate: true, ...fields })
  return answer
}

const mail = { type: 'email', host: '127.0.0.1', from: 'graftwatch@example.com', to: ['ops@example.com'] }
const pager = { type: 'pagerduty', url: 'http://127.0.0.1:9/v2/enqueue' }
const key = 'k'.repeat(32)

describe('what is refused, and where', () => {
  test.each([
    [
      { target: { type: 'webhook', url: 'http://127.0.0.1/' }, selector: 'env=prod tier=db' },
      '/selector',
      'character 10',
    ],
    [{ target: { type: 'webhook', url: 'ftp://127.0.0.1/' } }, '/target/url', ''],
    [{ target: { type: 'webhook', url: 'http://ada:pw@127.0.0.1/' } }, '/target/url', 'user or a password'],
    [{ target: { type: 'webhook', url: 'http://0.0.0.0/' } }, '/target/url', 'not an address that anything'],
    [{ target: { type: 'webhook', url: 'http://127.0.0.1/', secret: 'short' } }, '/target/secret', 'whsec_'],
    [{ target: { type: 'slack' } }, '/target/url', 'is missing'],
    [{ target: pager }, '/target/routingKey', 'is missing'],
    [{ target: { ...mail, user: 'ada' } }, '/target/password', 'is missing'],
    [{ target: { ...mail, password: 'hunter2' } }, '/target/password', 'no use without a user'],
    [{ target: { ...pager, routingKey: key }, heartbeatSeconds: 60 }, '/heartbeatSeconds', 'pagerduty'],
    [
      { target: { type: 'alertmanager', url: 'http://127.0.0.1/' }, heartbeatSeconds: 300 },
      '/heartbeatSeconds',
      'at most 150',
    ],
    [{ target: { type: 'carrier-pigeon' } }, '/target/type', ''],
    [{ target: { type: 'webhook', url: 'http://127.0.0.1/' }, severities: [] }, '/severities', ''],
  ])('%o', async (fields, field, message) => {
    const told = problemOf(await create(fields))
    expect(told).toMatchObject({ status: 400, code: 'INVALID_INPUT' })
    expect(told.errors).toContainEqual({ field, message: expect.stringContaining(message) })
  })

  test.each([
    ['http://127.0.0.1:8080/', 'url'],
    ['http://0x7f.1/', 'url'],
    ['http://[::ffff:10.0.0.1]/', 'url'],
    ['http://169.254.169.254/latest/meta-data/', 'url'],
    ['http://localhost:8080/', 'url'],
  ])('%s, unless the channel may reach private addresses', async (url) => {
    const target = { type: 'webhook', url }
    const told = problemOf(await create({ allowPrivate: false, target }))
    expect(told.fields).toEqual(['/target/url'])
    expect(told.remedy).toContain('allowPrivate')
    expect((await create({ target })).statusCode).toBe(201)
  })

  test('a mail server at a private address, also by its name', async () => {
    for (const host of ['127.0.0.1', 'localhost'])
      expect(problemOf(await create({ allowPrivate: false, target: { ...mail, host } })).fields).toEqual([
        '/target/host',
      ])
  })

  test('a second channel of the same name', async () => {
    const target = { type: 'webhook', url: receiver.url }
    await create({ target })
    expect(problemOf(await create({ target }))).toMatchObject({ status: 409, code: 'NAME_TAKEN' })
  })

  test('what does not exist', async () => {
    const body = { name: 'ops', target: { type: 'webhook', url: receiver.url }, allowPrivate: true }
    for (const answer of [
      await ask('PUT', '/v1/channels/999', body),
      await ask('DELETE', '/v1/channels/999'),
      await ask('POST', '/v1/channels/999/test'),
      await ask('POST', '/v1/deliveries/999/resend'),
    ])
      expect(problemOf(answer)).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  })
})

describe('a channel', () => {
  test('is answered as it was written, changed, listed and removed, each in the audit log', async () => {
    const made = (
      await create({ target: { type: 'webhook', url: receiver.url }, heartbeatSeconds: 3600 })
    ).json()
    expect(made).toMatchObject({
      name: 'ops',
      type: 'webhook',
      enabled: true,
      severities: ['page', 'ticket'],
      selector: '',
      sendResolved: true,
      hasSecret: true,
      secret: expect.stringMatching(/^whsec_/),
      target: { type: 'webhook', url: receiver.url },
      updatedBy: 'Admin',
    })
    const changed = await ask('PUT', `/v1/channels/${made.id}`, {
      name: 'ops-2',
      allowPrivate: true,
      selector: 'env=prod',
      target: { type: 'webhook', url: `${receiver.url}/2` },
    })
    expect(changed.json()).toMatchObject({
      id: made.id,
      name: 'ops-2',
      selector: 'env=prod',
      hasSecret: true,
      secret: null,
    })
    const list = await api.app.inject({ url: '/v1/channels', headers: operator })
    expect(list.json().items.map(({ name }: { name: string }) => name)).toEqual(['ops-2'])
    expect((await ask('DELETE', `/v1/channels/${made.id}`)).statusCode).toBe(204)
    const { rows } = await api.pool.query<{ action: string }>(
      `select action, actor_name from audit_entry where subject = $1 order by id`,
      [`channel:${made.id}`],
    )
    expect(rows).toEqual([
      { action: 'channel.create', actor_name: 'Admin' },
      { action: 'channel.update', actor_name: 'Admin' },
      { action: 'channel.remove', actor_name: 'Admin' },
    ])
  })

  test('is tested at once, and the test is kept among the deliveries', async () => {
    const { id } = (await create({ target: { type: 'webhook', url: receiver.url } })).json()
    const before = receiver.received.length
    expect((await ask('POST', `/v1/channels/${id}/test`)).json()).toMatchObject({
      delivered: true,
      status: 200,
      answer: 'ok',
    })
    expect(JSON.parse(receiver.received[before]?.text ?? '')).toMatchObject({ kind: 'test', alert: null })
    await api.pool.query('update channel set allow_private = false')
    expect((await ask('POST', `/v1/channels/${id}/test`)).json()).toMatchObject({
      delivered: false,
      status: null,
      answer: expect.stringContaining('may not reach those'),
    })
    expect(receiver.received).toHaveLength(before + 1)
    const page = (await ask('GET', `/v1/deliveries?channel=${id}`)).json()
    expect(page.items.map((one: { kind: string; status: string }) => `${one.kind} ${one.status}`)).toEqual([
      'test dead',
      'test delivered',
    ])
    const first = (await ask('GET', `/v1/deliveries?channel=${id}&limit=1`)).json()
    const second = (
      await ask('GET', `/v1/deliveries?channel=${id}&limit=1&cursor=${first.nextCursor}`)
    ).json()
    expect([...first.items, ...second.items]).toEqual(page.items)
    const [item] = (await ask('GET', '/v1/channels')).json().items
    expect(item).toMatchObject({
      delivered: 1,
      dead: 1,
      waiting: 0,
      lastFailure: expect.stringContaining('private'),
    })
  })

  test('keeps its password only for the server it was entered for', async () => {
    const target = { ...mail, user: 'ada', password: 'hunter2hunter2' }
    const { id } = (await create({ target })).json()
    const { password: _, ...without } = target
    const change = (fields: object) =>
      ask('PUT', `/v1/channels/${id}`, { name: 'ops', allowPrivate: true, target: { ...without, ...fields } })
    expect((await change({ to: ['others@example.com'] })).json()).toMatchObject({ hasSecret: true })
    for (const fields of [{ host: '127.0.0.2' }, { port: 2525 }, { security: 'none' }]) {
      const told = problemOf(await change(fields))
      expect(told.errors).toEqual([
        { field: '/target/password', message: 'must be entered again, since the message goes elsewhere now' },
      ])
    }
    expect((await change({ user: null })).json()).toMatchObject({ hasSecret: false })
    expect(problemOf(await change({})).fields).toEqual(['/target/password'])
  })

  test('whose secret no longer opens says so, and works again when it is entered', async () => {
    const target = { type: 'webhook', url: receiver.url }
    const { id } = (await create({ target })).json()
    const other = await startApi({ secret: 'another secret of thirty-two characters' }, api.database)
    const session = await signIn(other)
    const testIt = () =>
      other.app.inject({ method: 'POST', url: `/v1/channels/${id}/test`, headers: session })
    expect((await testIt()).json()).toMatchObject({
      delivered: false,
      answer: expect.stringContaining('GRAFTWATCH_SECRET has changed. Enter the secret again.'),
    })
    const payload = {
      name: 'ops',
      allowPrivate: true,
      target: { ...target, secret: `whsec_${'A'.repeat(32)}` },
    }
    await other.app.inject({ method: 'PUT', url: `/v1/channels/${id}`, headers: session, payload })
    expect((await testIt()).json()).toMatchObject({ delivered: true })
    await other.close()
  })
})

test('no secret is in an answer, the audit log, the log or in clear in the database', async () => {
  const lines: string[] = []
  const write = process.stdout.write
  process.stdout.write = ((chunk: string | Uint8Array) => lines.push(String(chunk)) > 0) as typeof write
  const mailServer = await startMailServer({ authOptional: false, allowInsecureAuth: true })
  const loud = await startApi({ logLevel: 'debug' }, api.database)
  const session = await signIn(loud)
  const answers: string[] = []
  const secrets = [
    `whsec_${'B'.repeat(40)}`,
    'T000SECRETPATH',
    'R'.repeat(32),
    'mail-password-9',
    'am-password-9',
  ]
  const targets = [
    { type: 'webhook', url: receiver.url, secret: secrets[0] },
    { type: 'slack', url: `${receiver.url}/services/${secrets[1]}` },
    { ...pager, url: receiver.url, routingKey: secrets[2] },
    { ...mail, port: mailServer.port, security: 'none', user: 'ada', password: secrets[3] },
    { type: 'alertmanager', url: receiver.url, user: 'ada', password: secrets[4] },
  ]
  // A receiver that repeats all it was sent.
  receiver.answer = (response, { path, text, headers: heads }) =>
    void response.writeHead(400).end(JSON.stringify({ path, text, heads }))
  try {
    for (const [n, target] of targets.entries()) {
      const payload = { name: `channel-${n}`, allowPrivate: true, target }
      const made = await loud.app.inject({ method: 'POST', url: '/v1/channels', headers: session, payload })
      expect(made.statusCode, made.body).toBe(201)
      const tested = await loud.app.inject({
        method: 'POST',
        url: `/v1/channels/${made.json().id}/test`,
        headers: session,
      })
      answers.push(made.body, tested.body)
    }
    for (const url of ['/v1/channels', '/v1/deliveries', '/v1/audit'])
      answers.push((await loud.app.inject({ url, headers: session })).body)
    const refusal = await loud.app.inject({
      method: 'POST',
      url: '/v1/channels',
      headers: session,
      payload: { name: 'channel-9', target: { type: 'slack', url: `ftp://x/${secrets[1]}` } },
    })
    answers.push(refusal.body)
    await loud.close()
    await mailServer.close()
  } finally {
    process.stdout.write = write
    receiver.answer = (response) => void response.end('ok')
  }
  const stored = JSON.stringify(await dump(api.pool))
  for (const secret of secrets) {
    for (const text of [...answers, ...lines]) expect(text).not.toContain(secret)
    expect(stored).not.toContain(secret)
  }
  // It was sent, so it could have been kept.
  expect(receiver.received.some(({ path }) => path.includes(secrets[1] ?? '-'))).toBe(true)
})
