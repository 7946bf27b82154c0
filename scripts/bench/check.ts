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
  const { rows } = await pool.query<{ off: number }>(
    `select count(*)::int as off from
       (select state, demo, sum(n)::int as n from fleet_count group by 1, 2 having sum(n) <> 0) as counted
       full join (select state, demo, count(*)::int as n from host where retired_at is null group by 1, 2) as recounted
         using (state, demo) where counted.n is distinct from recounted.n`,
  )
  if (rows[0]?.off !== 0) throw new Error('fleet_count differs from a recount')
}
