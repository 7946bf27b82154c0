import { causesPage, hostDetail, hostFacets, hostsPage, hostTimeline, overview } from '@graftwatch/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aMigratedReport, aMovingReport, aTask } from '../../../packages/contract/test/a-report.ts'
import { buildApp } from '../src/app.ts'
import { createHistoryIngest, type HistoryIngest } from '../src/ingest/ingest-history.ts'
import { type Api, configFor, problemOf, signIn, startApi } from './api.ts'

/** Two hours of three hosts, told by the API's own ingest with a clock of its own; then what changes later must not show. */
const start = Date.now() - 3 * 3_600_000
const at = (minutes: number) => start + minutes * 60_000
const iso = (minutes: number) => new Date(at(minutes)).toISOString()

let api: Api
let session: { cookie: string }
let history: HistoryIngest
const ids: number[] = []
let sequence = 0

const told = (host: number, minutes: number, moving: Parameters<typeof aMovingReport>[0] | null) => {
  sequence += 1
  const base = aMigratedReport({ sequence, collectedAt: iso(minutes) })
  const fields = moving ? aMovingReport({ startedAt: iso(minutes), ...moving }) : {}
  return {
    hostId: ids[host] ?? 0,
    report: {
      ...base,
      ...fields,
      sequence,
      collectedAt: iso(minutes),
      attempts: [],
      events: [],
      kernel: { ...base.kernel, bootId: `boot-${host}` },
      host: {
        ...base.host,
        machineId: `m-${host}`,
        hostname: `h-${host}`,
        labels: { env: host === 0 ? 'prod' : 'test' },
      },
    },
  }
}
const report = (host: number, minutes: number, moving: Parameters<typeof aMovingReport>[0] | null = null) =>
  history.report([told(host, minutes, moving)], at(minutes))

const blocking = [aTask({ firstSeenAt: iso(20), taskStartedAt: iso(-600) })]

beforeAll(async () => {
  api = await startApi()
  session = await signIn(api)
  history = createHistoryIngest(api.pool)
  await history.begin(at(0))
  for (const host of [0, 1, 2]) {
    const { hostId } = await history.enroll(
      { machineId: `m-${host}`, hostname: `h-${host}`, labels: {} },
      at(host),
    )
    ids.push(hostId)
    await report(host, host + 1)
  }
  await report(0, 20, { startedAt: iso(20), blocking })
  await report(0, 21, { startedAt: iso(20), progressAt: iso(20), blocking })
  await report(0, 30, { startedAt: iso(20), progressAt: iso(20), blocking })
  await report(0, 60)
  await history.heartbeat(ids.slice(0, 1), at(89))
  await history.sweep(at(90))
})
afterAll(() => api.close())

const urls = (asOf: string, knownAt: string) => {
  const past = `asOf=${asOf}&knownAt=${knownAt}`
  return [
    `/v1/overview?${past}`,
    `/v1/hosts?${past}&include=ticks`,
    `/v1/hosts?${past}&selector=env%3Dprod&sort=-hostname`,
    `/v1/hosts/facets?${past}`,
    `/v1/hosts/${ids[0]}?${past}`,
    `/v1/hosts/${ids[0]}/timeline?${past}`,
    `/v1/blockers?${past}`,
  ]
}
const read = async (url: string, app = api.app) => {
  const answer = await app.inject({ url, headers: session })
  expect(answer.statusCode, `${url}: ${answer.body}`).toBe(200)
  return answer.body
}
const overviewAt = async (minutes: number, known = 120) =>
  overview.parse(JSON.parse(await read(`/v1/overview?asOf=${iso(minutes)}&knownAt=${iso(known)}`)))

describe('what was true', () => {
  test('is told of each time: before the host was known, while it moved, while it was stuck, when it was done', async () => {
    expect((await overviewAt(-1)).total).toBe(0)
    expect((await overviewAt(5)).counts).toMatchObject({ migrated: 3 })
    expect((await overviewAt(21)).counts).toMatchObject({ migrated: 2, transitioning: 1 })
    const stuck = await overviewAt(40)
    expect(stuck.counts).toMatchObject({ migrated: 2, stuck: 1 })
    expect(stuck.attention[0]).toMatchObject({
      host: { hostname: 'h-0', status: { state: 'stuck' } },
      transition: { remaining: 3, worst: { blockingFunction: '__x64_sys_vfork' } },
    })
    expect(stuck.running).toHaveLength(1)
    expect((await overviewAt(70)).counts).toMatchObject({ migrated: 3 })
    expect((await overviewAt(100)).counts).toMatchObject({ migrated: 1, silent: 2 })
  })

  test('knows no more than was known then: stuck from minute 22 on was only reported at minute 30', async () => {
    expect((await overviewAt(25, 29)).counts).toMatchObject({ transitioning: 1 })
    expect((await overviewAt(25, 31)).counts).toMatchObject({ stuck: 1 })
  })

  test('has the host with its transition and who held it, its history, and the cause', async () => {
    const past = `asOf=${iso(40)}&knownAt=${iso(120)}`
    const host = hostDetail.parse(JSON.parse(await read(`/v1/hosts/${ids[0]}?${past}`)))
    expect(host).toMatchObject({
      status: { state: 'stuck' },
      labels: { env: 'prod' },
      transition: { direction: 'patching', tasks: { remaining: 3 }, lowWater: 3 },
      view: { asOf: iso(40), knownAt: iso(120) },
      now: iso(40),
    })
    expect(host.transition?.blocking).toMatchObject([
      { tid: 170, blockingFunction: '__x64_sys_vfork', stack: null },
    ])
    expect(host.attempts).toMatchObject([{ number: 1, outcome: null }])
    const { items } = hostTimeline.parse(JSON.parse(await read(`/v1/hosts/${ids[0]}/timeline?${past}`)))
    expect(items.every(({ occurredAt }) => occurredAt <= iso(40))).toBe(true)
    const later = hostDetail.parse(
      JSON.parse(await read(`/v1/hosts/${ids[0]}?asOf=${iso(70)}&knownAt=${iso(120)}`)),
    )
    expect(later).toMatchObject({
      transition: null,
      attempts: [{ outcome: 'completed', blockers: [{ tid: 170 }] }],
    })
    const causes = causesPage.parse(JSON.parse(await read(`/v1/blockers?${past}`)))
    expect(causes.items).toMatchObject([{ function: '__x64_sys_vfork', hosts: 1 }])
    const list = hostsPage.parse(JSON.parse(await read(`/v1/hosts?${past}&cause=${causes.items[0]?.id}`)))
    expect(list.items.map(({ hostname }) => hostname)).toEqual(['h-0'])
    expect(
      hostFacets.parse(JSON.parse(await read(`/v1/hosts/facets?${past}&selector=env%3Dprod`))).total,
    ).toBe(1)
  })
})

