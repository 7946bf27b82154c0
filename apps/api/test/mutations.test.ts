import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { hostReport } from '@graftwatch/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, enroll, heartbeat, post, problemOf, startApi, type TestHost } from './api.ts'

/**
 * Reports that an agent made of real kernels, broken in every way a seeded generator finds: each answer is 200 or a problem
 * that says what to do, and after a refusal nothing has changed. GRAFTWATCH_FUZZ_SEED repeats a run.
 */

const seed = Number(process.env.GRAFTWATCH_FUZZ_SEED ?? Date.now() % 2 ** 31)
const seconds = Number(process.env.GRAFTWATCH_FUZZ_SECONDS ?? (process.env.CI === 'true' ? 30 : 5))

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** mulberry32: small, seeded, good enough to choose where to break things. */
let state = seed
function below(limit: number): number {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit)
}
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T

const nasty: readonly (() => Json)[] = [
  () => null,
  () => true,
  () => -1,
  () => 0,
  () => 2 ** 31,
  () => 2 ** 53 - 1,
  () => 2 ** 53,
  () => 1.5,
  () => 1e308,
  () => '',
  () => 'x'.repeat(pick([64, 128, 129, 257, 5000])),
  () => 'a\u0000b',
  () => '\uD800',
  () => '\u{1F980}'.repeat(64),
  () => "'; drop table host; --",
  () => '\\u0000 %s {{x}}',
  () => '2026-11-23T08:00:00Z',
  () => '1970-01-01T00:00:00.000Z',
  () => '9999-12-31T23:59:59.999Z',
  () => '0000-00-00T00:00:00Z',
  () => 'klp',
  () => 'kgraft',
  () => 'unpatching',
  () => 'failed',
  () => [],
  () => ({}),
  () => Array<Json>(pick([1, 300])).fill(null),
  () => nest(pick([5, 2000])),
]

function nest(depth: number): Json {
  let value: Json = 1
  for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { a: value }
  return value
}

/** Every place in the report where something can be changed. */
function places(
  value: Json,
  found: { parent: Json[] | { [key: string]: Json }; key: string | number }[] = [],
) {
  if (typeof value !== 'object' || value === null) return found
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    found.push({ parent: value, key })
    places((value as { [key: string | number]: Json })[key] ?? null, found)
  }
  return found
}

function mutate(report: Json): Json {
  const copy = structuredClone(report)
  for (let times = 1 + below(3); times > 0; times -= 1) {
    const all = places(copy)
    if (all.length === 0) return copy
    const { parent, key } = pick(all)
    const record = parent as { [key: string | number]: Json }
    const how = below(7)
    if (how === 0) Array.isArray(parent) ? parent.splice(Number(key), 1) : delete record[key]
    else if (how === 1) {
      const other = pick(all)
      record[key] = structuredClone((other.parent as typeof record)[other.key] ?? null)
    } else if (how === 2 && Array.isArray(parent))
      parent.push(structuredClone(record[key] ?? null), structuredClone(record[key] ?? null))
    else if (how === 2) record[pick(['extra', '__proto_', 'constructor', 'a/b', ''])] = 1
    else if (how === 3 && typeof record[key] === 'number')
      record[key] = Number(record[key]) + pick([-1, 1, 1000, 1e9])
    else if (how === 3 && typeof record[key] === 'boolean') record[key] = !record[key]
    else record[key] = pick(nasty)()
  }
  return copy
}

/** The bytes of it: mostly whole, sometimes cut, flipped, compressed and then broken. */
function bytesOf(report: Json): { body: Buffer; headers: Record<string, string> } {
  let body = Buffer.from(JSON.stringify(report))
  const headers: Record<string, string> = {}
  const how = below(12)
  if (how === 0) body = body.subarray(0, below(body.length))
  if (how === 1) body[below(body.length)] = below(256)
  if (how === 2)
    headers['content-type'] = pick(['text/plain', 'application/xml', 'application/json; charset=utf-16'])
  if (how === 3) headers['content-encoding'] = pick(['gzip', 'zstd', 'br', 'constructor', 'gzip,gzip'])
  if (how === 4 || how === 5) {
    body = gzipSync(body)
    headers['content-encoding'] = 'gzip'
    if (how === 5) body[below(body.length)] = below(256)
  }
  if (how === 6)
    headers.date = pick(['Thu, 01 Jan 1970 00:00:00 GMT', 'nonsense', 'Fri, 31 Dec 9999 23:59:59 GMT', '1'])
  return { body, headers }
}

const goldens = new URL('../../agent/test/captures/expected/', import.meta.url)
const reports = readdirSync(goldens)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    ...JSON.parse(readFileSync(new URL(name, goldens), 'utf8')),
    stateHash: '00000000000000aa',
  }))

let api: Api
const hosts: TestHost[] = []
beforeAll(async () => {
  api = await startApi({ sweeps: false })
  // So many that none reaches its limit of reports a minute.
  for (let index = 0; index < 100; index += 1) hosts.push(await enroll(api))
})
afterAll(() => api.close())

/** Cheap and exact enough: how many rows were ever written, and the newest of each host. */
async function checksum(): Promise<string> {
  const { rows } = await api.pool.query<{ sum: string }>(
    `select md5(concat(
       (select string_agg(h::text, ',' order by id) from host h), (select string_agg(md5(d::text), ',' order by host_id) from host_detail d),
       (select string_agg(s::text, ',' order by host_id) from host_seen s), (select concat(count(*), max(id)) from event),
       (select count(*) from attempt), (select count(*) from sample), (select count(*) from blocker), (select count(*) from period)
     )) as sum`,
  )
  return rows[0]?.sum ?? ''
}

test(
  `whatever becomes of a real report, the answer is 200 or a problem that helps, and a refusal changes nothing (GRAFTWATCH_FUZZ_SEED=${seed}, ${seconds} s)`,
  async () => {
    expect(reports.length).toBeGreaterThan(10)
    const seen = new Map<string, number>()
    const end = Date.now() + seconds * 1000
    let sequence = 0
    let before = await checksum()
    while (Date.now() < end) {
      sequence += 1
      const whole = { ...structuredClone(pick(reports)), sequence, collectedAt: new Date().toISOString() }
      const { body, headers } = bytesOf(below(4) === 0 ? whole : mutate(whole))
      const answer = await post(api, pick(hosts), '/v1/reports', body, headers)
      const context = `GRAFTWATCH_FUZZ_SEED=${seed}, report ${sequence}: ${answer.statusCode} ${answer.body.slice(0, 300)}`
      const after = await checksum()
      if (answer.statusCode === 200) seen.set('200', (seen.get('200') ?? 0) + 1)
      else {
        expect(answer.statusCode, context).toBeGreaterThanOrEqual(400)
        expect(answer.statusCode, context).toBeLessThan(500)
        const told = problemOf(answer)
        expect(told.fields.length, context).toBeGreaterThan(0)
        expect(after, context).toBe(before)
        seen.set(told.code, (seen.get(told.code) ?? 0) + 1)
      }
      before = after
    }
    console.log(`mutations: seed ${seed}, ${sequence} reports, ${JSON.stringify(Object.fromEntries(seen))}`)
    for (const kind of ['200', 'INVALID_INPUT', 'MALFORMED_JSON'])
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(0)
    for (const host of hosts) expect((await heartbeat(api, host)).statusCode).toBe(200)
    const { rows } = await api.pool.query<{ report: unknown }>('select report from host_detail')
    for (const { report } of rows) expect(hostReport.safeParse(report).success).toBe(true)
  },
  (seconds + 30) * 1000,
)
