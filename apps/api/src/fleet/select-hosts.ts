import type { HostSelection } from '@graftwatch/contract'
import type pg from 'pg'
import sql from 'sql-template-tag'
import { ProblemError } from '../http/problem.ts'
import { hostCondition, hostScope } from './host-scope.ts'

const hostsMax = 100_000
/** Hosts that one transaction changes: ingest waits for no more of them than that. */
const batchSize = 500

/** The ids a selection means now, ascending. Throws INVALID_INPUT for more than 100,000 hosts or a selector that cannot be read. */
export async function selectHosts(db: Pick<pg.Pool, 'query'>, selection: HostSelection): Promise<string[]> {
  const condition =
    'ids' in selection
      ? sql`h.id = any(${selection.ids}::bigint[])`
      : hostCondition(hostScope(null), selection.filter)
  const { rows } = await db.query<{ id: string }>(
    sql`select h.id::text from host h where ${condition} order by h.id limit ${hostsMax + 1}`,
  )
  if (rows.length > hostsMax)
    throw new ProblemError('INVALID_INPUT', {
      detail: `More than ${hostsMax} hosts match.`,
      remedy: 'Narrow the filter, and do it in several steps.',
      fields: [{ field: '/hosts/filter', message: `matches more than ${hostsMax} hosts` }],
    })
  return rows.map(({ id }) => id)
}

/** The same in parts, each for a transaction of its own. */
export function* inBatches<T>(items: readonly T[]): Generator<T[]> {
  for (let from = 0; from < items.length; from += batchSize) yield items.slice(from, from + batchSize)
}
