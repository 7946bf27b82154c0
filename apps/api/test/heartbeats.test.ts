import { ingestAnswer } from '@graftwatch/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, dump, enroll, heartbeat, post, problemOf, startApi, store, until } from './api.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const seenOf = async (id: string) => {
  const { rows } = await api.pool.query<{ sequence: number; age: number }>(
    `select sequence::int, extract(epoch from now() - last_seen_at)::float8 as age from host_seen where host_id = $1`,
    [id],
  )
  return rows[0]
}

test('the answer, which is built by hand, fits the contract', async () => {
  const host = await enroll(api)
  const answer = await heartbeat(api, host, { sequence: 2 ** 48 })
  expect(answer.headers['content-type']).toContain('application/json')
  expect(ingestAnswer.parse(answer.json())).toEqual({
    nextIntervalSeconds: 60,
    sendReport: true,
    lastSequence: 2 ** 48,
  })
})

test('it is in the database within 2 s', async () => {
  const host = await enroll(api)
  await heartbeat(api, host, { sequence: 9 })
  const begin = Date.now()
  await until(async () => (await seenOf(host.id))?.sequence === 9)
  expect(Date.now() - begin).toBeLessThan(2000)
})

test('many of one host before a write are one row with the highest sequence', async () => {
  const host = await enroll(api)
  await Promise.all([5, 9, 7].map((sequence) => heartbeat(api, host, { sequence })))
  await until(async () => (await seenOf(host.id))?.sequence === 9)
})

test('a report is asked for when the state is not the one last reported, and only then', async () => {
  const host = await enroll(api)
  expect((await heartbeat(api, host)).json().sendReport).toBe(true)
  await store(api, host, { stateHash: 'ffffffffffffffff' })
  expect((await heartbeat(api, host, { stateHash: 'ffffffffffffffff' })).json().sendReport).toBe(false)
  expect((await heartbeat(api, host, { stateHash: '7fffffffffffffff' })).json().sendReport).toBe(true)
})

test('a report without a state hash is asked for again each time, also by the hash of all zeros', async () => {
  const host = await enroll(api)
  await store(api, host, { stateHash: undefined })
  expect((await heartbeat(api, host, { stateHash: '0000000000000000' })).json().sendReport).toBe(true)
})

test('what is known of a state survives a restart of the API', async () => {
  const host = await enroll(api)
  await store(api, host, { sequence: 5, stateHash: 'deadbeefdeadbeef' })
  const second = await startApi({}, api.database)
  const answer = await heartbeat(second, host, { sequence: 6, stateHash: 'deadbeefdeadbeef' })
  expect(answer.json()).toMatchObject({ sendReport: false, lastSequence: 6 })
  await second.close()
})

test('a host that was removed does not keep the others of its batch from being written', async () => {
  const hosts = await Promise.all(Array.from({ length: 5 }, () => enroll(api)))
  await Promise.all(hosts.map((host) => heartbeat(api, host, { sequence: 3 })))
  await until(async () => (await seenOf(hosts[4]?.id ?? ''))?.sequence === 3)
  await Promise.all(hosts.map((host) => heartbeat(api, host, { sequence: 8 })))
  await api.pool.query('delete from host where id = $1', [hosts[0]?.id])
  for (const host of hosts.slice(1)) await until(async () => (await seenOf(host.id))?.sequence === 8)
  expect(await seenOf(hosts[0]?.id ?? '')).toBeUndefined()
})

test.each([
  [{ sequence: 0, stateHash: '00000000000000aa' }, '/sequence'],
  [{ sequence: '5', stateHash: '00000000000000aa' }, '/sequence'],
  [{ sequence: 2 ** 53, stateHash: '00000000000000aa' }, '/sequence'],
  [{ sequence: 1, stateHash: 'AA' }, '/stateHash'],
  [{ sequence: 1 }, '/stateHash'],
  [{ sequence: 1, stateHash: '00000000000000aa', more: 1 }, '/more'],
])('one that does not fit names the field and changes nothing: %j', async (body, field) => {
  const host = await enroll(api)
  const before = await dump(api.pool)
  expect(problemOf(await post(api, host, '/v1/heartbeats', body))).toMatchObject({
    status: 400,
    fields: [field],
  })
  expect(await dump(api.pool)).toEqual(before)
})

test('more than 4 KiB are refused', async () => {
  const host = await enroll(api)
  expect(problemOf(await post(api, host, '/v1/heartbeats', ' '.repeat(5000))).code).toBe('BODY_TOO_LARGE')
})
