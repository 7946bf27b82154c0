import type { HostReport } from '@graftwatch/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aMigratedReport,
  aMovingReport,
  anEvent,
  aPatch,
  aTask,
} from '../../../packages/contract/test/a-report.ts'
import {
  type Api,
  counts,
  dump,
  enroll,
  heartbeat,
  problemOf,
  report,
  startApi,
  store,
  until,
} from './api.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const detailOf = async (id: string) => {
  const { rows } = await api.pool.query(
    `select report_sequence::int as sequence, truth ->> 'state' as state, report -> 'host' ->> 'hostname' as hostname
     from host_detail where host_id = $1`,
    [id],
  )
  return rows[0]
}
const factsOf = async (id: string, kind?: string) => {
  const { rows } = await api.pool.query<{ kind: string }>(
    'select kind, data from event where host_id = $1 and ($2::text is null or kind = $2) order by id',
    [id, kind ?? null],
  )
  return rows
}
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()
const moving = (fields: Parameters<typeof aMovingReport>[0] = {}, more: Partial<HostReport> = {}) => {
  const { patches, transition } = aMovingReport({ startedAt: ago(30), ...fields })
  return { patches, transition, ...more }
}

test('an answer comes after the commit: what it acknowledges is there, with its fact, period, patch and labels', async () => {
  const host = await enroll(api)
  const answer = await report(api, host, { sequence: 7 })
  expect(answer.json()).toEqual({ nextIntervalSeconds: 60, sendReport: false, lastSequence: 7 })
  expect(await detailOf(host.id)).toMatchObject({ sequence: 7, state: 'migrated' })
  expect(await factsOf(host.id)).toMatchObject([{ kind: 'first-contact' }])
  for (const table of ['host_patch', 'host_seen'])
    expect((await api.pool.query(`select from ${table} where host_id = $1`, [host.id])).rowCount).toBe(1)
  const { rows: periods } = await api.pool.query('select state from period where host_id = $1 order by id', [
    host.id,
  ])
  expect(periods).toEqual([{ state: 'unknown' }, { state: 'migrated' }])
})

test('a transition asks for the next word in 5 s and is written with attempt, sample and blockers', async () => {
  const host = await enroll(api)
  const answer = await report(api, host, moving({ blocking: [aTask({ firstSeenAt: ago(20) })] }))
  expect(answer.json().nextIntervalSeconds).toBe(5)
  for (const table of ['attempt', 'sample', 'blocker'])
    expect((await api.pool.query(`select from ${table} where host_id = $1`, [host.id])).rowCount).toBe(1)
})

test('a duplicate is answered 200 and changes nothing in any table', async () => {
  const host = await enroll(api)
  await store(api, host, { sequence: 1 })
  await store(api, host, moving({}, { sequence: 3 }))
  const before = await dump(api.pool)
  for (const sequence of [3, 1, 3]) {
    const answer = await report(api, host, { sequence })
    expect(answer.statusCode).toBe(200)
    expect(answer.json().lastSequence).toBe(3)
  }
  expect(await dump(api.pool)).toEqual(before)
})

test('a duplicate from a host that is silent changes nothing either', async () => {
  const host = await enroll(api)
  await store(api, host, { sequence: 1 })
  await api.pool.query(
    `with h as (update host set last_state = state, state = 'silent', reason = 'noWord' where id = $1)
     update host_seen set silent = true where host_id = $1`,
    [host.id],
  )
  const before = await dump(api.pool)
  await store(api, host, { sequence: 1 })
  expect(await dump(api.pool)).toEqual(before)
})

test('two of one sequence in one batch are one report', async () => {
  const host = await enroll(api)
  const answers = await Promise.all([1, 1, 1].map((sequence) => report(api, host, { sequence })))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200])
  expect(await factsOf(host.id)).toHaveLength(1)
})

test('an older report never overwrites a newer state, is kept in history, and its duplicate is told apart', async () => {
  const host = await enroll(api)
  await store(api, host, { sequence: 10 })
  const late = await report(api, host, moving({}, { sequence: 5 }))
  expect(late.json().lastSequence).toBe(10)
  expect(await detailOf(host.id)).toMatchObject({ sequence: 10, state: 'migrated' })
  expect(await factsOf(host.id, 'late-report')).toMatchObject([
    { data: { detail: 'report 5 came after 10' } },
  ])
  await store(api, host, moving({}, { sequence: 5 }))
  await store(api, host, { sequence: 5 })
  expect(await factsOf(host.id, 'late-report')).toHaveLength(1)
})

