import { expect, test } from 'vitest'
import { aMigratedReport, aPatch } from '../../../packages/contract/test/a-report.ts'
import {
  ago,
  aHost,
  api,
  call,
  change,
  completed,
  judged,
  listed,
  setUpAlerting,
  stuck,
  tell,
} from './alerting-stage.ts'

/** What is told at the edges of an alert's life. */
setUpAlerting()

/** What is told of alerts of one condition. */
const toldOf = async (condition: string) =>
  (await judged()).flatMap(({ kind, message }) => (message.alert?.condition === condition ? [kind] : []))

test('a silence of an alert that went names its successor and no other alert', async () => {
  const [host, other] = [await aHost(), await aHost()]
  await tell(host, stuck(400, 'soon-gone'))
  await judged()
  const [pending] = (await listed('?status=pending')).items
  const made = await call('POST', '/v1/silences', {
    alertId: pending?.id ?? expect.fail(),
    reason: 'known',
    endsAt: ago(-3600),
  })
  expect(made.json(), made.body).toMatchObject({ alertId: pending?.id })
  await tell(host, completed())
  await judged()
  expect((await call('GET', `/v1/alerts/${pending?.id}`)).statusCode).toBe(404)
  await tell(other, stuck(1200, 'another-cause'))
  expect(await toldOf('stuck')).toEqual(['firing'])
  await tell(host, stuck(1200, 'soon-gone'))
  expect(await toldOf('stuck')).toEqual([])
  await call('POST', `/v1/silences/${made.json().id}/end`)
  expect(await toldOf('stuck')).toEqual(['firing'])
  for (const each of [host, other]) await tell(each, completed())
  await judged()
})

test('what came due while nobody could receive waits until hosts could speak', async () => {
  const host = await aHost()
  await tell(host, stuck(800, 'over-meanwhile'))
  expect(await toldOf('stuck')).toEqual([])
  // An hour in which no process ran, as the first pass after it finds things: before any tick.
  await api.pool.query(`insert into ingest_tick (id, at, receiving_from) values (1, now() - interval '1 hour', now() - interval '1 day')
    on conflict (id) do update set at = excluded.at, receiving_from = excluded.receiving_from`)
  await api.pool.query(`update host_seen set last_seen_at = now() - interval '1 hour' where host_id = $1`, [
    host.id,
  ])
  await api.pool.query(`update alert_host set due_at = now() - interval '30 min' where host_id = $1`, [
    host.id,
  ])
  await api.pool.query(`update alert set due_at = now() - interval '30 min' where status = 'pending'`)
  expect(await toldOf('stuck')).toEqual([])
  await api.pool.query('update ingest_tick set at = now() where id = 1')
  expect(await toldOf('stuck')).toEqual(['firing'])
  await api.pool.query('delete from ingest_tick where id = 1')
  await tell(host, completed())
  expect(await toldOf('stuck')).toEqual(['resolved'])
})

test('that it is over is told also where it became louder and nobody heard', async () => {
  const host = await aHost()
  await tell(host, stuck(1200, 'louder'))
  const [alert] = await judged()
  const made = await call('POST', '/v1/silences', {
    alertId: alert?.id ?? expect.fail(),
    reason: 'known',
    endsAt: ago(-3600),
  })
  await change('Stuck', { severity: 'page' })
  expect(await toldOf('stuck')).toEqual([])
  await tell(host, completed())
  expect(await toldOf('stuck')).toEqual(['resolved'])
  await call('POST', `/v1/silences/${made.json().id}/end`)
  await change('Stuck', { severity: 'ticket' })
})

const rogue = (status: 'ok' | 'failed', from: string | null = null) => ({
  ...aMigratedReport({ patches: [aPatch({ name: 'rogue', package: from })] }),
  sources: [...aMigratedReport().sources, { name: 'packages' as const, status, durationMs: 1 }],
})

test('a patch of no package is told of as soon as packages can be asked, and is over by their word alone', async () => {
  const host = await aHost()
  await tell(host, rogue('failed'))
  expect(await toldOf('unknown-patch')).toEqual([])
  await tell(host, rogue('ok'))
  expect(await toldOf('unknown-patch')).toEqual(['firing'])
  await tell(host, rogue('failed'))
  expect(await toldOf('unknown-patch')).toEqual([])
  await tell(host, rogue('ok'))
  expect(await toldOf('unknown-patch')).toEqual([])
  await tell(host, rogue('ok', 'kernel-livepatch'))
  expect(await toldOf('unknown-patch')).toEqual(['resolved'])
})
