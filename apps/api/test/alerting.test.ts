import {
  type AlertDetail,
  type AlertsPage,
  alertDetail,
  alertsPage,
  type HostReport,
  type Rule,
  ruleDryRun,
  rulesPage,
} from '@graftwatch/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aMigratedReport,
  aMovingReport,
  anEvent,
  aPatch,
  aTask,
} from '../../../packages/contract/test/a-report.ts'
import { Evaluator, type Told } from '../src/alerting/evaluator.ts'
import { exampleTold, textOf } from '../src/alerting/texts.ts'
import { forgetAlerts } from '../src/sweep/retention.ts'
import {
  type Api,
  admin,
  baseUrl,
  bootIdOf,
  enroll,
  problemOf,
  signIn,
  startApi,
  store,
  type TestHost,
} from './api.ts'

/** Alerts over the whole API, judged when a test says so; what would be told is kept here. */
let api: Api
let session: Record<string, string>
let evaluator: Evaluator
let told: Told[] = []

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

beforeAll(async () => {
  api = await startApi({ sweeps: false })
  session = { ...(await signIn(api, admin)), origin: baseUrl }
  evaluator = anEvaluator()
  await evaluator.start()
  await evaluator.close()
})
afterAll(() => api.close())

function anEvaluator(): Evaluator {
  return new Evaluator(api.pool, {
    baseUrl,
    log: api.app.log,
    tell: async (_client, all) => {
      told.push(...all)
    },
  })
}

/** Judges until nothing is left to judge; what became of it. */
async function judged(): Promise<Told[]> {
  told = []
  while ((await evaluator.pass())?.hasMore);
  return told
}

