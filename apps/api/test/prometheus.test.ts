import { existsSync, readFileSync } from 'node:fs'
import { hostFlags, hostStates, mechanisms, serviceDiscovery } from '@graftwatch/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aMovingReport, aTask } from '../../../packages/contract/test/a-report.ts'
import { seedFleet } from '../../../scripts/bench/fleet.ts'
import { furnishFleet } from '../../../scripts/bench/large-fleet.ts'
import { type Api, demoToken, enroll, problemOf, signIn, startApi, store, until } from './api.ts'

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()
const scrape = (api: Api, headers = {}) => api.app.inject({ url: '/metrics', headers })

/** Values by series, as the text has them. Fails on a line that is none of the format. */
async function seriesOf(api: Api): Promise<Map<string, number>> {
  const answer = await scrape(api)
  expect(answer.statusCode, answer.body).toBe(200)
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  const lines = answer.body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const [, series = '', value = ''] =
        /^([a-z0-9_]+(?:\{(?:[a-z0-9_]+="(?:[^"\\]|\\["\\n])*",?)*\})?) (\S+)$/i.exec(line) ?? []
      expect(series, line).not.toBe('')
      return [series, Number(value)]
    }),
  )
}
const named = (series: Map<string, number>, name: string) =>
  new Map([...series].filter(([key]) => key === name || key.startsWith(`${name}{`)))

describe('what hosts said', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi({ sweeps: false })
    await store(api, await enroll(api))
    for (const [seconds, token] of [
      [50, undefined],
      [1000, undefined],
      [5000, demoToken],
    ] as const)
      await store(
        api,
        await enroll(api, { ...(token && { token }) }),
        aMovingReport(
          {
            startedAt: ago(seconds + 10),
            progressAt: ago(seconds),
            blocking: [
              aTask({
                comm: 'a "b" \\ c\nd',
                firstSeenAt: ago(seconds),
                unit: 'u'.repeat(100 + seconds / 50),
              }),
            ],
          },
          { collectedAt: ago(0) },
        ),
      )
    await enroll(api)
  })
  afterAll(() => api.close())

  test('is counted by state, mechanism and flag, with 0 for every word that nothing has, and demo hosts apart', async () => {
    const series = await seriesOf(api)
    const hosts = named(series, 'graftwatch_hosts')
    expect(hosts.size).toBe(2 * hostStates.length)
    expect(Object.fromEntries([...hosts].filter(([, n]) => n > 0))).toEqual({
      'graftwatch_hosts{state="migrated"}': 1,
      'graftwatch_hosts{state="transitioning"}': 1,
      'graftwatch_hosts{state="stuck"}': 1,
      'graftwatch_hosts{state="unknown"}': 1,
      'graftwatch_hosts{state="stuck",demo="true"}': 1,
    })
    const by = named(series, 'graftwatch_hosts_by_mechanism')
    expect(by.size).toBe(2 * (mechanisms.length + 1))
    expect(by.get('graftwatch_hosts_by_mechanism{mechanism="klp"}')).toBe(3)
    expect(by.get('graftwatch_hosts_by_mechanism{mechanism="none"}')).toBe(1)
    expect(by.get('graftwatch_hosts_by_mechanism{mechanism="klp",demo="true"}')).toBe(1)
    expect(named(series, 'graftwatch_hosts_flagged').size).toBe(2 * hostFlags.length)
    expect(series.get('graftwatch_transitions_running')).toBe(2)
    expect(series.get('graftwatch_transitions_running{demo="true"}')).toBe(1)
  })

  test('transitions are a histogram by time since their last progress', async () => {
    const series = await seriesOf(api)
    const bucket = (le: string) => series.get(`graftwatch_transition_age_seconds_bucket{le="${le}"}`)
    expect(['15', '20', '60', '600', '900', '1800', '86400', '+Inf'].map(bucket)).toEqual([
      0, 0, 1, 1, 1, 2, 2, 2,
    ])
    expect(series.get('graftwatch_transition_age_seconds_count')).toBe(2)
    const sum = series.get('graftwatch_transition_age_seconds_sum') ?? 0
    expect(sum).toBeGreaterThanOrEqual(1050)
    expect(sum).toBeLessThan(1110)
  })

  test('what holds them is escaped and cut, and causes that then look alike are one', async () => {
    const labels = `function="__x64_sys_vfork",kind="user",comm="a \\"b\\" \\\\ c\\nd",unit="${'u'.repeat(100)}"`
    expect([...named(await seriesOf(api), 'graftwatch_blocker_hosts')]).toEqual(
      expect.arrayContaining([
        [`graftwatch_blocker_hosts{${labels}}`, 2],
        [`graftwatch_blocker_hosts{${labels},demo="true"}`, 1],
      ]),
    )
  })

  test('hosts are targets: real ones by id, with their labels in the names Prometheus allows', async () => {
    const labels = { env: 'lab', 'example.com/team-a': 'db', empty: '' }
    const { id } = await enroll(api, { hostname: 'db-1.example.com', labels })
    await enroll(api, { hostname: 'no address', labels })
    await enroll(api, { hostname: '10.0.0.1/admin?', labels })
    const headers = await signIn(api)
    const ask = (query: string) => api.app.inject({ url: `/v1/sd/hosts?${query}`, headers })
    const answer = await ask('selector=env%3Dlab')
    // Prometheus takes nothing else.
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.json()).toEqual([
      {
        targets: ['db-1.example.com:9100'],
        labels: {
          __meta_graftwatch_host_id: id,
          __meta_graftwatch_state: 'unknown',
          __meta_graftwatch_label_env: 'lab',
          __meta_graftwatch_label_example_com_team_a: 'db',
        },
      },
    ])
    const stuck = serviceDiscovery.parse((await ask('state=stuck,transitioning&port=9273')).json())
    expect(stuck.map(({ labels: of }) => of.__meta_graftwatch_state)).toEqual(['transitioning', 'stuck'])
    expect(stuck[0]?.targets[0]).toBe('db-7:9273')
    expect(stuck[0]?.labels).toMatchObject({ __meta_graftwatch_patch: 'livepatch_12' })
    expect(problemOf(await ask('selector=env%3D%3D%3D')).fields).toEqual(['/selector'])
    expect(problemOf(await ask('port=0')).code).toBe('INVALID_INPUT')
    expect(problemOf(await ask('limit=3')).code).toBe('INVALID_INPUT')
  })
})

