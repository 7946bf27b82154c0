import { type AlertsPage, alertDetail, ruleDryRun } from '@graftwatch/contract'
import { describe, expect, test } from 'vitest'
import { aMigratedReport } from '../../../packages/contract/test/a-report.ts'
import { forgetAlerts } from '../src/sweep/retention.ts'
import {
  ago,
  aHost,
  api,
  call,
  change,
  completed,
  detailOf,
  judged,
  listed,
  ruleNamed,
  setUpAlerting,
  startAgain,
  stuck,
  tell,
  writable,
} from './alerting-stage.ts'
import { problemOf } from './api.ts'

/** What people do: silences, answers, rules, drills, lists. */
setUpAlerting()

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
    startAgain()
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
    const rule = await writable('Stuck')
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
    await judged()
    await tell(host, aMigratedReport(), labels)
    await judged()
    const rule = await writable('Patch-taken-off')
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
    (await judged()).map(({ kind, message }) => [
      kind,
      message.alert?.drill,
      message.alert?.labels,
      message.alert?.summary,
    ]),
  ).toMatchObject([
    [
      'firing',
      true,
      { owner: 'payments', drill: 'true' },
      expect.stringContaining('fire-drill (simulated) held by one cause: a fire drill'),
    ],
  ])
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

test('pages go through all alerts, each once', async () => {
  const all = (await listed('?limit=200')).items.map(({ id }) => id)
  const found: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: AlertsPage = await listed(`?limit=2${cursor && `&cursor=${cursor}`}`)
    found.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  }
  expect(found).toEqual(all)
  expect(all.length).toBeGreaterThan(4)
})