async function call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) {
  return await api.app.inject({ method, url, headers: session, ...(payload && { payload }) })
}
async function listed(query = ''): Promise<AlertsPage> {
  const answer = await call('GET', `/v1/alerts${query}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return alertsPage.parse(answer.json())
}
async function detailOf(id: string | undefined): Promise<AlertDetail> {
  const answer = await call('GET', `/v1/alerts/${id}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return alertDetail.parse(answer.json())
}
async function ruleNamed(name: string): Promise<Rule> {
  const { items } = rulesPage.parse((await call('GET', '/v1/rules')).json())
  const found = items.find((rule) => rule.name === name)
  if (!found) throw new Error(`no rule ${name}`)
  return found
}
async function change(name: string, fields: Partial<Rule>): Promise<void> {
  const { id, builtin: _, firing: __, updatedAt: ___, updatedBy: ____, ...rule } = await ruleNamed(name)
  const answer = await call('PUT', `/v1/rules/${id}`, { ...rule, ...fields })
  expect(answer.statusCode, answer.body).toBe(200)
}

type Named = TestHost & { hostname: string }

const sequences = new Map<string, number>()
async function tell(host: Named, report: HostReport, labels: Record<string, string> = {}): Promise<void> {
  const sequence = (sequences.get(host.id) ?? 0) + 1
  sequences.set(host.id, sequence)
  await store(api, host, {
    ...report,
    sequence,
    collectedAt: ago(0),
    host: { ...report.host, hostname: host.hostname, labels },
  })
}

let hosts = 0
/** A host that was fully migrated when it was first seen. */
async function aHost(labels: Record<string, string> = {}, token?: string): Promise<Named> {
  hosts += 1
  const hostname = `alerted-${hosts}`
  const host = { ...(await enroll(api, { hostname, ...(token !== undefined && { token }) })), hostname }
  await tell(host, aMigratedReport(), labels)
  // What follows is news, and not what was there before.
  await judged()
  return host
}

const stuck = (seconds: number, comm = 'billing') =>
  aMovingReport({
    startedAt: ago(seconds + 10),
    progressAt: ago(seconds),
    blocking: [aTask({ comm, firstSeenAt: ago(seconds) })],
    remaining: 1,
  })
const completed = () =>
  aMigratedReport({
    patches: [aPatch({ name: 'livepatch_12' }), aPatch({ name: 'livepatch_13', stackOrder: 2 })],
  })

describe('a stuck transition', () => {
  test('is one alert for all hosts of one cause and owner, told once, told of again as it doubles, and over when none is left', async () => {
    const labels = { owner: 'payments' }
    const [first, second, third, other] = [
      await aHost(labels),
      await aHost(labels),
      await aHost(labels),
      await aHost({ owner: 'web' }),
    ]
    await tell(first, stuck(1200), labels)
    expect(await judged()).toMatchObject([
      { kind: 'firing', message: { alert: { hosts: 1, status: 'firing', rule: { name: 'Stuck' } } } },
    ])
    expect(await judged()).toEqual([])
    const [alert] = (await listed('?status=firing')).items
    expect(alert).toMatchObject({
      condition: 'stuck',
      severity: 'ticket',
      labels: { alertname: 'Stuck', owner: 'payments' },
      signature: { comm: 'billing' },
      actNow: { now: false },
      examples: [{ hostname: first.hostname }],
    })
    expect(alert?.summary).toMatch(
      /^alerted-1 held by one cause: billing in .* · oldest 20 min · patch livepatch_12$/,
    )

    await tell(second, stuck(1000), labels)
    await tell(third, stuck(30), labels)
    // The same cause with another owner is somebody else's alert.
    await tell(other, stuck(1000), { owner: 'web' })
    const more = await judged()
    expect(
      more.map(({ kind, message }) => [kind, message.alert?.labels.owner, message.alert?.hosts]).sort(),
    ).toEqual([
      ['firing', 'web', 1],
      ['updated', 'payments', 2],
    ])
    expect((await detailOf(alert?.id)).notes.map(({ kind }) => kind)).toEqual(['fired', 'grew'])

    await change('Stuck', { keepFiringSeconds: 0 })
    for (const host of [first, second, third, other]) await tell(host, completed(), labels)
    expect(
      (await judged()).map(({ kind, message }) => [kind, message.alert?.status, message.alert?.hosts]).sort(),
    ).toEqual([
      ['resolved', 'resolved', 1],
      ['resolved', 'resolved', 2],
    ])
    expect(await listed('?status=firing')).toMatchObject({ items: [], firing: 0 })
  })

  test('is pending until it is due, and goes without a word when it completes before', async () => {
    const host = await aHost()
    await tell(host, stuck(300))
    expect(await judged()).toEqual([])
    expect((await listed('?status=pending')).items).toMatchObject([
      { status: 'pending', firingAt: null, hosts: 1 },
    ])
    await tell(host, completed())
    expect(await judged()).toEqual([])
    expect((await listed('?status=pending')).items).toEqual([])
  })

  test('waits longer where the kernel wakes nobody by itself', async () => {
    const host = await aHost()
    const slow = stuck(1200)
    await tell(host, {
      ...slow,
      transition: slow.transition && { ...slow.transition, signalsByItself: false },
    })
    expect(await judged()).toEqual([])
    await tell(host, completed())
    await judged()
  })

  test('that was there before anybody looked is shown and tells nobody', async () => {
    const host = { ...(await enroll(api, { hostname: 'baseline-1' })), hostname: 'baseline-1' }
    await tell(host, stuck(90_000))
    expect(await judged()).toEqual([])
    expect((await listed('?status=pending')).items).toMatchObject([
      { hosts: 1, examples: [{ hostname: 'baseline-1' }] },
    ])
    await tell(host, completed())
    await judged()
  })

  test('of a host that falls silent stays, and says from how many there is no word', async () => {
    const host = await aHost()
    await tell(host, stuck(1200, 'silent-one'))
    await judged()
    const [alert] = (await listed('?status=firing')).items
    await api.pool.query(
      `update host set last_state = state, state = 'silent', reason = 'noWord', state_since = now() where id = $1`,
      [host.id],
    )
    expect((await judged()).filter(({ id }) => id === alert?.id)).toEqual([])
    expect((await detailOf(alert?.id)).alert).toMatchObject({ status: 'firing', hosts: 1, silentHosts: 1 })
    // Silence itself is a condition, and not due yet.
    expect((await listed('?status=pending')).items).toMatchObject([{ condition: 'silent' }])
    await tell(host, completed())
    expect((await judged()).map(({ kind }) => kind)).toEqual(['resolved'])
  })

  test('of a host that is removed is over', async () => {
    const host = await aHost()
    await tell(host, stuck(1200, 'removed-one'))
    await judged()
    expect((await call('DELETE', `/v1/hosts/${host.id}`)).statusCode).toBe(200)
    expect((await judged()).map(({ kind }) => kind)).toEqual(['resolved'])
  })
})

describe('nothing twice', () => {
  test('of many evaluators at once', async () => {
    const host = await aHost()
    await tell(host, stuck(1200, 'raced'))
    told = []
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
    })
    await expect(failing.pass()).rejects.toThrow('the queue is away')
    expect((await judged()).map(({ kind }) => kind)).toEqual(['firing'])
    await tell(host, completed())
    await judged()
  })
})