describe('a large fleet', () => {
  let api: Api
  const count = 10_050
  beforeAll(async () => {
    api = await startApi({ sweeps: false })
    await seedFleet(api.pool, 1, count)
    await furnishFleet(api.pool, 1, count)
    await api.pool.query(`update host set retired_at = now() where id % 300 = 0`)
  })
  afterAll(() => api.close())

  const recount = async (text: string) =>
    (await api.pool.query<{ n: number }>(`select count(*)::int as n from ${text}`)).rows[0]?.n

  test('has the same few series, and its counts are those of a recount', async () => {
    const series = await seriesOf(api)
    const counted = 'host h where retired_at is null and flags & 4096 = 0'
    expect(series.get('graftwatch_hosts{state="stuck"}')).toBe(
      await recount(`${counted} and state = 'stuck'`),
    )
    expect(series.get('graftwatch_hosts_by_mechanism{mechanism="klp"}')).toBe(
      await recount(`${counted} and patch_id is not null`),
    )
    expect(series.get('graftwatch_hosts_flagged{flag="forced"}')).toBe(
      await recount(`${counted} and flags & 1 = 1`),
    )
    const moving = `attempt a join (select * from ${counted} and state in ('stuck', 'transitioning')) as h
      on h.id = a.host_id where a.ended_at is null`
    expect(series.get('graftwatch_transition_age_seconds_count')).toBe(await recount(moving))
    expect(series.get('graftwatch_transition_age_seconds_bucket{le="1800"}')).toBe(
      await recount(`${moving} and a.progress_at >= now() - interval '1800 s'`),
    )
    const blockers = named(series, 'graftwatch_blocker_hosts')
    expect(blockers.size).toBe(21)
    const held = [...blockers.values()].reduce((sum, n) => sum + n, 0)
    expect(held).toBe(
      await recount(`(select distinct host_id from blocker join host h on h.id = host_id
        where retired_at is null and (released_at is null or state = 'failed')) as held`),
    )
    const other = 'graftwatch_blocker_hosts{function="other",kind="",comm="",unit=""}'
    expect(Math.max(...blockers.values())).toBe(blockers.get(other))
    expect(series.get('graftwatch_alert_queue_hosts')).toBeGreaterThan(0)
  })

  test('more targets than one answer holds are refused with what to do, and fit by selector', async () => {
    const headers = await signIn(api)
    const told = problemOf(await api.app.inject({ url: '/v1/sd/hosts', headers }))
    expect(told).toMatchObject({ status: 400, fields: ['/selector'] })
    expect(told.remedy).toContain('selector')
    const answer = await api.app.inject({ url: '/v1/sd/hosts?selector=env%3Dprod', headers })
    const targets = serviceDiscovery.parse(answer.json())
    expect(targets).toHaveLength(
      (await recount(`host where retired_at is null and labels @> array['env=prod']`)) ?? 0,
    )
    const ids = targets.map(({ labels }) => Number(labels.__meta_graftwatch_host_id))
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
  })

  test('alerts are counted by severity, status and rule, without those that are over and fire drills', async () => {
    await api.pool.query(`
      insert into alert_rule (id, name, condition, severity, for_seconds, group_by, summary)
        values (9001, 'held', 'stuck', 'ticket', 0, '{}', 's'), (9002, 'quiet', 'failed', 'page', 0, '{}', 's');
      insert into alert (rule_id, fingerprint, condition, severity, status, reason, labels, since, drill_ends_at, demo) values
        (9001, 'a', 'stuck', 'ticket', 'firing', '', '{}', now(), null, false),
        (9001, 'b', 'stuck', 'ticket', 'firing', '', '{}', now(), null, false),
        (9001, 'c', 'stuck', 'ticket', 'firing', '', '{}', now(), null, true),
        (9001, 'd', 'stuck', 'page', 'pending', '', '{}', now(), null, false),
        (9001, 'e', 'stuck', 'ticket', 'resolved', '', '{}', now(), null, false),
        (9001, 'f', 'stuck', 'ticket', 'firing', '', '{}', now(), now(), false)`)
    const series = await until(async () => {
      const now = await seriesOf(api)
      return now.has('graftwatch_alerts_firing{rule="held"}') && now
    }, 15_000)
    expect(series.get('graftwatch_alerts{severity="ticket",status="firing"}')).toBe(2)
    expect(series.get('graftwatch_alerts{severity="page",status="pending"}')).toBe(1)
    expect(series.get('graftwatch_alerts{severity="page",status="firing"}')).toBe(0)
    expect(series.get('graftwatch_alerts{severity="ticket",status="firing",demo="true"}')).toBe(1)
    expect(series.get('graftwatch_alerts_firing{rule="held"}')).toBe(2)
    expect(series.get('graftwatch_alerts_firing{rule="quiet"}')).toBe(0)
    expect([...series.keys()].filter((key) => key.includes('resolved'))).toEqual([])
  })
})