test('the window of 64 sequences: inside it each is taken once, in any order; a jump keeps the place', async () => {
  const host = await enroll(api)
  for (const sequence of [1000, 936, 999, 1064, 1000, 1001]) await store(api, host, { sequence })
  const { rows } = await api.pool.query<{ window: string }>(
    'select report_window::bit(64)::text as window from host_detail where host_id = $1',
    [host.id],
  )
  const taken = [...(rows[0]?.window ?? '')].flatMap((bit, index) =>
    bit === '1' ? [1064 - 1 - (63 - index)] : [],
  )
  expect(taken.sort((a, b) => a - b)).toEqual([1000, 1001])
  expect(await factsOf(host.id, 'late-report')).toHaveLength(3)
})

test('reports of one host in one batch are folded in the order of their sequence', async () => {
  const host = await enroll(api)
  await store(api, host, { sequence: 1 })
  await Promise.all([
    report(api, host, { sequence: 4, collectedAt: ago(0) }),
    report(api, host, moving({ remaining: 3 }, { sequence: 3, collectedAt: ago(2) })),
    report(api, host, moving({ remaining: 9 }, { sequence: 2, collectedAt: ago(5) })),
  ])
  expect(await detailOf(host.id)).toMatchObject({ sequence: 4, state: 'migrated' })
  const { rows } = await api.pool.query('select outcome, total, low_water from attempt where host_id = $1', [
    host.id,
  ])
  expect(rows).toEqual([{ outcome: 'completed', total: 400, low_water: 0 }])
})

test('one report the database refuses fails alone: the rest of its batch is stored', async () => {
  const hosts = await Promise.all(Array.from({ length: 40 }, () => enroll(api)))
  // The contract leaves no value that a column cannot hold; a constraint of the operator's own stands in for one.
  await api.pool.query(
    `alter table host_detail add constraint poison check (report -> 'host' ->> 'hostname' <> 'poison')`,
  )
  const poison = { host: { ...aMigratedReport().host, hostname: 'poison' } }
  const answers = await Promise.all(hosts.map((host, index) => report(api, host, index === 17 ? poison : {})))
  await api.pool.query('alter table host_detail drop constraint poison')
  const refused = answers.filter(({ statusCode }) => statusCode !== 200)
  expect(refused).toHaveLength(1)
  expect(problemOf(refused[0] ?? answers[0] ?? expect.fail())).toMatchObject({
    status: 422,
    code: 'REPORT_NOT_STORABLE',
  })
  expect(await detailOf(hosts[17]?.id ?? '')).toBeUndefined()
  for (const [index, host] of hosts.entries())
    if (index !== 17) expect(await detailOf(host.id)).toMatchObject({ sequence: 1 })
})

test('a host removed while its report was on the way fails alone', async () => {
  const hosts = await Promise.all(Array.from({ length: 8 }, () => enroll(api)))
  await Promise.all(hosts.map((host) => heartbeat(api, host)))
  await api.pool.query('delete from host where id = $1', [hosts[3]?.id])
  const answers = await Promise.all(hosts.map((host) => report(api, host)))
  const refused = answers.filter(({ statusCode }) => statusCode !== 200)
  expect(refused.map((answer) => problemOf(answer).code)).toEqual(['HOST_KEY_INVALID'])
})