describe('other conditions', () => {
  test('a patch that is taken off pages, one that a newer replaced does not', async () => {
    const [off, replaced] = [await aHost(), await aHost()]
    await tell(replaced, aMigratedReport({ patches: [aPatch({ name: 'livepatch_13', replace: true })] }))
    await tell(off, aMigratedReport({ patches: [] }))
    expect((await judged()).map(({ message }) => message.alert)).toMatchObject([
      {
        condition: 'patch-off',
        severity: 'page',
        summary: `livepatch_12 was removed on ${off.hostname}: its fixes are open again`,
        actNow: { now: true },
      },
    ])
    await change('Patch-taken-off', { keepFiringSeconds: 0 })
    await tell(off, aMigratedReport())
    await judged()
  })

  test('a crash within an hour of a load pages for a day, one without a load does not', async () => {
    const [loaded, quiet] = [await aHost(), await aHost()]
    const oops = (at: string) => ({ ...completed(), events: [anEvent({ kind: 'oops', at, patch: null })] })
    await tell(quiet, oops(ago(1)))
    await tell(loaded, stuck(60, 'crashing'))
    await tell(loaded, oops(ago(1)))
    const alerts = (await judged()).map(({ message }) => message.alert)
    expect(alerts).toMatchObject([
      { condition: 'crash', severity: 'page', examples: [{ hostname: loaded.hostname }] },
    ])
    await tell(loaded, completed())
    expect(await judged()).toEqual([])
    await api.pool.query(`update alert_host set ends_at = now() where ends_at is not null`)
    await change('Crash-after-load', { keepFiringSeconds: 0 })
    expect((await judged()).map(({ kind }) => kind)).toEqual(['resolved'])
  })

  test('forced stays for the boot, and a demo host has alerts of its own', async () => {
    const host = await aHost({}, 'test-demo-token-123')
    await tell(host, {
      ...aMigratedReport(),
      events: [anEvent({ kind: 'forced', at: ago(1), patch: 'livepatch_12' })],
    })
    expect((await judged()).map(({ message }) => message.alert)).toMatchObject([
      { condition: 'forced', demo: true },
    ])
    expect(bootIdOf(host)).not.toBe('')
  })
})

