import { checkCounters } from '@graftwatch/db/check-counters'
import type pg from 'pg'
import type { LoadResult } from './load.ts'

/** Every acknowledged sequence is in the database, and the counters equal a recount. Throws naming what is not. */
export async function checkStored(
  pool: pg.Pool,
  result: LoadResult,
  kind: 'heartbeat' | 'report',
): Promise<void> {
  const ids = [...result.acknowledged.keys()].filter((id) => (result.acknowledged[id] ?? 0) > 0)
  const sequences = ids.map((id) => result.acknowledged[id])
  const stored = kind === 'heartbeat' ? 'host_seen s using (host_id)' : 'host_detail s using (host_id)'
  const column = kind === 'heartbeat' ? 's.sequence' : 's.report_sequence'
  const missing = async () => {
    const { rows } = await pool.query<{ n: number }>(
      `select count(*)::int as n from unnest($1::bigint[], $2::bigint[]) as u (host_id, acknowledged)
       left join ${stored} where ${column} is null or ${column} < acknowledged`,
      [ids, sequences],
    )
    return rows[0]?.n ?? ids.length
  }
  // Acknowledged heartbeats may wait up to 2 s for their batch.
  const patienceEnds = Date.now() + 2000
  while ((await missing()) > 0)
    if (Date.now() > patienceEnds) throw new Error(`${await missing()} acknowledged ${kind}s are not stored`)
  const [wrong] = await checkCounters(pool)
  if (wrong)
    throw new Error(`the counter of ${wrong.counter} is ${wrong.kept}, a recount says ${wrong.counted}`)
}
