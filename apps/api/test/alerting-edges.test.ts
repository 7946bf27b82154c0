import { describe, expect, test, vi } from 'vitest'
import {
  aMigratedReport,
  aMovingReport,
  anEvent,
  aPatch,
  aTask,
} from '../../../packages/contract/test/a-report.ts'
import { judgeLeftOut } from '../src/alerting/judge-again.ts'
import { freeSharedKernels } from '../src/sweep/membership.ts'
import { startSweeping } from '../src/sweep/sweeper.ts'
import {
  ago,
  aHost,
  anEvaluator,
  api,
  call,
  change,
  completed,
  detailOf,
  judged,
  listed,
  setUpAlerting,
  stuck,
  tell,
} from './alerting-stage.ts'
import { enroll } from './api.ts'

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
  expect(made.json(), made.body).toMatchObject({ alert: { id: pending?.id, summary: pending?.summary } })
  await tell(host, completed())
  await judged()
  expect((await call('GET', `/v1/alerts/${pending?.id}`)).statusCode).toBe(404)
  expect((await call('GET', '/v1/silences')).json().items).toMatchObject([
    { alert: { id: pending?.id, summary: null } },
  ])
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

test('a process that begins notes at once since when hosts are heard', async () => {
  await api.pool.query('delete from ingest_tick where id = 1')
  const failed: unknown[] = []
  const stop = await startSweeping(api.pool, { eventDays: 400, sampleDays: 400 }, (error) =>
    failed.push(error),
  )
  await stop()
  const { rows } = await api.pool.query(
    `delete from ingest_tick where id = 1 returning receiving_from > now() - interval '1 min' as now`,
  )
  expect({ rows, failed }).toEqual({ rows: [{ now: true }], failed: [] })
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

describe('what held before anybody looked', () => {
  test('stays that, under whichever labels', async () => {
    const host = { ...(await enroll(api, { hostname: 'relabeled' })), hostname: 'relabeled' }
    await tell(host, rogue('ok'))
    expect(await toldOf('unknown-patch')).toEqual([])
    await tell(host, rogue('ok'), { owner: 'somebody-else' })
    expect(await toldOf('unknown-patch')).toEqual([])
    await tell(host, aMigratedReport())
    expect(await toldOf('unknown-patch')).toEqual([])
  })

  test('stays that, whichever agent speaks for a kernel', async () => {
    const kernel = { ...aMigratedReport().kernel, bootId: 'one-kernel' }
    const [outer, inner] = [await enroll(api), await enroll(api)]
    for (const host of [outer, inner]) await tell({ ...host, hostname: host.id }, { ...rogue('ok'), kernel })
    expect(await toldOf('unknown-patch')).toEqual([])
    await api.pool.query(`update host set state = 'silent', last_state = state where id = $1`, [outer.id])
    expect(await freeSharedKernels(api.pool)).toBe(2)
    expect(await toldOf('unknown-patch')).toEqual([])
    await api.pool.query(`update host set state = last_state, last_state = null where id = $1`, [outer.id])
    expect(await freeSharedKernels(api.pool)).toBe(2)
    expect(await toldOf('unknown-patch')).toEqual([])
    for (const host of [outer, inner])
      await tell({ ...host, hostname: host.id }, { ...aMigratedReport(), kernel })
    await judged()
  })

  test('stays that over a reboot, also while packages cannot be asked', async () => {
    const labels = { owner: 'rebooted' }
    const host = { ...(await enroll(api, { hostname: 'rebooted' })), hostname: 'rebooted' }
    const booted = { ...aMigratedReport().kernel, bootId: 'after-reboot', bootedAt: ago(60) }
    await tell(host, rogue('ok'), labels)
    expect(await toldOf('unknown-patch')).toEqual([])
    for (const status of ['failed', 'ok'] as const) {
      await tell(host, { ...rogue(status), patches: [], kernel: booted }, labels)
      expect(await toldOf('unknown-patch')).toEqual([])
    }
    for (const status of ['failed', 'ok'] as const) {
      await tell(host, { ...rogue(status), kernel: booted }, labels)
      expect(await toldOf('unknown-patch')).toEqual([])
    }
    await tell(host, { ...aMigratedReport(), kernel: booted }, labels)
    await judged()
  })

  test('is also what a host tells of its past; what comes later is not', async () => {
    const labels = { owner: 'newcomer' }
    const host = { ...(await enroll(api, { hostname: 'newcomer' })), hostname: 'newcomer' }
    const crash = (seconds: number) => anEvent({ kind: 'oops', at: ago(seconds), patch: null })
    await tell(host, { ...stuck(60, 'newcomer'), events: [crash(20)] }, labels)
    expect(await toldOf('crash')).toEqual([])
    await tell(host, { ...stuck(62, 'newcomer'), events: [crash(0)] }, labels)
    expect(await toldOf('crash')).toEqual(['firing'])
  })
})

test('a stall is told once, whatever is seen to hold it', async () => {
  const labels = { owner: 'one-stall' }
  const host = await aHost(labels)
  const [startedAt, progressAt] = [ago(1210), ago(1200)]
  const held = (...comms: string[]) =>
    aMovingReport({
      startedAt,
      progressAt,
      blocking: comms.map((comm, index) => aTask({ comm, tid: 90 + index, firstSeenAt: ago(30) })),
      remaining: 1,
    })
  await tell(host, held(), labels)
  const [fired] = await judged()
  expect(fired?.kind).toBe('firing')
  for (const comms of [['first'], ['second'], [], ['third']]) {
    await tell(host, held(...comms), labels)
    expect(await toldOf('stuck')).toEqual([])
  }
  expect((await detailOf(fired?.id)).alert.signature?.comm).toBe('third')
  await tell(host, completed(), labels)
  expect(await toldOf('stuck')).toEqual(['resolved'])
})

test('a maintenance window does not excuse what was taken off before it', async () => {
  const labels = { team: 'patching', owner: 'patching' }
  const host = await aHost(labels)
  await tell(host, aMigratedReport({ patches: [] }), labels)
  expect(await toldOf('patch-off')).toEqual(['firing'])
  const made = await call('POST', '/v1/silences', {
    kind: 'maintenance',
    selector: 'team=patching',
    reason: 'announced late',
    endsAt: ago(-3600),
  })
  expect(made.statusCode, made.body).toBe(201)
  await tell(host, aMigratedReport({ patches: [] }), { ...labels, another: 'label' })
  expect(await toldOf('patch-off')).toEqual([])
  await tell(host, aMigratedReport(), labels)
  expect(await toldOf('patch-off')).toEqual(['resolved'])
  await call('POST', `/v1/silences/${made.json().id}/end`)
})

/** A load, then an oops. */
const crashed = () => ({ ...completed(), events: [anEvent({ kind: 'oops', at: ago(0), patch: null })] })

test('a host that crashes again is no host that was not told of', async () => {
  const labels = { owner: 'crashing' }
  const host = await aHost(labels)
  await tell(host, stuck(60, 'crashing'), labels)
  await tell(host, crashed(), labels)
  expect(await toldOf('crash')).toEqual(['firing'])
  await api.pool.query(
    `update alert set told_at = now() - interval '6 min' where labels ->> 'owner' = 'crashing'`,
  )
  await api.pool.query(
    `update alert_host set joined_at = now() - interval '7 min', since = now() - interval '7 min',
       due_at = now() - interval '7 min', ends_at = now() + interval '23 hours' where host_id = $1`,
    [host.id],
  )
  await tell(host, crashed(), labels)
  expect(await toldOf('crash')).toEqual([])
  const { rows } = await api.pool.query(
    `select m.ends_at > now() + interval '23 hours 59 min' as later from alert_host m where m.host_id = $1 and m.left_at is null`,
    [host.id],
  )
  expect(rows).toEqual([{ later: true }])
})

test('an event that nobody could judge for hours is told all the same', async () => {
  const labels = { owner: 'late' }
  const host = await aHost(labels)
  await tell(host, stuck(60, 'crashing'), labels)
  await tell(host, crashed(), labels)
  await api.pool.query(
    `update event set recorded_at = recorded_at - interval '3 hours' where host_id = $1 and kind = 'oops'`,
    [host.id],
  )
  expect(await toldOf('crash')).toEqual(['firing'])
})

describe('a host that has come under as many alerts as one may in an hour', () => {
  /** As many alerts of this severity as the host came under in this hour. */
  const crowd = async (hostId: string, severity: string) =>
    await api.pool.query(
      `with made as (
         insert into alert (rule_id, fingerprint, condition, severity, status, reason, labels, since, resolved_at)
         select r.id, $2 || $1 || n, r.condition, $2, 'resolved', '', '{}', now(), now()
         from generate_series(1, 30) as n, alert_rule r where r.name = 'Forced' returning id)
       insert into alert_host (alert_id, host_id, since, left_at) select id, $1::bigint, now(), now() from made`,
      [hostId, severity],
    )

  test('is told of at a severity that it made no noise of', async () => {
    const labels = { owner: 'noisy' }
    const host = await aHost(labels)
    await crowd(host.id, 'ticket')
    await tell(host, aMigratedReport({ patches: [] }), labels)
    expect(await toldOf('patch-off')).toEqual(['firing'])
  })

  test('is told of later, if it still holds', async () => {
    const labels = { owner: 'noisier' }
    const host = await aHost(labels)
    await crowd(host.id, 'page')
    await tell(host, aMigratedReport({ patches: [] }), labels)
    expect(await toldOf('patch-off')).toEqual([])
    await api.pool.query(`update alert_host set joined_at = now() - interval '61 min' where host_id = $1`, [
      host.id,
    ])
    await judgeLeftOut(api.pool)
    expect(await toldOf('patch-off')).toEqual(['firing'])
  })
})

test('a clock that is set back keeps no planned silence from beginning', async () => {
  const evaluator = anEvaluator()
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  try {
    await evaluator.pass()
    await api.pool.query('delete from ingest_tick where id = 2')
    vi.setSystemTime(Date.now() - 3_600_000)
    vi.advanceTimersByTime(6000)
    await evaluator.pass()
    expect((await api.pool.query('select from ingest_tick where id = 2')).rowCount).toBe(1)
  } finally {
    vi.useRealTimers()
  }
})
