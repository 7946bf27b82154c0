import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedFleet } from '../../../scripts/bench/fleet.ts'
import { furnishFleet } from '../../../scripts/bench/large-fleet.ts'
import { readCause } from '../src/fleet/cause.ts'
import { readCauses } from '../src/fleet/causes.ts'
import { comparePatches } from '../src/fleet/compare-patches.ts'
import { readFacets } from '../src/fleet/facets.ts'
import { readHost } from '../src/fleet/host.ts'
import { listHosts } from '../src/fleet/hosts.ts'
import { readOverview } from '../src/fleet/overview.ts'
import { readPatch } from '../src/fleet/patch.ts'
import { listPatches } from '../src/fleet/patches.ts'
import { search } from '../src/fleet/search.ts'
import { discoverHosts } from '../src/fleet/service-discovery.ts'
import { readTimeline } from '../src/fleet/timeline.ts'
import { listTransitions } from '../src/fleet/transitions.ts'
import { readFleet } from '../src/metrics/fleet-reading.ts'
import { type Api, startApi } from './api.ts'

/** The plans of the reads that people wait for, on 100,000 hosts: none may read a table that grows with the fleet from end to end. */
const hosts = 100_000
const growing = [
  'host',
  'host_seen',
  'host_detail',
  'host_patch',
  'attempt',
  'blocker',
  'sample',
  'event',
  'period',
]

let api: Api
beforeAll(async () => {
  api = await startApi()
  await seedFleet(api.pool, 1, hosts)
  await furnishFleet(api.pool, 1, hosts)
}, 120_000)
afterAll(() => api.close())

interface Node {
  'Node Type': string
  'Relation Name'?: string
  Plans?: Node[]
}
const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]
const tableOf = ({ 'Relation Name': name = '' }: Node) => name.replace(/_\d{4}_\d{2}$/, '')

/** A month of which nothing is kept yet is rightly read from end to end. */
async function isLarge(pool: pg.Pool, node: Node): Promise<boolean> {
  const { rows } = await pool.query<{ n: number }>(
    'select reltuples::float8 as n from pg_class where relname = $1',
    [node['Relation Name']],
  )
  return (rows[0]?.n ?? 0) > 1000
}

/** A database that answers as usual and keeps which growing tables were read from end to end, with the statement. */
function watched(pool: pg.Pool) {
  const scans: string[] = []
  const query = async (statement: { text: string; values?: unknown[] }) => {
    const { text, values = [] } = statement
    const { rows } = await pool.query<{ 'QUERY PLAN': { Plan: Node }[] }>({
      text: `explain (format json) ${text}`,
      values,
    })
    const plan = rows[0]?.['QUERY PLAN'][0]?.Plan
    for (const node of plan ? nodesOf(plan) : [])
      if (node['Node Type'] === 'Seq Scan' && growing.includes(tableOf(node)) && (await isLarge(pool, node)))
        scans.push(`${tableOf(node)} in ${text.slice(0, 2000)}`)
    return await pool.query({ text, values })
  }
  return { db: { query } as unknown as Pick<pg.Pool, 'query'>, scans }
}

const list = { sort: 'state', limit: 50 } as const
const reads: Record<string, (db: Pick<pg.Pool, 'query'>) => Promise<unknown>> = {
  overview: (db) => readOverview(db),
  host: (db) => readHost(db, '100'),
  transitions: (db) => listTransitions(db, { limit: 30 }),
  blockers: (db) => readCauses(db),
  'one blocker': (db) => readCause(db, '3'),
  patches: (db) => listPatches(db, { limit: 50 }),
  'one patch': (db) => readPatch(db, '3'),
  'two patches': (db) => comparePatches(db, { a: '3', b: '4' }),
  'search for a host': (db) => search(db, 'db-42'),
  'search for a part of a host': (db) => search(db, '4242'),
  'search for a cause': (db) => search(db, 'comm_'),
  timeline: (db) => readTimeline(db, '100', { limit: 50 }, null),
  metrics: (db) => readFleet(db),
  'targets of one rack': (db) => discoverHosts(db, { port: 9100, selector: 'rack=r7' }),
  'hosts, worst first': (db) => listHosts(db, { ...list, include: 'ticks' }, null),
  'hosts, healthiest first': (db) => listHosts(db, { ...list, sort: '-state' }, null),
  'hosts by name': (db) => listHosts(db, { ...list, sort: 'hostname' }, null),
  'hosts by age': (db) => listHosts(db, { ...list, sort: '-since' }, null),
  'hosts, stuck': (db) => listHosts(db, { ...list, state: ['stuck'] }, null),
  'hosts, not due': (db) => listHosts(db, { ...list, state: ['notDue'] }, null),
  'hosts, silent and unknown': (db) => listHosts(db, { ...list, state: ['silent', 'unknown'] }, null),
  'hosts of one rack': (db) => listHosts(db, { ...list, selector: 'rack=r7,env=prod' }, null),
  'hosts by part of the name': (db) => listHosts(db, { ...list, q: 'db-4242' }, null),
  'hosts of a cause': (db) => listHosts(db, { ...list, cause: '3' }, null),
  'hosts with a patch': (db) => listHosts(db, { ...list, patch: ['livepatch_3@B3'] }, null),
  'hosts with a kernel': (db) =>
    listHosts(db, { ...list, kernel: ['6.4.0-150600.23.7*'], sort: 'hostname' }, null),
}

test.each(Object.keys(reads))('%s', async (name) => {
  const { db, scans } = watched(api.pool)
  await reads[name]?.(db)
  expect(scans).toEqual([])
})

test('the watcher sees a scan', async () => {
  const { db, scans } = watched(api.pool)
  await readFacets(db, { level: ['causes'] }, null)
  expect(scans.length).toBeGreaterThan(0)
})
