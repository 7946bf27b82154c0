import { describe, expect, test } from 'vitest'
import { aMigratedReport, anEvent, aPatch } from '../../../packages/contract/test/a-report.ts'
import { Evaluator } from '../src/alerting/evaluator.ts'
import { exampleTold, textOf } from '../src/alerting/texts.ts'
import {
  ago,
  aHost,
  anEvaluator,
  api,
  completed,
  judged,
  type Named,
  setUpAlerting,
  stuck,
  tell,
} from './alerting-stage.ts'
import { baseUrl } from './api.ts'

/** Many at once, something that ends in between, and hosts that tell anything. */
setUpAlerting()

describe('nothing twice', () => {
  test('of many evaluators at once', async () => {
    const host = await aHost()
    await tell(host, stuck(1200, 'raced'))
    const all = Array.from({ length: 6 }, anEvaluator)
    await Promise.all(all.flatMap((each) => [each.pass(), each.pass()]))
    await judged()
    const { rows } = await api.pool.query(`select kind from alert_note n join alert a on a.id = n.alert_id
      where a.evidence #>> '{signature,comm}' = 'raced'`)
    expect(rows).toEqual([{ kind: 'fired' }])
    await tell(host, completed())
    await judged()
  })

  test('and nothing lost: what could not be told is told by the next pass', async () => {
    const host = await aHost()
    await tell(host, stuck(1200, 'untold'))
    const failing = new Evaluator(api.pool, {
      baseUrl,
      log: api.app.log,
      tell: async () => {
        throw new Error('the queue is away')
      },
      tellMissed: async () => false,
    })
    await expect(failing.pass()).rejects.toThrow('the queue is away')
    expect((await judged()).map(({ kind }) => kind)).toEqual(['firing'])
    await tell(host, completed())
    await judged()
  })
})

describe('a hostile or broken host', () => {
  test('names any time and any text, and every host is judged all the same', async () => {
    const [hostile, plain] = [await aHost(), await aHost()]
    const { kernel } = aMigratedReport()
    await tell(hostile, {
      ...aMigratedReport({ patches: [] }),
      kernel: { ...kernel, bootId: 'another-boot', bootedAt: '9999-12-31T23:59:59Z' },
      available: [{ package: 'kernel-livepatch', version: '1', forKernel: kernel.release }],
    })
    const names = Array.from({ length: 12 }, (_, index) => '😀'.repeat(62) + index)
    await tell(hostile, {
      ...aMigratedReport(),
      kernel: { ...kernel, bootId: 'third-boot' },
      events: names.map((patch) => anEvent({ kind: 'forced', at: ago(1), patch })),
    })
    await tell(plain, stuck(1200, 'beside'))
    const all = await judged()
    expect(all.map(({ message }) => message.alert?.signature?.comm)).toContain('beside')
    for (const { message } of all) expect(JSON.stringify(message).isWellFormed()).toBe(true)
    expect((await api.pool.query('select from alert_dirty')).rowCount).toBe(0)
    await tell(plain, completed())
    await tell(hostile, { ...aMigratedReport(), kernel: { ...kernel, bootId: 'fourth-boot' } })
    await judged()
  })

  test('that cannot be judged is left as it is, and keeps no other from being judged', async () => {
    const beside: Named[] = []
    while (beside.length < 5) beside.push(await aHost())
    const broken = beside[2] ?? expect.fail()
    for (const host of beside) await tell(host, stuck(1200, 'in-one-batch'))
    await api.pool.query(
      `update host_detail set truth = truth - 'forced' || '{"forced": null}' where host_id = $1`,
      [broken.id],
    )
    const [fired] = await judged()
    expect(fired?.message.alert?.hosts).toBe(4)
    expect((await api.pool.query('select from alert_dirty')).rowCount).toBe(0)
    for (const host of beside) if (host !== broken) await tell(host, completed())
    await judged()
  })

  test('comes under so many alerts, and under few new ones in an hour', async () => {
    const host = await aHost()
    for (let round = 0; round < 6; round += 1) {
      const patches = Array.from({ length: 15 }, (_, index) =>
        aPatch({ name: `rogue_${round}_${index}`, package: null }),
      )
      await tell(host, {
        ...aMigratedReport({ patches }),
        sources: [...aMigratedReport().sources, { name: 'packages', status: 'ok', durationMs: 1 }],
      })
      await judged()
    }
    const { rows } = await api.pool.query<{ n: number; open: number }>(
      `select count(*)::int as n, (count(*) filter (where left_at is null))::int as open from alert_host where host_id = $1`,
      [host.id],
    )
    expect(rows[0]?.n).toBeLessThanOrEqual(31)
    expect(rows[0]?.open).toBeLessThanOrEqual(20)
    await tell(host, aMigratedReport())
    await judged()
  })
})

test('more alerts at once than one transaction can tell of are told in several, each once', async () => {
  const host = await aHost()
  await tell(host, stuck(400, 'in-masses'))
  await judged()
  await api.pool.query(
    `with one as (select * from alert where status = 'pending' order by id desc limit 1), made as (
       insert into alert (rule_id, fingerprint, condition, severity, reason, labels, since, due_at, hosts, evidence)
       select rule_id, 'mass ' || n, condition, severity, 'mass', labels, since, now(), 1, evidence from one, generate_series(1, 1200) as n
       returning id)
     insert into alert_host (alert_id, host_id, since, due_at) select id, $1::bigint, now(), now() from made`,
    [host.id],
  )
  const counts: number[] = []
  const evaluator = new Evaluator(api.pool, {
    baseUrl,
    log: api.app.log,
    tell: async (_client, told) => counts.push(told.length),
    tellMissed: async () => false,
  })
  while ((await evaluator.pass())?.hasMore);
  expect(counts).toEqual([500, 500, 200])
  await api.pool.query(`update alert_host set left_at = now() where host_id = $1`, [host.id])
  await api.pool.query(`update alert set hosts = 0, empty_at = now() where reason = 'mass'`)
  expect((await judged()).filter(({ kind }) => kind === 'resolved')).toHaveLength(1200)
  await tell(host, completed())
  await judged()
})

test('who judges is alive by what it judged, not by waiting for its turn', async () => {
  const holder = await api.pool.connect()
  await holder.query('select pg_advisory_lock(7245018840)')
  try {
    const waiting = anEvaluator()
    await api.pool.query(`update ingest_tick set at = now() - interval '10 min' where id = 2`)
    expect(await waiting.pass()).toBe(null)
    expect(Date.now() - waiting.passedAt).toBeGreaterThan(500_000)
  } finally {
    await holder.query('select pg_advisory_unlock(7245018840)')
    holder.release()
  }
})

test.each([
  '{% for i in (1..100000000) %}x{% endfor %}',
  '{{ hosts_text | append: hosts_text }}'.repeat(12),
  '{% assign a = "x" %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}{{ a }}',
])('a template costs little, whatever it asks for: %#', (template) => {
  expect(textOf(template, exampleTold).length).toBeLessThanOrEqual(1000)
})
