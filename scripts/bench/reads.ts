import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type pg from 'pg'
import { generate } from './baselines.ts'
import { checkStored } from './check.ts'

/** Server time of one read: from the request to the last byte of its answer, while heartbeats come in. */
export interface ReadResult {
  name: string
  p50Ms: number
  p95Ms: number
  bytes: number
  /** What is allowed at the p95; null for the baseline. */
  budgetMs: number | null
}

/** A reader's API key, put straight into the table: signing in is not what is measured. */
async function readerKey(pool: pg.Pool): Promise<string> {
  const secret = randomBytes(32).toString('base64url')
  const { rows } = await pool.query<{ id: string }>(
    `insert into api_key (label, prefix, digest, scopes, created_by, created_by_name, expires_at)
     values ('bench', 'gwk_', '', array['fleet:read'], 'bench', 'bench', now() + interval '1 day') returning id::text`,
  )
  const key = `gwk_${rows[0]?.id}_${secret}`
  await pool.query(
    `update api_key set digest = sha256(convert_to($2, 'UTF8')), prefix = left($2, 12) where id = $1`,
    [rows[0]?.id, key],
  )
  return key
}

const sorts = ['state', '-state', 'hostname', 'since', 'kernel', '-patch', 'lastSeen']
const filters = [
  '',
  'state=stuck,transitioning&',
  'state=migrated&',
  'selector=rack%3Dr7%2Cenv%3Dprod&',
  'selector=env%21%3Dprod%2Ctier+in+%28db%2Cweb%29&',
  'q=db-4&',
  'patch=livepatch_3%40B3&',
  'kernel=6.4.0-150600.23.7*&',
  'flag=forced&',
  'cause=3&',
]

/** Every filter with every sort: the first page and the one after it, as `path` answers them. */
async function listUrls(read: (path: string) => Promise<string>): Promise<string[]> {
  const urls: string[] = []
  for (const filter of filters)
    for (const sort of sorts) {
      const first = `/v1/hosts?${filter}sort=${sort}&limit=50`
      urls.push(first)
      const { nextCursor } = JSON.parse(await read(first)) as { nextCursor: string | null }
      if (nextCursor) urls.push(`${first}&cursor=${nextCursor}`)
    }
  return urls
}

/**
 * Reads as pages do, one after the other, while `perSecond` heartbeats a second come in on the side; then checks that all of these
 * are stored. At most `seconds` a kind of read.
 */
export async function measureReads(
  stack: { apiUrl: string; pool: pg.Pool },
  plan: { hosts: number; seconds: number; perSecond: number; sequenceFrom: number },
): Promise<ReadResult[]> {
  const key = await readerKey(stack.pool)
  const read = async (path: string): Promise<string> => {
    const answer = await fetch(`${stack.apiUrl}${path}`, { headers: { authorization: `Bearer ${key}` } })
    const body = await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${body.slice(0, 300)}`)
    return body
  }
  const lists = await listUrls(read)
  const hostUrls = Array.from(
    { length: 200 },
    (_unused, index) => `/v1/hosts/${1 + ((index * 7919) % plan.hosts)}`,
  )
  const kinds: [string, string[], number | null][] = [
    ['baseline: a route that reads nothing', ['/healthz'], null],
    ['overview', ['/v1/overview'], 50],
    [
      'overview as it was an hour ago',
      [`/v1/overview?asOf=${new Date(Date.now() - 3_600_000).toISOString()}`],
      null,
    ],
    ['host list: 10 filters × 7 sorts, two pages of 50', lists, 100],
    ['host', hostUrls, 20],
    ['transitions', ['/v1/transitions'], 100],
    ['blockers', ['/v1/blockers'], 100],
    ['patches', ['/v1/patches'], 100],
    ['search', ['/v1/search?q=db-42', '/v1/search?q=livepatch', '/v1/search?q=comm'], 150],
  ]
  const load = generate({
    url: stack.apiUrl,
    kind: 'heartbeat',
    hosts: plan.hosts,
    seconds: plan.seconds * kinds.length,
    inFlight: 16,
    sequenceFrom: plan.sequenceFrom,
    perSecond: plan.perSecond,
  })
  await setTimeout(500)
  const results: ReadResult[] = []
  for (const [name, urls, budgetMs] of kinds) {
    const endsAt = performance.now() + plan.seconds * 1000 - 200
    const times: number[] = []
    let bytes = 0
    for (let turn = 0; performance.now() < endsAt && turn < 2000; turn += 1) {
      const begun = performance.now()
      const body = await read(urls[turn % urls.length] ?? '')
      times.push(performance.now() - begun)
      bytes = Math.max(bytes, body.length)
      // A person between two pages; without it one reader would be a load test of its own.
      await setTimeout(5)
    }
    times.sort((a, b) => a - b)
    const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN
    results.push({ name, p50Ms: at(0.5), p95Ms: at(0.95), bytes, budgetMs })
  }
  await checkStored(stack.pool, await load, 'heartbeat')
  return results
}
