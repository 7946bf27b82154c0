import { afterAll, beforeAll, expect, test } from 'vitest'
import { sweepSilence } from '../src/sweep/silence.ts'
import { type Api, baseUrl, enroll, newMachineId, signIn, startApi, store, type TestHost } from './api.ts'

let api: Api
let headers: Record<string, string>
beforeAll(async () => {
  api = await startApi()
  headers = { ...(await signIn(api)), origin: baseUrl }
})
afterAll(() => api.close())

const move = (to: 'retire' | 'return', { id }: TestHost) =>
  api.app.inject({ method: 'POST', url: `/v1/hosts/${to}`, headers, payload: { hosts: { ids: [id] } } })

async function sweepAfterTwoDays({ id }: TestHost): Promise<void> {
  await api.pool.query(`update host_seen set last_seen_at = now() - interval '2 days' where host_id = $1`, [
    id,
  ])
  await api.pool.query(
    `insert into ingest_tick (id, at, receiving_from) values (1, now(), now() - interval '3 days')
     on conflict (id) do update set at = excluded.at, receiving_from = excluded.receiving_from`,
  )
  await sweepSilence(api.pool)
}

const stateOf = async ({ id }: TestHost) =>
  (await api.pool.query<{ state: string }>('select state from host where id = $1', [id])).rows[0]?.state

test('a host that was retired and taken back falls silent like any other', async () => {
  const host = await enroll(api)
  await store(api, host)
  await move('retire', host)
  await move('return', host)
  await sweepAfterTwoDays(host)
  expect(await stateOf(host)).toBe('silent')
})

test('a retired host that enrolls again is back in its history, and falls silent when it never reports', async () => {
  const machineId = newMachineId()
  const host = await enroll(api, { machineId })
  await store(api, host)
  await move('retire', host)
  const periods = async () =>
    (await api.pool.query('select from period where host_id = $1', [host.id])).rowCount
  const before = await periods()
  await enroll(api, { machineId })
  expect(await periods()).toBe((before ?? 0) + 1)
  const { rows } = await api.pool.query('select kind from event where host_id = $1 order by id', [host.id])
  expect(rows.map(({ kind }) => kind)).toContain('returned')
  await sweepSilence(api.pool)
  expect(await stateOf(host)).not.toBe('silent')
  await sweepAfterTwoDays(host)
  expect(await stateOf(host)).toBe('silent')
})
