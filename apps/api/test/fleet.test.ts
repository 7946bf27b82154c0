import { hostDetail, hostStates, hostsPage, overview, severityOf } from '@graftwatch/contract'
import { checkCounters } from '@graftwatch/db/check-counters'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aMovingReport, anAttempt, aPatch, aTask } from '../../../packages/contract/test/a-report.ts'
import { sweepSilence } from '../src/sweep/silence.ts'
import {
  type Api,
  createPerson,
  demoToken,
  enroll,
  problemOf,
  signIn,
  startApi,
  store,
  type TestHost,
} from './api.ts'

let api: Api
let session: { cookie: string }
const hosts: TestHost[] = []
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

/** Seeded, so that a failure can be run again. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

beforeAll(async () => {
  api = await startApi()
  await createPerson(api, 'viewer')
  session = await signIn(api, { email: 'viewer@example.com', password: 'correct horse battery' })
})
afterAll(() => api.close())

const get = (url: string) => api.app.inject({ url, headers: session })
const read = async (url: string) => {
  const answer = await get(url)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}

const kinds = {
  migrated: {},
  notDue: { patches: [] },
  stuck: {
    ...aMovingReport({
      startedAt: ago(900),
      progressAt: ago(800),
      blocking: [aTask({ firstSeenAt: ago(850) })],
    }),
  },
  transitioning: { ...aMovingReport({ startedAt: ago(5) }) },
  reverting: { ...aMovingReport({ startedAt: ago(5), direction: 'unpatching' }) },
  failed: { patches: [], attempts: [anAttempt({ startedAt: ago(300), endedAt: ago(225) })] },
  unsupported: { patches: [], sources: [{ name: 'klp', status: 'absent', durationMs: 0 }] },
  unknown: { patches: [], sources: [{ name: 'klp', status: 'failed', reason: 'EIO', durationMs: 0 }] },
} as const
const kindNames = Object.keys(kinds) as (keyof typeof kinds)[]

async function tell(host: TestHost, kind: keyof typeof kinds, sequence: number): Promise<void> {
  const {
    collectedAt: _fixed,
    sequence: _one,
    ...fields
  } = { collectedAt: '', sequence: 0, ...structuredClone(kinds[kind]) }
  await store(api, host, { ...(fields as object), sequence, collectedAt: ago(0) })
}

test('an empty fleet answers with every state at 0', async () => {
  const answer = overview.parse(await read('/v1/overview'))
  expect(answer.counts).toEqual(Object.fromEntries(hostStates.map((state) => [state, 0])))
  expect(answer).toMatchObject({
    total: 0,
    demoHosts: 0,
    attention: [],
    running: [],
    runningTotal: 0,
    changes: [],
  })
})

test('counters equal a recount after any operations', async () => {
  const seed = Number(process.env.GRAFTWATCH_SEED ?? Date.now() % 1_000_000)
  const pick = random(seed)
  for (let index = 0; index < 40; index += 1)
    hosts.push(
      await enroll(api, {
        hostname: `host-${String(index).padStart(2, '0')}`,
        ...(index % 5 === 0 && { token: demoToken }),
      }),
    )
  for (let round = 1; round <= 6; round += 1) {
    await Promise.all(
      hosts.map(async (host) => {
        const kind = kindNames[pick(kindNames.length)] ?? 'migrated'
        if (pick(4) > 0) await tell(host, kind, round)
      }),
    )
    await api.pool.query(
      `update host_seen set last_seen_at = now() - interval '1 hour' where host_id % 7 = $1`,
      [pick(7)],
    )
    await api.pool.query(`update ingest_tick set receiving_from = now() - interval '1 day'`)
    await sweepSilence(api.pool)
    if (round === 3) {
      const [gone] = hosts.splice(pick(hosts.length), 1)
      await api.pool.query('delete from host where id = $1', [gone?.id])
    }
    if (round === 6) await api.pool.query('update host set retired_at = now() where id = $1', [hosts[0]?.id])
    expect(await checkCounters(api.pool), `GRAFTWATCH_SEED=${seed}`).toEqual([])
  }
  const answer = overview.parse(await read('/v1/overview'))
  expect(answer.total).toBe(hosts.length - 1)
  expect(answer.total).toBe(Object.values(answer.counts).reduce((sum, n) => sum + n, 0))
})

describe('the list of hosts', () => {
  beforeAll(async () => {
    for (const [index, host] of hosts.entries())
      await tell(host, kindNames[index % kindNames.length] ?? 'migrated', 1000)
  })

  const page = async (query: string) => hostsPage.parse(await read(`/v1/hosts${query}`))
  async function pages(query: string) {
    const all: Awaited<ReturnType<typeof page>>['items'] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { items, nextCursor } = await page(`?limit=3${query}${cursor && `&cursor=${cursor}`}`)
      all.push(...items)
      cursor = nextCursor
    }
    return all
  }

  test('is worst first, then longest in its state; pages have no gap and no double', async () => {
    const all = await pages('')
    expect(all.map(({ id }) => id)).toEqual([...new Set(all.map(({ id }) => id))])
    // The one that was retired spoke again.
    expect(all).toHaveLength(hosts.length)
    const keys = all.map(({ status, id }) => [severityOf(status.state), status.since, Number(id)] as const)
    const sorted = keys.toSorted(([a, s, i], [b, t, j]) => a - b || s.localeCompare(t) || i - j)
    expect(keys).toEqual(sorted)
    expect((await page('')).items).toEqual((await page('?limit=50')).items)
  })

  test('filters by state and by a part of the name, also with characters that mean something to LIKE', async () => {
    const some = await pages('&state=stuck,failed')
    expect(new Set(some.map(({ status }) => status.state))).toEqual(new Set(['stuck', 'failed']))
    expect((await page('?q=HOST-1')).items.every(({ hostname }) => hostname.startsWith('host-1'))).toBe(true)
    expect((await page('?q=host_1')).items).toEqual([])
    expect((await page('?q=%25')).items).toEqual([])
  })

  test('a cursor goes on where it was also under another filter, and never goes round', async () => {
    const first = await page('?limit=1')
    const after = await page(`?state=migrated&cursor=${first.nextCursor}`)
    expect(after.items.length).toBeGreaterThan(0)
    expect(after.items.every(({ status }) => status.state === 'migrated')).toBe(true)
    const last = await page(`?limit=${hosts.length - 1}`)
    expect(last.nextCursor).not.toBeNull()
    expect((await page(`?state=stuck&cursor=${last.nextCursor}`)).items).toEqual([])
  })

  test.each([
    'x',
    Buffer.from('{}').toString('base64url'),
    Buffer.from('["stuck","0000-01-01T00:00:00Z","1"]').toString('base64url'),
    Buffer.from('["stuck","2026-01-01T00:00:00Z","1; drop table host"]').toString('base64url'),
    Buffer.from('["stuck","2026-01-01T00:00:00Z","9999999999999999999"]').toString('base64url'),
    Buffer.from('["nostate","2026-01-01T00:00:00Z","1"]').toString('base64url'),
  ])('a foreign cursor is refused: %s', async (cursor) => {
    expect(problemOf(await get(`/v1/hosts?cursor=${cursor}`))).toMatchObject({
      status: 400,
      fields: ['/cursor'],
    })
  })

  test.each([
    ['state=nonsense', '/state/0'],
    ['limit=0', '/limit'],
    ['limit=201', '/limit'],
    ['limit=many', '/limit'],
    ['sort=nonsense', '/sort'],
    ['q=%00', '/q'],
  ])('%s is refused by its name', async (query, field) => {
    expect(problemOf(await get(`/v1/hosts?${query}`))).toMatchObject({ status: 400, fields: [field] })
  })
})

describe('the overview', () => {
  test('names who needs someone, worst first, and what runs, longest without progress first', async () => {
    const answer = overview.parse(await read('/v1/overview'))
    const severities = answer.attention.map(({ host }) => severityOf(host.status.state))
    expect(severities).toEqual(severities.toSorted((a, b) => a - b))
    expect(answer.attention.length).toBeLessThanOrEqual(7)
    const progress = answer.running.map(({ progressAt }) => progressAt)
    expect(progress).toEqual(progress.toSorted())
    expect(answer.running.map(({ worst }) => worst?.tid)).toContain(170)
    const { stuck, reverting, transitioning } = answer.counts
    expect(answer.runningTotal).toBe(stuck + reverting + transitioning)
    expect(answer.changes.length).toBeGreaterThan(0)
    expect(answer.changes.length).toBeLessThanOrEqual(20)
  })
})

describe('one host', () => {
  test('that is stuck says who holds it, with cause, remedy, stack and the frame', async () => {
    const stuck = await enroll(api, { hostname: 'the-stuck-one', labels: { env: 'prod', empty: '' } })
    await store(api, stuck, {
      ...structuredClone(kinds.stuck),
      host: { ...kinds.stuck.host, labels: { env: 'prod', empty: '' } },
      collectedAt: ago(0),
    } as object)
    const answer = hostDetail.parse(await read(`/v1/hosts/${stuck.id}`))
    expect(answer.status).toMatchObject({ state: 'stuck', reason: 'noProgress' })
    expect(answer.labels).toEqual({ env: 'prod', empty: '' })
    expect(answer.transition).toMatchObject({ direction: 'patching', stuckAfterSeconds: 120, lowWater: 3 })
    const [blocker] = answer.transition?.blocking ?? []
    expect(blocker).toMatchObject({ blockingFrame: 1, blockingFunction: '__x64_sys_vfork' })
    expect(blocker?.remedy.safeStep).toContain('sh (pid 171)')
    expect(answer.attempts).toMatchObject([{ number: 1, outcome: null, blockers: [{ tid: 170 }] }])
  })

  test('that sends as much as it may is still answered in about 1 MB, with the stacks held longest', async () => {
    const host = await enroll(api)
    const stack = Array.from({ length: 128 }, () => 'f'.repeat(300))
    for (let round = 1; round <= 24; round += 1) {
      const patch = `try_${round}`
      const blocking = Array.from({ length: 22 }, (_, index) =>
        aTask({ tid: round * 100 + index, stack, firstSeenAt: ago(100) }),
      )
      const { transition } = aMovingReport({ startedAt: ago(60), patch, blocking })
      await store(api, host, { sequence: round, patches: [aPatch({ name: patch })], transition })
    }
    const { body } = await get(`/v1/hosts/${host.id}`)
    expect(body.length).toBeLessThan(1024 * 1024)
    const { transition, attempts } = hostDetail.parse(JSON.parse(body))
    expect(transition?.blocking[0]?.stack).toEqual(stack)
    expect(attempts).toHaveLength(20)
    expect(Math.max(...attempts.map(({ blockers }) => blockers.length))).toBe(3)
    for (const { blockers } of attempts.slice(3))
      for (const blocker of blockers) expect(blocker.stack).toBeNull()
  })

  test('that only enrolled says that it never reported', async () => {
    const { id } = await enroll(api)
    const answer = hostDetail.parse(await read(`/v1/hosts/${id}`))
    expect(answer).toMatchObject({
      kernel: null,
      agent: null,
      patches: [],
      status: { state: 'unknown', reason: 'neverReported' },
    })
  })

  test('that does not exist is a 404 with a remedy, here and in its timeline', async () => {
    for (const url of ['/v1/hosts/9999999', '/v1/hosts/9999999/timeline'])
      expect(problemOf(await get(url))).toMatchObject({ status: 404, code: 'HOST_NOT_FOUND' })
  })

  test.each(['abc', '0', '-1', '1e3', '99999999999999999', '%00', "1' or '1'='1"])(
    'the id %s is refused',
    async (id) => {
      expect(problemOf(await get(`/v1/hosts/${encodeURIComponent(decodeURIComponent(id))}`)).status).toBe(400)
    },
  )
})

describe('the timeline', () => {
  test('is newest first; pages have no gap and no double', async () => {
    const host = await enroll(api)
    for (let sequence = 1; sequence <= 12; sequence += 1)
      await store(api, host, { sequence, patches: sequence % 2 ? [aPatch()] : [] })
    const whole = await read(`/v1/hosts/${host.id}/timeline?limit=200`)
    const ids: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { items, nextCursor } = await read(
        `/v1/hosts/${host.id}/timeline?limit=4${cursor && `&cursor=${cursor}`}`,
      )
      ids.push(...items.map(({ id }: { id: string }) => id))
      cursor = nextCursor
    }
    expect(ids).toEqual(whole.items.map(({ id }: { id: string }) => id))
    expect(ids).toEqual(ids.toSorted((a, b) => Number(b) - Number(a)))
    expect(ids.length).toBeGreaterThan(12)
  })

  test.each(['x', '-1', '1e5', '9999999999999999999', ''])(
    'a foreign cursor is refused: %j',
    async (cursor) => {
      expect(problemOf(await get(`/v1/hosts/${hosts[1]?.id}/timeline?cursor=${cursor}`)).fields).toEqual([
        '/cursor',
      ])
    },
  )
})
