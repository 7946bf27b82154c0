import { afterAll, beforeAll, expect, test } from 'vitest'
import { sweepSilence, wakeForgotten } from '../src/sweep/silence.ts'
import { type Api, counts, enroll, heartbeat, report, startApi, store, type TestHost, until } from './api.ts'

/** Time passes by moving what the rows say of it; nothing sleeps. */

let api: Api
beforeAll(async () => {
  api = await startApi()
  await sweepSilence(api.pool)
  await receivingSince('1 day')
})
afterAll(() => api.close())

/** The server has been receiving without a gap for this long. */
const receivingSince = (interval: string) =>
  api.pool.query(`update ingest_tick set at = now(), receiving_from = now() - $1::interval`, [interval])
const lastSeen = (host: TestHost, interval: string, seconds = 60) =>
  api.pool.query(
    `update host_seen set last_seen_at = now() - $2::interval, interval_seconds = $3 where host_id = $1`,
    [host.id, interval, seconds],
  )
const stateOf = async (host: TestHost) => {
  const { rows } = await api.pool.query(
    `select state, reason, last_state as "lastState", state_since as since from host where id = $1`,
    [host.id],
  )
  return rows[0]
}
const changes = async (host: TestHost) => {
  const { rows } = await api.pool.query<{ data: { from: string; to: string } }>(
    `select data from event where host_id = $1 and kind = 'state-changed' order by id`,
    [host.id],
  )
  return rows.map(({ data }) => `${data.from} > ${data.to}`)
}

test.each([
  ['179 seconds', 60, 'migrated'],
  ['181 seconds', 60, 'silent'],
  ['170 seconds', 5, 'migrated'],
  ['15 seconds', 5, 'migrated'],
  ['899 seconds', 300, 'migrated'],
  ['901 seconds', 300, 'silent'],
])('no word for %s at an interval of %i s: %s', async (interval, seconds, state) => {
  const host = await enroll(api)
  await store(api, host)
  await lastSeen(host, interval, seconds)
  await sweepSilence(api.pool)
  expect((await stateOf(host)).state).toBe(state)
})

test('silent keeps what the host last was, is written as a period and a fact, and once', async () => {
  const host = await enroll(api)
  await store(api, host)
  await lastSeen(host, '10 minutes')
  await sweepSilence(api.pool)
  await sweepSilence(api.pool)
  expect(await stateOf(host)).toMatchObject({ state: 'silent', reason: 'noWord', lastState: 'migrated' })
  expect(await changes(host)).toEqual(['migrated > silent'])
  const { rows } = await api.pool.query(
    `select state from period where host_id = $1 order by id desc limit 1`,
    [host.id],
  )
  expect(rows).toEqual([{ state: 'silent' }])
})

test('time in which nobody could receive is not silence', async () => {
  const host = await enroll(api)
  await store(api, host)
  await lastSeen(host, '2 hours')
  await api.pool.query(`update ingest_tick set at = now() - interval '1 hour'`)
  await sweepSilence(api.pool)
  expect((await stateOf(host)).state).toBe('migrated')
  await receivingSince('4 minutes')
  await sweepSilence(api.pool)
  expect((await stateOf(host)).state).toBe('silent')
  await receivingSince('1 day')
})

test('a heartbeat wakes a silent host: it is again what it was, since when it was', async () => {
  const host = await enroll(api)
  await store(api, host)
  const { since } = await stateOf(host)
  await lastSeen(host, '10 minutes')
  await sweepSilence(api.pool)
  await heartbeat(api, host)
  await until(async () => (await stateOf(host)).state === 'migrated')
  expect(await stateOf(host)).toEqual({ state: 'migrated', reason: 'applied', lastState: null, since })
  expect(await changes(host)).toEqual(['migrated > silent', 'silent > migrated'])
})

test('a report wakes it too, and its history has no gap', async () => {
  const host = await enroll(api)
  await store(api, host)
  await lastSeen(host, '10 minutes')
  await sweepSilence(api.pool)
  await store(api, host, { sequence: 2, patches: [] })
  expect(await stateOf(host)).toMatchObject({ state: 'unpatched', reason: 'removed', lastState: null })
  expect(await changes(host)).toEqual(['migrated > silent', 'silent > unpatched'])
})

test('a late report of a silent host claims no return', async () => {
  const host = await enroll(api)
  await store(api, host, { sequence: 10 })
  await lastSeen(host, '10 minutes')
  await sweepSilence(api.pool)
  expect((await report(api, host, { sequence: 4 })).statusCode).toBe(200)
  expect((await stateOf(host)).state).toBe('silent')
  expect(await changes(host)).toEqual(['migrated > silent'])
})

test('a host that enrolled and never reported falls silent and wakes as what it was', async () => {
  const host = await enroll(api)
  await lastSeen(host, '10 minutes')
  await sweepSilence(api.pool)
  expect(await stateOf(host)).toMatchObject({ state: 'silent', lastState: 'unknown' })
  await heartbeat(api, host)
  await until(async () => (await stateOf(host)).state === 'unknown')
  expect((await stateOf(host)).reason).toBe('neverReported')
})

test('a host whose waking was lost with the process is woken by the next sweep', async () => {
  const host = await enroll(api)
  await store(api, host)
  await lastSeen(host, '10 minutes')
  await sweepSilence(api.pool)
  // What a heartbeat had written when the process ended before it could wake the host.
  await api.pool.query('update host_seen set silent = false, last_seen_at = now() where host_id = $1', [
    host.id,
  ])
  expect(await wakeForgotten(api.pool)).toBeGreaterThan(0)
  expect((await stateOf(host)).state).toBe('migrated')
  expect(await wakeForgotten(api.pool)).toBe(0)
})

test('many sweeps at once count each host once', async () => {
  const hosts = await Promise.all(Array.from({ length: 30 }, () => enroll(api)))
  await Promise.all(hosts.map((host) => store(api, host)))
  await Promise.all(hosts.map((host) => lastSeen(host, '10 minutes')))
  await Promise.all(Array.from({ length: 6 }, () => sweepSilence(api.pool)))
  await sweepSilence(api.pool)
  for (const host of hosts) expect(await changes(host)).toEqual(['migrated > silent'])
  const { counted, kept } = await counts(api.pool)
  expect(kept).toEqual(counted)
})
