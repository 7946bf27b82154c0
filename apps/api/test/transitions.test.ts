import { attemptDetail, transitionsPage } from '@graftwatch/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aMigratedReport,
  aMovingReport,
  aTask,
  bootId,
  release,
} from '../../../packages/contract/test/a-report.ts'
import { sweepSilence } from '../src/sweep/silence.ts'
import { type Api, createPerson, enroll, problemOf, signIn, startApi, store, type TestHost } from './api.ts'

let api: Api
let session: { cookie: string }
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

beforeAll(async () => {
  api = await startApi()
  await createPerson(api, 'viewer')
  session = await signIn(api, { email: 'viewer@example.com', password: 'correct horse battery' })
})
afterAll(() => api.close())

const get = (url: string) => api.app.inject({ url, headers: session })
async function page(query = '') {
  const answer = await get(`/v1/transitions${query}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return transitionsPage.parse(answer.json())
}
const namesOf = ({ items }: Awaited<ReturnType<typeof page>>) => items.map(({ host }) => host.hostname)

const names = new Map<string, string>()
async function named(hostname: string): Promise<TestHost> {
  const host = await enroll(api, { hostname })
  names.set(host.id, hostname)
  return host
}

/** One report of a running transition, read `secondsAgo`. */
async function move(
  host: TestHost,
  sequence: number,
  secondsAgo: number,
  transition: Parameters<typeof aMovingReport>[0],
) {
  const report = aMovingReport({ startedAt: ago(2000), ...transition })
  const hostname = names.get(host.id) ?? ''
  await store(api, host, {
    ...report,
    sequence,
    collectedAt: ago(secondsAgo),
    host: { ...report.host, hostname },
  })
}

test('nothing runs in an empty fleet', async () => {
  expect(await page()).toMatchObject({ items: [], nextCursor: null, running: 0, stuck: 0 })
})

test('what made no progress for longest is first, with its worst task and how its tasks fell', async () => {
  const stuck = await named('stuck-1')
  const blocking = [
    aTask({ tid: 170, firstSeenAt: ago(850) }),
    aTask({ tid: 171, firstSeenAt: ago(900), comm: 'older' }),
  ]
  await move(stuck, 1, 900, { remaining: 40, progressAt: ago(900), blocking })
  await move(stuck, 2, 800, { remaining: 3, progressAt: ago(800), blocking })
  await move(stuck, 3, 0, { remaining: 3, progressAt: ago(800), blocking })
  const quick = await named('quick-1')
  await move(quick, 1, 5, { startedAt: ago(10), remaining: 20, progressAt: ago(5) })

  const answer = await page()
  expect(namesOf(answer)).toEqual(['stuck-1', 'quick-1'])
  expect(answer).toMatchObject({ running: 2, stuck: 1, nextCursor: null })
  const [first] = answer.items
  expect(first).toMatchObject({
    host: { id: stuck.id, status: { state: 'stuck' } },
    number: 1,
    patch: 'livepatch_12',
    direction: 'patching',
    total: 400,
    remaining: 3,
    lowWater: 3,
    stuckAfterSeconds: 120,
    worst: { comm: 'older', tid: 171, cause: 'sleeping-in-patched-function' },
  })
  expect(first?.samples.map(({ remaining }) => remaining)).toEqual([40, 3, 3])
})

test('hosts outside the fleet and members of a shared kernel are not listed', async () => {
  const gone = await named('gone-1')
  await move(gone, 1, 0, { startedAt: ago(10), remaining: 9 })
  await api.pool.query('update host set retired_at = now() where id = $1', [gone.id])
  const first = await named('first-1')
  const member = await named('member-1')
  const kernel = { release, version: '#1', bootId: '', bootedAt: ago(9000), taint: 0, livepatchTaint: false }
  await store(api, first, { sequence: 1, kernel: { ...kernel, bootId: `${bootId}-shared` } })
  await store(api, member, {
    ...aMovingReport({ startedAt: ago(10), remaining: 9 }),
    sequence: 1,
    collectedAt: ago(0),
    kernel: { ...kernel, bootId: `${bootId}-shared` },
  })
  const answer = await page()
  expect(answer.items.map(({ host }) => host.id)).not.toContain(gone.id)
  expect(answer.items.map(({ host }) => host.id)).not.toContain(member.id)
  expect(answer.running).toBe(2)
})

test('pages have no gap and no double, also where several made progress at the same instant', async () => {
  const at = ago(60)
  const hosts = await Promise.all(Array.from({ length: 7 }, (_unused, index) => named(`page-${index}`)))
  for (const host of hosts) {
    await move(host, 1, 60, { startedAt: ago(70), remaining: 8, progressAt: at })
    await api.pool.query('update attempt set progress_at = $2 where host_id = $1', [host.id, at])
  }
  const seen: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await page(`?limit=2${cursor && `&cursor=${cursor}`}`)
    seen.push(...answer.items.map(({ host }) => host.id))
    cursor = answer.nextCursor
  }
  expect(seen).toHaveLength(9)
  expect(new Set(seen).size).toBe(9)
  expect(seen.slice(1, 8)).toEqual(hosts.map(({ id }) => id).sort((a, b) => Number(a) - Number(b)))
})

test('state, part of the name and patch narrow the list, and not the totals', async () => {
  const other = await named('Other_Name')
  await move(other, 1, 0, { patch: 'livepatch_13', startedAt: ago(10), remaining: 5 })
  const { rows } = await api.pool.query<{ id: string }>(
    `select id::text from patch where name = 'livepatch_13' and build <> ''`,
  )
  const all = await page()
  expect((await page('?state=stuck')).items.every(({ host }) => host.status.state === 'stuck')).toBe(true)
  expect(namesOf(await page('?q=R_N'))).toEqual(['Other_Name'])
  expect(namesOf(await page('?q=%25'))).toEqual([])
  const byPatch = await page(`?patch=${rows[0]?.id}`)
  expect(namesOf(byPatch)).toEqual(['Other_Name'])
  expect(byPatch.running).toBe(all.running)
})

test('a host that fell silent still runs, as far as anybody knows', async () => {
  const { items } = await page('?q=stuck-1')
  const id = items[0]?.host.id
  await api.pool.query(`update host_seen set last_seen_at = now() - interval '1 hour' where host_id = $1`, [
    id,
  ])
  await sweepSilence(api.pool)
  await api.pool.query(`update ingest_tick set receiving_from = now() - interval '1 day'`)
  await sweepSilence(api.pool)
  const silent = await page('?state=silent')
  expect(silent.items[0]).toMatchObject({ host: { id, status: { state: 'silent', lastState: 'stuck' } } })
  expect(silent.stuck).toBe(0)
})

test('a long story keeps its first and last sample and at most 24', async () => {
  const host = await named('long-1')
  for (let index = 0; index < 70; index += 1)
    await move(host, index + 1, 700 - index * 10, {
      startedAt: ago(710),
      remaining: 300 - index,
      progressAt: ago(700 - index * 10),
    })
  const item = (await page()).items.find(({ host: { id } }) => id === host.id)
  const samples = item?.samples ?? []
  expect(samples.length).toBeGreaterThan(18)
  expect(samples.length).toBeLessThanOrEqual(24)
  expect(samples[0]?.remaining).toBe(300)
  expect(samples.at(-1)?.remaining).toBe(231)
  expect(samples.map(({ at }) => at)).toEqual(samples.map(({ at }) => at).toSorted())
})

test.each([
  ['?limit=101', '/limit'],
  ['?cursor=nonsense', '/cursor'],
  ['?state=migrated', '/state/0'],
  ['?patch=x', '/patch'],
  ['?sort=x', '/sort'],
])('%s is refused by name', async (query, field) => {
  const answer = await get(`/v1/transitions${query}`)
  expect(problemOf(answer)).toMatchObject({ code: 'INVALID_INPUT', fields: [field] })
})

describe('one attempt', () => {
  async function attemptOf(host: TestHost, number = 1) {
    const answer = await get(`/v1/hosts/${host.id}/attempts/${number}`)
    expect(answer.statusCode, answer.body).toBe(200)
    return attemptDetail.parse(answer.json())
  }
  /** A load of `patch` that took this long and completed. */
  async function complete(patch: string, seconds: number): Promise<TestHost> {
    const host = await named(`${patch}-${seconds}`)
    const report = aMovingReport({ patch, startedAt: ago(seconds), remaining: 1 })
    await store(api, host, { ...report, sequence: 1, collectedAt: ago(1) })
    const patches = report.patches.map((each) => ({
      ...each,
      state: 'applied' as const,
      inTransition: false,
    }))
    await store(api, host, { ...aMigratedReport({ patches }), sequence: 2, collectedAt: ago(0) })
    return host
  }

  test('is told with every sample, who held it, and the id of the cause', async () => {
    const [stuck] = (await page('?q=stuck-1')).items
    const detail = await attemptOf({ id: stuck?.host.id ?? '', key: '', lastSequence: 0 })
    expect(detail).toMatchObject({
      attempt: { number: 1, patch: 'livepatch_12', direction: 'patching', endedAt: null, lowWater: 3 },
      elsewhere: null,
    })
    expect(detail.samples).toMatchObject([
      { remaining: 40, total: 400 },
      { remaining: 3, total: 400 },
      { remaining: 3, total: 400 },
    ])
    const [older] = detail.attempt.blockers
    expect(older?.comm).toBe('older')
    const { rows } = await api.pool.query(`select id::text from signature where key = $1`, [older?.signature])
    expect(older?.causeId).toBe(rows[0]?.id)
  })

  test('is compared with others of the same patch and direction once twenty completed, never with itself', async () => {
    const first = await complete('quick_1', 100)
    for (let index = 1; index <= 19; index += 1) await complete('quick_1', 100 + index * 10)
    expect((await attemptOf(first)).elsewhere).toBeNull()
    const last = await complete('quick_1', 10_000)
    const { elsewhere } = await attemptOf(first)
    expect(elsewhere?.completed).toBe(20)
    expect(elsewhere?.medianSeconds).toBeGreaterThan(199)
    expect(elsewhere?.medianSeconds).toBeLessThan(215)
    expect(elsewhere?.p95Seconds).toBeGreaterThan(elsewhere?.medianSeconds ?? 0)
    expect((await attemptOf(last)).elsewhere).toMatchObject({ completed: 20 })
  })

  test.each([
    ['/v1/hosts/1/attempts/99', 404, 'NOT_FOUND'],
    ['/v1/hosts/999999/attempts/1', 404, 'NOT_FOUND'],
    ['/v1/hosts/1/attempts/0', 400, 'INVALID_INPUT'],
    ['/v1/hosts/x/attempts/1', 400, 'INVALID_INPUT'],
  ])('%s is %i %s', async (url, status, code) => {
    expect(problemOf(await get(url))).toMatchObject({ status, code })
  })
})
