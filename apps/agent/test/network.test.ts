import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createDelivery } from '../src/delivery.ts'
import { isDirect, networkFor } from '../src/network.ts'
import { calm, startServer } from './fake-server.ts'
import { startProxy } from './small-proxy.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const tlsFile = (name: string): string => fileURLToPath(new URL(`tls/${name}`, import.meta.url))

/** A server whose certificate is signed by an authority that only test/tls/ca.pem knows. */
async function secureServer() {
  let connections = 0
  const server = createServer(
    { key: readFileSync(tlsFile('server-key.pem')), cert: readFileSync(tlsFile('server.pem')) },
    (request, response) => {
      request.resume()
      request.once('end', () => response.end(JSON.stringify(calm.body)))
    },
  )
  server.on('secureConnection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, url: `https://127.0.0.1:${port}`, connections: () => connections }
}

async function aProxy(options: Parameters<typeof startProxy>[0] = {}) {
  const proxy = await startProxy(options)
  cleanups.push(() => proxy.close())
  return proxy
}

/** The outcome of heartbeats sent with these variables, one after the other. */
async function deliver(url: string, environment: Record<string, string>, times = 1) {
  const delivery = createDelivery(url, 'the-key', { network: networkFor(url, environment) })
  const outcomes = []
  for (let sent = 0; sent < times; sent++)
    outcomes.push(await delivery.send({ path: '/v1/heartbeats', body: '{}' }))
  return outcomes
}

/** A server of bytes: what it says to each connection is up to the test. */
async function rawServer(talk: (socket: Socket) => void) {
  const server = createSocketServer((socket) => {
    socket.on('error', () => {})
    cleanups.push(() => socket.destroy())
    talk(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const ca = { GRAFTWATCH_CA_FILE: tlsFile('ca.pem') }

describe('a certificate of an authority of one’s own', () => {
  test('is refused, with the variable that names the authority', async () => {
    const { url } = await secureServer()
    expect(await deliver(url, {})).toEqual([
      { kind: 'later', why: expect.stringMatching(/authority.*set GRAFTWATCH_CA_FILE/), afterSeconds: null },
    ])
  })

  test('is taken with GRAFTWATCH_CA_FILE, over one connection', async () => {
    const { url, connections } = await secureServer()
    expect((await deliver(url, ca, 3)).map(({ kind }) => kind)).toEqual(['answered', 'answered', 'answered'])
    expect(connections()).toBe(1)
  })

  test.each([
    ['/nowhere/ca.pem', /\/nowhere\/ca\.pem cannot be read \(ENOENT\)/],
    [tlsFile('server-key.pem'), /holds no certificate; set GRAFTWATCH_CA_FILE/],
    [tlsFile('server.pem'), /not signed by an authority in/],
  ])('with %s says what is wrong with that file', async (file, why) => {
    const { url } = await secureServer()
    const [outcome] = await deliver(url, { GRAFTWATCH_CA_FILE: file })
    expect(outcome).toMatchObject({ kind: 'later', why: expect.stringMatching(why) })
  })
})

describe('a proxy', () => {
  test('carries https through CONNECT, one tunnel for many requests, with credentials, and resolves the name itself', async () => {
    const { port } = await secureServer()
    const proxy = await aProxy({ port })
    const HTTPS_PROXY = proxy.url.replace('//', '//agent:p%40ss@')
    const outcomes = await deliver('https://graftwatch.test', { ...ca, HTTPS_PROXY }, 2)
    expect(outcomes.map(({ kind }) => kind)).toEqual(['answered', 'answered'])
    const credentials = `Basic ${Buffer.from('agent:p@ss').toString('base64')}`
    expect(proxy.asked).toEqual([{ what: 'CONNECT graftwatch.test:443', credentials }])
  })

  test('is asked for an http URL as a whole', async () => {
    const server = await startServer(() => calm)
    cleanups.push(() => server.close())
    const proxy = await aProxy()
    const [outcome] = await deliver(server.url, { http_proxy: proxy.url })
    expect(outcome?.kind).toBe('answered')
    expect(proxy.asked).toEqual([{ what: `POST ${server.url}/v1/heartbeats`, credentials: undefined }])
    expect(server.received[0]?.headers).not.toHaveProperty('proxy-authorization')
  })

  test('is left out for what NO_PROXY names', async () => {
    const { url } = await secureServer()
    const proxy = await aProxy({ status: 403 })
    const environment = { ...ca, HTTPS_PROXY: proxy.url, NO_PROXY: 'example.com,127.0.0.0/8' }
    expect((await deliver(url, environment))[0]?.kind).toBe('answered')
    expect(proxy.asked).toEqual([])
  })

  test.each([
    ['https://graftwatch.test', 407, 'wants other credentials'],
    ['http://graftwatch.test', 407, 'wants other credentials'],
    ['https://graftwatch.test', 403, 'does not let this host through'],
  ])(
    'that says no to %s with %i is named, with what to do, and keeps the report',
    async (url, status, words) => {
      const proxy = await aProxy({ status })
      const withPassword = proxy.url.replace('//', '//agent:secret@')
      const [outcome] = await deliver(url, { HTTPS_PROXY: withPassword, HTTP_PROXY: withPassword })
      expect(outcome).toMatchObject({ kind: 'later', why: expect.stringContaining(words) })
      expect(JSON.stringify(outcome)).not.toContain('secret')
    },
  )

  test('that is not there is named as the one that is not', async () => {
    const proxy = await startProxy()
    await proxy.close()
    const [outcome] = await deliver('https://graftwatch.test', { HTTPS_PROXY: proxy.url })
    expect(outcome).toMatchObject({ why: expect.stringMatching(/ECONNREFUSED: the proxy .*NO_PROXY/) })
  })

  /** What a proxy sends so slowly that its answer to CONNECT never ends, and a promise for the moment it is asked. */
  async function slowProxy() {
    let told = (): void => {}
    const isAsked = new Promise<void>((resolve) => {
      told = resolve
    })
    const url = await rawServer((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 Conn')
        told()
      }),
    )
    return { url, isAsked }
  }

  test('that drips its answer to CONNECT is left when its time is over, and named', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { url, isAsked } = await slowProxy()
    const outcomes = deliver('https://graftwatch.test', { HTTPS_PROXY: url })
    await isAsked
    vi.advanceTimersToNextTimer()
    expect(await outcomes).toMatchObject([
      { kind: 'later', why: expect.stringMatching(/ETIMEDOUT: the proxy/) },
    ])
  })

  test('that drips its answer to CONNECT does not keep an agent that is told to stop', async () => {
    const { url, isAsked } = await slowProxy()
    const stop = new AbortController()
    const network = networkFor('https://graftwatch.test', { HTTPS_PROXY: url })
    const delivery = createDelivery('https://graftwatch.test', 'k', { network, stop: stop.signal })
    const outcome = delivery.send({ path: '/v1/heartbeats', body: '{}' })
    await isAsked
    stop.abort()
    expect(await outcome).toMatchObject({ kind: 'later', why: 'stopped' })
  })

  test('with a bare % in its password is a wrong setting that says how to write it', () => {
    const read = () => networkFor('https://x.test', { HTTPS_PROXY: 'http://user:50%secret@proxy:3128' })
    expect(read).toThrow(/^HTTPS_PROXY.*%25/)
    expect(read).not.toThrow(/secret/)
  })

  test('that is no URL is a wrong setting, and its credentials stay unsaid', () => {
    const read = () => networkFor('https://x.test', { HTTPS_PROXY: 'socks5://user:secret@proxy' })
    expect(read).toThrow(/^HTTPS_PROXY must be/)
    expect(read).not.toThrow(/secret/)
  })
})

test.each([
  ['https://graftwatch.test', '*', true],
  ['https://graftwatch.test', 'graftwatch.test', true],
  ['https://graftwatch.test', '.test', true],
  ['https://graftwatch.test', '*.test', true],
  ['https://graftwatch.test', 'watch.test', false],
  ['https://graftwatch.test', 'graftwatch.test:443', true],
  ['https://graftwatch.test:8443', 'graftwatch.test:443', false],
  ['https://10.1.2.3', '10.0.0.0/8', true],
  ['https://10.1.2.3', '10.2.0.0/16, 10.1.2.3', true],
  ['https://11.1.2.3', '10.0.0.0/8', false],
  ['https://[fd00::1]', 'fd00::/8', true],
  ['https://[fd00::1]:8443', '[fd00::1]:8443', true],
  ['https://[fd00::1]', '10.0.0.0/99, nonsense', false],
  ['https://graftwatch.test', '', false],
])('%s with NO_PROXY=%s goes straight: %s', (url, noProxy, direct) => {
  expect(isDirect(new URL(url), noProxy)).toBe(direct)
})

test('an answer that is no Graftwatch server’s keeps the report and says where to look', async () => {
  for (const [status, words] of [
    [302, 'leads elsewhere'],
    [401, 'check GRAFTWATCH_URL'],
    [403, 'check GRAFTWATCH_URL'],
    [404, 'check GRAFTWATCH_URL'],
  ] as const) {
    const server = await startServer(() => ({ status, headers: { location: 'https://login.example.com' } }))
    cleanups.push(() => server.close())
    const [outcome] = await deliver(server.url, {})
    expect(outcome).toMatchObject({ kind: 'later', why: expect.stringContaining(words) })
  }
})

test('a server that changes the protocol instead of answering is no silence', async () => {
  const url = await rawServer((socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
  )
  expect(await deliver(url, {})).toMatchObject([
    { kind: 'later', why: expect.stringMatching(/^101: .*check/) },
  ])
})

test('a connection that the server closed while it was idle is made anew without a word', async () => {
  const server = await startServer(() => calm)
  cleanups.push(() => server.close())
  const delivery = createDelivery(server.url, 'the-key')
  const send = () => delivery.send({ path: '/v1/heartbeats', body: '{}' })
  expect((await send()).kind).toBe('answered')
  server.closeConnections()
  expect((await send()).kind).toBe('answered')
})