describe('after a restart of the API', () => {
  test('a reversal that releases a task is stored: the cause is known from before', async () => {
    const database = api.database
    const first = await startApi({}, database)
    const host = await enroll(first)
    await store(first, host, moving({ blocking: [aTask({ comm: 'only-here', firstSeenAt: ago(25) })] }))
    await first.close()
    const second = await startApi({}, database)
    await store(second, host, moving({ direction: 'unpatching', remaining: 9 }, { sequence: 2 }))
    const { rows } = await api.pool.query(
      `select s.direction, b.released_at is not null as released from blocker b join signature s on s.id = b.signature_id
       where b.host_id = $1`,
      [host.id],
    )
    expect(rows).toEqual([{ direction: 'patching', released: true }])
    await second.close()
  })

  test('a source that fails first thing keeps the patch of the host and its list', async () => {
    const first = await startApi({}, api.database)
    const host = await enroll(first)
    await store(first, host, { patches: [aPatch({ name: 'livepatch_rare' })] })
    await first.close()
    const second = await startApi({}, api.database)
    const other = [aPatch({ mechanism: 'kernelcare', name: 'kc_1', manager: 'kcarectl' })]
    const sources: HostReport['sources'] = [{ name: 'klp', status: 'failed', reason: 'EIO', durationMs: 1 }]
    await store(second, host, { sequence: 2, sources, patches: other })
    const { rows } = await api.pool.query(
      `select p.name from host_patch hp join patch p on p.id = hp.patch_id where host_id = $1 order by 1`,
      [host.id],
    )
    expect(rows.map(({ name }) => name)).toEqual(['kc_1', 'livepatch_rare'])
    await second.close()
  })
})

test('a connection that breaks under a report is 503 with Retry-After, nothing is stored, and sending it again stores it', async () => {
  const host = await enroll(api)
  await heartbeat(api, host)
  const blocking = await api.pool.connect()
  await blocking.query('begin')
  await blocking.query('select from host where id = $1 for update', [host.id])
  const waiting = report(api, host, { sequence: 3 })
  await until(async () => {
    const { rowCount } = await api.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'graftwatch-api' and wait_event_type = 'Lock' and datname = current_database()`,
    )
    return (rowCount ?? 0) > 0
  })
  const answer = await waiting
  expect(problemOf(answer)).toMatchObject({ status: 503, code: 'DATABASE_UNAVAILABLE' })
  expect(answer.headers['retry-after']).toBe('5')
  await blocking.query('rollback')
  blocking.release()
  expect(await detailOf(host.id)).toBeUndefined()
  await store(api, host, { sequence: 3 })
  expect(await detailOf(host.id)).toMatchObject({ sequence: 3 })
})

test('a skewed clock is accepted, flagged and shifted; what it tells again is one fact', async () => {
  const host = await enroll(api)
  for (const sequence of [1, 2, 3]) {
    const now = Date.now() - 3_600_000 + sequence * 333
    const answer = await report(
      api,
      host,
      {
        sequence,
        collectedAt: new Date(now).toISOString(),
        events: [anEvent({ at: '2026-11-23T06:00:00.000Z' })],
      },
      { date: new Date(now).toUTCString() },
    )
    expect(answer.statusCode).toBe(200)
  }
  expect(await factsOf(host.id, 'clock-skewed')).toHaveLength(1)
  expect(await factsOf(host.id, 'transition-started')).toHaveLength(1)
  const { rows } = await api.pool.query('select flags & (1 << 13) as skewed from host where id = $1', [
    host.id,
  ])
  expect(rows[0]?.skewed).not.toBe(0)
})

test('counters equal a recount after all of this', async () => {
  const { counted, kept } = await counts(api.pool)
  expect(kept).toEqual(counted)
})

describe('who may report', () => {
  test.each([
    ['no key', {}, { authorization: '' }],
    ['another scheme', {}, { authorization: 'Basic Zm9vOmJhcg==' }],
    ['a malformed key', { key: 'gwh_1_short' }, {}],
    ['a key of a host that never was', { key: `gwh_999999999_${'A'.repeat(43)}` }, {}],
  ])('not with %s', async (_name, key, headers) => {
    const answer = await report(api, { key: 'none', ...key }, aMigratedReport(), headers)
    expect(problemOf(answer)).toMatchObject({
      status: 401,
      code: 'HOST_KEY_INVALID',
      fields: ['authorization'],
    })
  })

  test("a key opens its own host only: another host's secret under this id is refused", async () => {
    const [a, b] = [await enroll(api), await enroll(api)]
    const forged = `gwh_${a.id}_${b.key.slice(-43)}`
    expect(problemOf(await report(api, { key: forged })).code).toBe('HOST_KEY_INVALID')
    expect(
      (await report(api, b, { host: { ...aMigratedReport().host, machineId: 'claims to be a' } })).statusCode,
    ).toBe(200)
    expect(await detailOf(a.id)).toBeUndefined()
  })
})
