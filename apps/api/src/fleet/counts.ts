import { type AgentLevel, type HostFlag, type HostState, hostFlags, hostStates } from '@graftwatch/contract'
import type pg from 'pg'

/** Counted hosts by state (each present), by flag and by agent level; `demo` are the simulated ones among `total`. */
export interface FleetCounts {
  counts: Record<HostState, number>
  flags: Partial<Record<HostFlag, number>>
  levels: Partial<Record<AgentLevel, number>>
  total: number
  demoHosts: number
}

/** From the counters, which a trigger keeps: costs the same whatever the fleet's size. */
export async function readCounts(db: Pick<pg.Pool, 'query'>): Promise<FleetCounts> {
  const { rows } = await db.query<{ kind: string; key: string; demo: boolean; n: number }>({
    name: 'fleet-counts',
    text: 'select kind, key, demo, sum(n)::int as n from fleet_count group by kind, key, demo',
  })
  const counts = Object.fromEntries(hostStates.map((state) => [state, 0])) as Record<HostState, number>
  const found: FleetCounts = { counts, flags: {}, levels: {}, total: 0, demoHosts: 0 }
  for (const { kind, key, demo, n } of rows) {
    if (n === 0) continue
    if (kind === 'state') {
      counts[key as HostState] += n
      found.total += n
      if (demo) found.demoHosts += n
    } else if (kind === 'flag') {
      const flag = hostFlags[Number(key)]
      if (flag) found.flags[flag] = (found.flags[flag] ?? 0) + n
    } else if (kind === 'level') {
      found.levels[key as AgentLevel] = (found.levels[key as AgentLevel] ?? 0) + n
    }
  }
  return found
}