test('a database that is away leaves the rest of the page, and says so', async () => {
  const api = await startApi({ sweeps: false })
  const server = new pg.Client({ ...api.database.config, database: 'postgres' })
  await server.connect()
  const { database } = api.database.config
  try {
    await server.query(`alter database ${database} allow_connections false`)
    await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      database,
    ])
    const away = await seriesOf(api)
    expect(away.get('graftwatch_database_up')).toBe(0)
    expect(named(away, 'graftwatch_hosts').size).toBe(0)
    expect(named(away, 'graftwatch_ingest_waiting').size).toBe(2)
    await server.query(`alter database ${database} allow_connections true`)
    const back = await until(async () => {
      const now = await seriesOf(api)
      return now.get('graftwatch_database_up') === 1 && now
    }, 15_000)
    expect(named(back, 'graftwatch_hosts').size).toBe(hostStates.length)
  } finally {
    await server.query(`alter database ${database} allow_connections true`)
    await server.end()
    await api.close()
  }
})

test('with a token set, the page is for those who carry it', async () => {
  const token = 'a token for Prometheus'
  const api = await startApi({ sweeps: false, metricsToken: token })
  try {
    for (const authorization of ['', `Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Basic ${token}`]) {
      const told = problemOf(await scrape(api, { authorization }))
      expect(told).toMatchObject({ status: 401, code: 'METRICS_TOKEN_INVALID', fields: ['authorization'] })
    }
    const answer = await scrape(api, { authorization: `Bearer ${token}` })
    expect(answer.statusCode).toBe(200)
    expect(answer.body).toContain('graftwatch_build_info{version="')
  } finally {
    await api.close()
  }
})

describe('docs/prometheus', () => {
  const docs = new URL('../../../docs/', import.meta.url)
  const read = (name: string) => readFileSync(new URL(name, docs), 'utf8')
  const rules = read('prometheus/graftwatch.rules.yml')
  let known: string[] = []
  beforeAll(async () => {
    const api = await startApi({ sweeps: false })
    known = [...(await scrape(api)).body.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
    await api.close()
  })
  const base = (name: string) => (known.includes(name) ? name : name.replace(/_(bucket|sum|count)$/, ''))

  test.each(['prometheus/graftwatch.rules.yml', 'prometheus/grafana-dashboard.json'])(
    '%s names no metric that /metrics does not have',
    (file) => {
      const names = [...read(file).matchAll(/\b(?:graftwatch|process|nodejs)_[a-z_]+/g)].map(([name]) =>
        base(name),
      )
      expect(names.length).toBeGreaterThan(4)
      expect(names.filter((name) => !known.includes(name))).toEqual([])
    },
  )

  test('prometheus.md lists every metric of ours, and no other', () => {
    const told = [...read('prometheus.md').matchAll(/^\| `(graftwatch_[a-z_]+)` \|/gm)].map(
      ([, name]) => name,
    )
    expect(told.toSorted()).toEqual(known.filter((name) => name.startsWith('graftwatch_')).toSorted())
  })

  test('every rule says what to do, in a place that exists, and has a test', () => {
    const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name)
    const urls = [...rules.matchAll(/runbook_url: \S+\/blob\/main\/(\S+)#(\S+)/g)]
    expect(urls.map(([, , anchor]) => anchor)).toEqual(alerts.map((name) => name.toLowerCase()))
    const headings = [...read('prometheus.md').matchAll(/^### (\w+)$/gm)].map(([, name]) => name)
    expect(headings).toEqual(alerts)
    for (const [, path = ''] of urls) expect(existsSync(new URL(`../${path}`, docs)), path).toBe(true)
    const tests = read('prometheus/graftwatch.rules.test.yml')
    expect(alerts.filter((name) => !tests.includes(name))).toEqual([])
  })
})