describe('a silence', () => {
  test('keeps an alert quiet until it ends, and then it is told', async () => {
    const made = await call('POST', '/v1/silences', {
      selector: 'team=quiet',
      reason: 'planned work',
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
    })
    expect(made.statusCode, made.body).toBe(201)
    const host = await aHost({ team: 'quiet' })
    await tell(host, stuck(1200, 'quiet-one'), { team: 'quiet' })
    expect(await judged()).toEqual([])
    const [alert] = (await listed('?status=firing')).items.filter(
      ({ silencedUntil }) => silencedUntil !== null,
    )
    expect(alert?.silencedUntil).toBe(made.json().endsAt)
    // A host that it does not name joins: the alert is not quiet any more.
    expect((await call('POST', `/v1/silences/${made.json().id}/end`)).json()).toMatchObject({
      state: 'ended',
    })
    evaluator = anEvaluator()
    expect((await judged()).map(({ id, kind }) => [id, kind])).toEqual([[alert?.id, 'firing']])
    await tell(host, completed(), { team: 'quiet' })
    await judged()
  })

  test('of an alert that fires holds as soon as it is made, and no longer than it is kept', async () => {
    const host = await aHost()
    await tell(host, stuck(1200, 'loud-one'))
    const [alert] = await judged()
    const endsAt = new Date(Date.now() + 3_600_000).toISOString()
    const made = await call('POST', '/v1/silences', { alertId: alert?.id, reason: 'being looked at', endsAt })
    expect(made.json()).toMatchObject({ state: 'active', alerts: 1 })
    expect((await detailOf(alert?.id)).alert.silencedUntil).toBe(endsAt)
    await call('POST', `/v1/silences/${made.json().id}/end`)
    expect((await detailOf(alert?.id)).alert.silencedUntil).toBeNull()
    await tell(host, completed())
    await judged()
  })

  test.each([
    [{ selector: 'env=', endsAt: ago(10) }, '/endsAt'],
    [{ selector: 'env in (', endsAt: ago(-3600) }, '/selector'],
    [{ selector: '', reason: '', endsAt: ago(-3600) }, '/reason'],
  ])('is refused with its field: %#', async (fields, field) => {
    expect(problemOf(await call('POST', '/v1/silences', { reason: 'why', ...fields })).fields).toEqual([
      field,
    ])
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

describe('whoever is new is told', () => {
  test('also when another left, and nothing of a silenced one that is already over', async () => {
    await change('Patch-taken-off', { keepFiringSeconds: 3600 })
    const [first, second] = [await aHost(), await aHost()]
    await tell(first, aMigratedReport({ patches: [] }))
    expect((await judged()).map(({ kind }) => kind)).toEqual(['firing'])
    await tell(first, aMigratedReport())
    await judged()
    await tell(second, aMigratedReport({ patches: [] }))
    await judged()
    await api.pool.query(
      `update alert set told_at = told_at - interval '301 s' where status = 'firing' and condition = 'patch-off'`,
    )
    expect((await judged()).map(({ kind, message }) => [kind, message.alert?.examples[0]?.hostname])).toEqual(
      [['updated', second.hostname]],
    )
    await tell(second, aMigratedReport())
    await change('Patch-taken-off', { keepFiringSeconds: 0 })
    await judged()
  })

  test('one of several patches taken off is told though the host stays migrated, and is over when it is on again', async () => {
    const host = await aHost()
    const both = [aPatch({ name: 'livepatch_12' }), aPatch({ name: 'other_1', stackOrder: 2 })]
    await tell(host, aMigratedReport({ patches: both }))
    await judged()
    await tell(host, aMigratedReport({ patches: both.slice(0, 1) }))
    expect((await judged()).map(({ message }) => message.alert)).toMatchObject([
      {
        condition: 'patch-off',
        summary: `other_1 was removed on ${host.hostname}: its fixes are open again`,
      },
    ])
    await tell(host, aMigratedReport({ patches: both }))
    expect((await judged()).map(({ kind }) => kind)).toEqual(['resolved'])
  })

  test('a load that is tried again and again is one alert, whatever holds each try', async () => {
    await change('Load-failed', { keepFiringSeconds: 0 })
    const host = await aHost()
    const kinds: string[] = []
    for (const [index, comm] of ['one', 'two', 'three'].entries()) {
      const begin = 400 - index * 100
      await tell(host, {
        ...aMovingReport({
          startedAt: ago(begin),
          progressAt: ago(begin - 1),
          blocking: [aTask({ comm, firstSeenAt: ago(begin - 1) })],
          remaining: 1,
        }),
      })
      kinds.push(...(await judged()).map(({ kind }) => kind))
      await tell(host, {
        ...aMigratedReport({ patches: [] }),
        attempts: [
          {
            patch: 'livepatch_12',
            direction: 'patching',
            startedAt: ago(begin),
            endedAt: ago(begin - 75),
            outcome: 'reversed',
          },
        ],
      })
      kinds.push(...(await judged()).map(({ kind, message }) => `${kind} ${message.alert?.condition}`))
    }
    expect(kinds.filter((kind) => kind.includes('failed'))).toEqual(['firing failed'])
    await tell(host, aMigratedReport())
    expect((await judged()).map(({ kind, message }) => `${kind} ${message.alert?.condition}`)).toContain(
      'resolved failed',
    )
  })

  test('a patch that goes in a maintenance window is expected, also after it', async () => {
    const window = await call('POST', '/v1/silences', {
      kind: 'maintenance',
      selector: 'window=yes',
      reason: 'replacing the patch',
      endsAt: new Date(Date.now() + 60_000).toISOString(),
    })
    const host = await aHost({ window: 'yes' })
    await tell(host, aMigratedReport({ patches: [] }), { window: 'yes' })
    expect(await judged()).toEqual([])
    await call('POST', `/v1/silences/${window.json().id}/end`)
    evaluator = anEvaluator()
    expect(await judged()).toEqual([])
    await tell(host, aMigratedReport(), { window: 'yes' })
    await judged()
  })
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

describe('people', () => {
  test('take an alert, comment on it and give it back; each is in its timeline', async () => {
    const host = await aHost()
    await tell(host, stuck(1200, 'answered'))
    const [fired] = await judged()
    const path = `/v1/alerts/${fired?.id}`
    const taken = await call('POST', `${path}/acknowledge`, { note: 'on it' })
    expect(alertDetail.parse(taken.json()).alert.acknowledged).toMatchObject({ by: 'Admin', note: 'on it' })
    await call('POST', `${path}/comments`, { text: 'asked the owner' })
    await call('DELETE', `${path}/acknowledge`)
    const { alert, notes } = await detailOf(fired?.id)
    expect(alert.acknowledged).toBe(null)
    expect(notes.map(({ kind, by, text }) => [kind, by, text])).toEqual([
      ['fired', null, null],
      ['acknowledged', 'Admin', 'on it'],
      ['commented', 'Admin', 'asked the owner'],
      ['unacknowledged', 'Admin', null],
    ])
    expect((await call('POST', '/v1/alerts/999999/acknowledge', {})).statusCode).toBe(404)
    const forged = Buffer.from(JSON.stringify([0, 0, 'then', '1'])).toString('base64url')
    expect(problemOf(await call('GET', `/v1/alerts?cursor=${forged}`)).fields).toEqual(['/cursor'])
    await tell(host, completed())
    await judged()
  })
})

describe('a rule', () => {
  test.each([
    [{ selector: 'tier in db' }, '/selector', 'character 9'],
    [{ summary: 'a {{ hots }}' }, '/summary', 'line 1, character 6'],
    [{ summary: 'a\n{{ hosts | shout }}' }, '/summary', 'line 2'],
    [{ description: '{% for %}' }, '/description', 'line 1'],
    [{ name: 'no spaces' }, '/name', 'letters'],
    [{ forSeconds: -1 }, '/forSeconds', '0'],
  ])('%j is refused with its place', async (fields, field, place) => {
    const {
      id: _,
      builtin: __,
      firing: ___,
      updatedAt: ____,
      updatedBy: _____,
      ...rule
    } = await ruleNamed('Stuck')
    const answer = await call('POST', '/v1/rules', { ...rule, name: 'Mine', ...fields })
    expect(problemOf(answer).fields).toEqual([field])
    expect(answer.body).toContain(place)
  })

  test('that is brought along is switched off, not removed; its alerts go with a quiet end', async () => {
    const host = await aHost()
    await tell(host, stuck(1200, 'switched-off'))
    await judged()
    const { id } = await ruleNamed('Stuck')
    expect((await call('DELETE', `/v1/rules/${id}`)).statusCode).toBe(400)
    await change('Stuck', { enabled: false, keepFiringSeconds: 0 })
    expect((await judged()).map(({ kind }) => kind)).toEqual(['resolved'])
    await change('Stuck', { enabled: true })
    expect((await judged()).map(({ kind }) => kind)).toEqual(['firing'])
    await tell(host, completed())
    await judged()
  })

  test('can be tried on the days before, from the history of every host', async () => {
    const labels = { dry: 'run' }
    const host = await aHost(labels)
    await tell(host, aMigratedReport({ patches: [] }), labels)
    await tell(host, aMigratedReport(), labels)
    await judged()
    const {
      id: _,
      builtin: __,
      firing: ___,
      updatedAt: ____,
      updatedBy: _____,
      ...rule
    } = await ruleNamed('Patch-taken-off')
    const answer = await call('POST', '/v1/rules/dry-run', {
      rule: { ...rule, name: 'Tried', selector: 'dry=run' },
      days: 7,
    })
    expect(answer.statusCode, answer.body).toBe(200)
    const run = ruleDryRun.parse(answer.json())
    expect(run).toMatchObject({ exact: true, total: 1, items: [{ hosts: 1 }], preview: { isExample: false } })
    const never = await call('POST', '/v1/rules/dry-run', { rule: { ...rule, forSeconds: 86_400 }, days: 7 })
    expect(never.json()).toMatchObject({ total: 0 })
    const other = await call('POST', '/v1/rules/dry-run', {
      rule: { ...rule, selector: 'no=where' },
      days: 7,
    })
    expect(other.json()).toMatchObject({ total: 0, hostsNow: 0 })
  })
})

test('a fire drill goes through rule and route, is marked, counts nowhere and ends by itself', async () => {
  const before = await listed()
  const started = await call('POST', '/v1/drills', { labels: { owner: 'payments' }, seconds: 10 })
  expect(started.statusCode, started.body).toBe(201)
  expect((await call('POST', '/v1/drills', {})).statusCode).toBe(400)
  expect(
    (await judged()).map(({ kind, message }) => [kind, message.alert?.drill, message.alert?.labels]),
  ).toMatchObject([['firing', true, { owner: 'payments', drill: 'true' }]])
  expect(await listed()).toMatchObject({ firing: before.firing, pending: before.pending })
  await api.pool.query('update alert set drill_ends_at = now() where drill_ends_at is not null')
  expect((await judged()).map(({ kind }) => kind)).toEqual(['resolved'])
})

test('what is over is kept for as long as events are', async () => {
  const { rows } = await api.pool.query<{ id: string }>(
    `update alert set resolved_at = now() - interval '401 days' where id = (select id from alert where status = 'resolved' limit 1)
     returning id::text`,
  )
  await forgetAlerts(api.pool, { eventDays: 402, sampleDays: 402 })
  expect((await call('GET', `/v1/alerts/${rows[0]?.id}`)).statusCode).toBe(200)
  await forgetAlerts(api.pool, { eventDays: 400, sampleDays: 400 })
  expect((await call('GET', `/v1/alerts/${rows[0]?.id}`)).statusCode).toBe(404)
})

test.each([
  '{% for i in (1..100000000) %}x{% endfor %}',
  '{{ hosts_text | append: hosts_text }}'.repeat(12),
  '{% assign a = "x" %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}{{ a }}',
])('a template costs little, whatever it asks for: %#', (template) => {
  expect(textOf(template, exampleTold).length).toBeLessThanOrEqual(1000)
})

test('pages go through all alerts, each once', async () => {
  const all = (await listed('?limit=200')).items.map(({ id }) => id)
  const found: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: AlertsPage = await listed(`?limit=2${cursor && `&cursor=${cursor}`}`)
    found.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  }
  expect(found).toEqual(all)
  expect(all.length).toBeGreaterThan(8)
})