test('the same two instants give the same bytes after later and late facts, a removal, and on another process', async () => {
  const questions = [-1, 5, 21, 25, 40, 70, 100].flatMap((minutes) => urls(iso(minutes), iso(120)))
  const answerable = questions.filter((url) => !url.includes(`asOf=${iso(-1)}`) || !/hosts\/\d/.test(url))
  const before: string[] = []
  for (const url of answerable) before.push(await read(url))

  // Late: what the second host lived through while nobody heard it, told all at once.
  await history.report(
    [
      told(1, 95, { startedAt: iso(95), blocking }),
      told(1, 140, { startedAt: iso(95), progressAt: iso(95), blocking }),
    ],
    at(150),
  )
  await report(0, 151, { startedAt: iso(151), direction: 'unpatching' })
  await report(0, 160)
  await history.sweep(at(170))
  const gone = await api.app.inject({
    method: 'DELETE',
    url: `/v1/hosts/${ids[2]}`,
    headers: { ...session, origin: 'http://localhost:3000' },
  })
  expect(gone.statusCode).toBe(200)

  const again = await buildApp(configFor(api.database))
  try {
    for (const [index, url] of answerable.entries()) expect(await read(url, again), url).toBe(before[index])
  } finally {
    await again.close()
  }
  expect((await overviewAt(100, 160)).counts).toMatchObject({ silent: 1, stuck: 1 })
})

test('a host whose clock is a minute slow is known from its first report on, and after a silence', async () => {
  const { hostId } = await history.enroll({ machineId: 'slow', hostname: 'slow', labels: {} }, at(171))
  ids[3] = hostId
  const slow = (minutes: number) => history.report([told(3, minutes - 1, null)], at(minutes))
  await slow(171.1)
  await history.heartbeat([], at(171.1))
  expect((await overviewAt(172, 172)).counts.unknown).toBe(0)
  await history.sweep(at(175.5))
  await slow(175.6)
  const host = await read(`/v1/hosts/${hostId}?asOf=${iso(176)}&knownAt=${iso(176)}`)
  expect(hostDetail.parse(JSON.parse(host)).status.state).toBe('migrated')
})

test.each([
  [`asOf=${new Date(Date.now() + 60_000).toISOString()}`, 'INVALID_INPUT', '/asOf'],
  [`asOf=${iso(0)}&knownAt=${new Date(Date.now() + 60_000).toISOString()}`, 'INVALID_INPUT', '/knownAt'],
  ['asOf=2020-01-01T00:00:00Z', 'BEFORE_HISTORY', '/asOf'],
  [`asOf=${iso(0)}&knownAt=2020-01-01T00:00:00Z`, 'BEFORE_HISTORY', '/knownAt'],
  [`asOf=${iso(10)}&sort=lastSeen`, 'INVALID_INPUT', '/sort'],
])('%s is refused: %s', async (query, code, field) => {
  const answer = problemOf(await api.app.inject({ url: `/v1/hosts?${query}`, headers: session }))
  expect(answer).toMatchObject({ status: 400, code, fields: [field] })
})

test('labels are counted on the same hosts every time, also where there are more than are looked at', async () => {
  // The last id is what the database finds first, and the one of so many that is not looked at.
  await api.pool.query(
    `
    insert into host (id, machine_id, hostname, state, state_since, enrolled_at)
    select 1000000 + n, 'many-' || n, 'many-' || n, 'migrated', $1, $1 from generate_series(20000, 1, -1) as n`,
    [iso(0)],
  )
  await api.pool.query(
    `insert into period (host_id, occurred_at, recorded_at, state, state_since, since_before, flags, hostname, labels, demo)
     select id, $1, $1, state, $1, false, 0, hostname,
       case when id = 1020000 then array['last', 'last='] else array['some', 'some='] end, false
     from host where id > 1000000`,
    [iso(0)],
  )
  const facets = hostFacets.parse(
    JSON.parse(await read(`/v1/hosts/facets?asOf=${iso(5)}&knownAt=${iso(120)}`)),
  )
  expect(facets.label.map(({ key }) => key)).toContain('some')
  expect(facets.label.map(({ key }) => key)).not.toContain('last')
})
