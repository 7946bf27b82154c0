import { liveMessage } from '@graftwatch/contract'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Api, createPerson, enroll, signIn, startApi, store, until } from './api.ts'

let api: Api
let url: string
let headers: Record<string, string>
beforeAll(async () => {
  api = await startApi()
  url = await api.app.listen({ port: 0, host: '127.0.0.1' })
  headers = await signIn(api)
})
afterAll(() => api.close())

/** Follows /v1/events as a browser does. `messages` grows until `stop`. */
async function follow(from = url, as = headers) {
  const stopper = new AbortController()
  const answer = await fetch(`${from}/v1/events`, {
    headers: { ...as, accept: 'text/event-stream' },
    signal: stopper.signal,
  })
  const messages: ReturnType<typeof liveMessage.parse>[] = []
  const ended = (async () => {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of answer.body ?? []) {
      const events = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
      rest = events.pop() ?? ''
      for (const event of events) {
        const data = event.split('\n').filter((line) => line.startsWith('data: '))
        if (data.length > 0)
          messages.push(liveMessage.parse(JSON.parse(data.map((line) => line.slice(6)).join('\n'))))
      }
    }
  })().catch(() => {})
  return { answer, messages, ended, stop: () => stopper.abort() }
}
const names = (id: string) => (message: { type: string; hostIds?: string[] }) => message.hostIds?.includes(id)

test('a stream begins with resync and then names the hosts that change; proxies may not hold or rewrite it', async () => {
  const host = await enroll(api)
  const stream = await follow()
  expect(stream.answer.headers.get('content-type')).toContain('text/event-stream')
  expect(stream.answer.headers.get('cache-control')).toContain('no-transform')
  await until(() => stream.messages.length > 0)
  expect(stream.messages[0]).toEqual({ type: 'resync' })
  await store(api, host)
  await until(() => stream.messages.some(names(host.id)), 2000)
  stream.stop()
})

test('a browser at one replica hears of hosts that report to the other, within 2 s, and the other way round', async () => {
  const other = await startApi({}, api.database)
  try {
    const otherUrl = await other.app.listen({ port: 0, host: '127.0.0.1' })
    const [here, there] = [await follow(), await follow(otherUrl)]
    for (const stream of [here, there]) await until(() => stream.messages.length > 0)
    for (const [teller, listener] of [
      [api, there],
      [other, here],
    ] as const) {
      const host = await enroll(teller)
      await store(teller, host)
      await until(() => listener.messages.some(names(host.id)), 2000)
    }
    here.stop()
    there.stop()
  } finally {
    await other.close()
  }
})

test('a report that is refused tells nobody', async () => {
  const stream = await follow()
  await until(() => stream.messages.length > 0)
  const [quiet, loud] = [await enroll(api), await enroll(api)]
  await until(() => stream.messages.some(names(loud.id)))
  const before = stream.messages.length
  await api.app.inject({
    method: 'POST',
    url: '/v1/reports',
    headers: { authorization: `Bearer ${quiet.key}` },
    payload: {},
  })
  await store(api, loud)
  await until(() => stream.messages.slice(before).some(names(loud.id)))
  expect(stream.messages.slice(before).some(names(quiet.id))).toBe(false)
  stream.stop()
})

test('after the connection that listens was killed, browsers are told to resync and hear changes again', async () => {
  const host = await enroll(api)
  const stream = await follow()
  await until(() => stream.messages.length > 0)
  const killed = await api.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'graftwatch-live' and datname = current_database()`,
  )
  expect(killed.rowCount).toBe(1)
  await until(() => stream.messages.filter(({ type }) => type === 'resync').length > 1)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  await store(api, host)
  await until(() => stream.messages.some(names(host.id)))
  stream.stop()
})

test('more than 500 hosts at once are told as fleet', async () => {
  const stream = await follow()
  await until(() => stream.messages.length > 0)
  await api.pool.query(`select pg_notify('graftwatch_live', '*')`)
  await until(() => stream.messages.some(({ type }) => type === 'fleet'))
  stream.stop()
})

test('a stream ends with its session', async () => {
  const own = await signIn(api)
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const stream = await follow(url, own)
    await until(() => stream.messages.length > 0)
    await vi.advanceTimersByTimeAsync(15_000)
    await until(() => stream.messages.some(({ type }) => type === 'beat'))
    const token = decodeURIComponent(/session_token=([^;.]+)/.exec(own.cookie)?.[1] ?? '')
    const gone = await api.pool.query(
      `delete from auth_session where token = encode(sha256($1::bytea), 'hex')`,
      [token],
    )
    expect(gone.rowCount).toBe(1)
    // At once, and not only with the next beat.
    await stream.ended
  } finally {
    vi.useRealTimers()
  }
}, 5000)

test('one person has 20 streams; others still have theirs, and a closed one makes room', async () => {
  const who = await createPerson(api, 'viewer')
  const own = await signIn(api, who)
  const streams = await Promise.all(Array.from({ length: 20 }, () => follow(url, own)))
  expect(new Set(streams.map(({ answer }) => answer.status))).toEqual(new Set([200]))
  const refused = await fetch(`${url}/v1/events`, { headers: own })
  expect(await refused.json()).toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  const other = await follow()
  expect(other.answer.status).toBe(200)
  streams[0]?.stop()
  const again = await until(async () => {
    const stream = await follow(url, own)
    return stream.answer.status === 200 && stream
  })
  for (const stream of [...streams, other, again]) stream.stop()
})

test('a server that closes ends its streams, so that it does end', async () => {
  const second = await startApi({}, api.database)
  const address = await second.app.listen({ port: 0, host: '127.0.0.1' })
  const stream = await follow(address)
  await until(() => stream.messages.length > 0)
  const begin = Date.now()
  await second.close()
  await stream.ended
  expect(Date.now() - begin).toBeLessThan(3000)
})
