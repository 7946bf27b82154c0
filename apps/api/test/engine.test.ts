import type { HostReport } from '@graftwatch/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  aMigratedReport,
  aMovingReport,
  anAttempt,
  aPatch,
  aReport,
  release,
} from '../../../packages/contract/test/a-report.ts'
import { type Api, bootIdOf, enroll, heartbeat, startApi, store } from './api.ts'

/** What the fold asks of the API around it: another reading, labels wherever they were set, a row for a gap it tells of. */

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()
const booted = (report: HostReport, bootId: string, secondsAgo: number): HostReport => ({
  ...report,
  kernel: { ...report.kernel, bootId, bootedAt: ago(secondsAgo) },
})

test('a host that just booted is asked for a full report by each heartbeat, until ten minutes are over', async () => {
  const host = await enroll(api)
  const available = [{ package: 'kernel-livepatch', version: '12-1', forKernel: release }]
  const fields = (secondsAgo: number) =>
    booted(
      aReport({ available, collectedAt: ago(0), stateHash: '00000000000000ab' }),
      bootIdOf(host),
      secondsAgo,
    )
  await store(api, host, fields(100))
  const beat = { sequence: 2, stateHash: '00000000000000ab' }
  expect((await heartbeat(api, host, beat)).json()).toMatchObject({ sendReport: true })
  await store(api, host, { ...fields(700), sequence: 3 })
  expect((await heartbeat(api, host, { ...beat, sequence: 4 })).json()).toMatchObject({ sendReport: false })
})

test('a loaded target that is not patched is read twice before it is believed', async () => {
  const host = await enroll(api)
  const objects = [{ name: 'kvm', patched: false, loaded: true, functions: [] }]
  const bare = () => aMigratedReport({ patches: [aPatch({ objects })], collectedAt: ago(0) })
  await store(api, host, bare())
  expect((await heartbeat(api, host)).json()).toMatchObject({ sendReport: true })
  await store(api, host, { ...bare(), sequence: 3 })
  expect((await heartbeat(api, host, { sequence: 4 })).json()).toMatchObject({ sendReport: false })
  const { rows } = await api.pool.query('select state, reason from host where id = $1', [host.id])
  expect(rows).toEqual([{ state: 'unknown', reason: 'targetNotPatched' }])
})

test('the limit for stuck counts wherever its label was set, but for the host’s own word', async () => {
  const host = await enroll(api)
  const set = (column: 'token_labels' | 'set_labels', value: string) =>
    api.pool.query(`update host set ${column} = $2 where id = $1`, [
      host.id,
      { 'graftwatch.io/stuck-after': value },
    ])
  await set('token_labels', '30m')
  const moving = (sequence: number) =>
    aMovingReport({ startedAt: ago(4000), progressAt: ago(3900) }, { sequence, collectedAt: ago(0) })
  const state = async () =>
    (await api.pool.query('select state from host where id = $1', [host.id])).rows[0].state
  await store(api, host, moving(1))
  expect(await state()).toBe('stuck')
  const report = moving(2)
  await store(api, host, {
    ...report,
    host: { ...report.host, labels: { 'graftwatch.io/stuck-after': '3h' } },
  })
  expect(await state()).toBe('stuck')
  await set('set_labels', '3h')
  await store(api, host, { ...report, sequence: 3 })
  expect(await state()).toBe('transitioning')
})

test('the time from a boot until its patch was on is in the history, though the first report came later', async () => {
  const host = await enroll(api)
  await store(
    api,
    host,
    { ...aMigratedReport({ collectedAt: ago(600) }) },
    { date: new Date(Date.parse(ago(0))).toUTCString() },
  )
  const [bootedAt, endedAt] = [ago(300), ago(200)]
  const attempts = [anAttempt({ startedAt: ago(204), endedAt, outcome: 'completed' })]
  const next = booted(aMigratedReport({ sequence: 2, collectedAt: ago(0), attempts }), 'boot-2', 0)
  await store(api, host, { ...next, kernel: { ...next.kernel, bootedAt } })
  const { rows } = await api.pool.query(
    `select occurred_at as at, state, reason, boot_id as boot, patch_id is null as bare
     from period where host_id = $1 and boot_id = $2 order by occurred_at, id`,
    [host.id, 'boot-2'],
  )
  expect(rows.slice(0, 2).map(({ at, ...row }) => ({ ...row, at: at.toISOString() }))).toEqual([
    { at: bootedAt, state: 'unpatched', reason: 'justBooted', boot: 'boot-2', bare: true },
    { at: endedAt, state: 'migrated', reason: 'applied', boot: 'boot-2', bare: false },
  ])
})
