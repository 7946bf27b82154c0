import { removeDemoFleet } from '@graftwatch/db/demo'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aMovingReport, aTask } from '../../../packages/contract/test/a-report.ts'
import {
  type Api,
  counts,
  demoToken,
  dump,
  enroll,
  heartbeat,
  newMachineId,
  problemOf,
  signIn,
  startApi,
  store,
  type TestHost,
  until,
} from './api.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

async function live(host: TestHost): Promise<void> {
  const { patches, transition } = aMovingReport({
    startedAt: ago(60),
    blocking: [aTask({ firstSeenAt: ago(50) })],
  })
  await store(api, host, { sequence: 1, patches, transition })
  await store(api, host, { sequence: 2 })
}

/** Rows of these hosts in every table that names one. */
async function rowsOf(ids: string[]): Promise<Record<string, string[]>> {
  const { rows } = await api.pool.query<{ name: string; key: string }>(
    `select table_name as name, column_name as key from information_schema.columns
     where table_schema = 'public' and (column_name = 'host_id' or (table_name = 'host' and column_name = 'id')) order by 1`,
  )
  const found: Record<string, string[]> = {}
  for (const { name, key } of rows) {
    const result = await api.pool.query(
      `select t::text as row from "${name}" t where ${key} = any($1) order by 1`,
      [ids],
    )
    found[name] = result.rows.map(({ row }) => row)
  }
  return found
}

test('a demo host that enrolls while the demo is removed is removed or refused, never left', async () => {
  const own = await startApi()
  const holder = await own.pool.connect()
  await enroll(own, { token: demoToken, machineId: 'race' })
  // Holds the host of one enrollment, which is thereby let in and not yet committed.
  await holder.query(`begin; select from host where machine_id = 'race' for update`)
  const enrolling = (machineId: string) =>
    own.app.inject({
      method: 'POST',
      url: '/v1/enroll',
      payload: { token: demoToken, machineId, hostname: machineId, labels: {} },
    })
  const before = enrolling('race')
  await until(
    async () =>
      (
        await own.pool.query(
          `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        )
      ).rowCount,
  )
  const removing = removeDemoFleet(own.pool)
  await until(
    async () =>
      (await own.pool.query(`select from pg_locks where locktype = 'advisory' and not granted`)).rowCount,
  )
  const during = enrolling('late')
  await holder.query('commit')
  holder.release()
  expect(await removing).toBe(1)
  expect((await before).statusCode).toBe(200)
  expect(problemOf(await during).code).toBe('ENROLLMENT_TOKEN_INVALID')
  expect((await own.pool.query('select from host')).rowCount).toBe(0)
  await own.close()
})

test('removing the demo leaves nothing of it, touches no real host, and it does not come back', async () => {
  const real = [await enroll(api), await enroll(api)]
  const demo = await Promise.all([1, 2, 3].map(() => enroll(api, { token: demoToken })))
  for (const host of [...real, ...demo]) await live(host)
  await until(async () => (await api.pool.query('select from alert_dirty')).rowCount === 0)
  const kept = await rowsOf(real.map(({ id }) => id))
  expect(Object.keys(kept).length).toBeGreaterThan(9)
  expect(kept.blocker).toHaveLength(2)

  const headers = await signIn(api)
  const answer = await api.app.inject({ method: 'DELETE', url: '/v1/demo', headers })
  expect(answer.json()).toEqual({ removed: 3 })

  expect(await rowsOf(real.map(({ id }) => id))).toEqual(kept)
  for (const [name, rows] of Object.entries(await rowsOf(demo.map(({ id }) => id))))
    expect(rows, name).toEqual([])
  const { counted, kept: counters } = await counts(api.pool)
  expect(counters).toEqual(counted)
  expect(counted.every(({ demo: isDemo }) => !isDemo)).toBe(true)

  for (const host of demo) expect(problemOf(await heartbeat(api, host)).code).toBe('HOST_KEY_INVALID')
  const payload = { token: demoToken, machineId: newMachineId(), hostname: 'again', labels: {} }
  const refused = await api.app.inject({ method: 'POST', url: '/v1/enroll', payload })
  expect(problemOf(refused).code).toBe('ENROLLMENT_TOKEN_INVALID')

  const before = await dump(api.pool)
  expect((await api.app.inject({ method: 'DELETE', url: '/v1/demo', headers })).json()).toEqual({
    removed: 0,
  })
  const passing = { auth_session: [], audit_entry: [] }
  expect({ ...(await dump(api.pool)), ...passing }).toEqual({ ...before, ...passing })
})
