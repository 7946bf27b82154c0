import type pg from 'pg'
import sql from 'sql-template-tag'

/** How many tasks remained at an instant of an attempt. */
export interface Sample {
  at: string
  remaining: number | null
  total: number | null
}

interface Row {
  hostId: string
  number: number
  at: Date
  remaining: number | null
  total: number | null
}

const keyOf = ({ hostId, number }: Pick<Row, 'hostId' | 'number'>) => `${hostId} ${number}`

/**
 * The samples of some attempts by the function it returns, oldest first, at most `most` each.
 *
 * An attempt with more is thinned evenly in time: `most` instants from its first to its last sample, and at each what was known
 * then. Each is one short read of an index, so a transition that has been stuck for weeks costs no more than one of an hour.
 */
export async function readSamples(
  db: Pick<pg.Pool, 'query'>,
  attempts: readonly Pick<Row, 'hostId' | 'number'>[],
  most: number,
): Promise<(attempt: Pick<Row, 'hostId' | 'number'>) => Sample[]> {
  const hostIds = attempts.map(({ hostId }) => hostId)
  const numbers = attempts.map(({ number }) => number)
  // Of no attempt a sample is recorded before the attempt is: what lets the read skip the months before.
  const { rows } = await db.query<Row>(sql`
    select a.host_id::text as "hostId", a.number, s.at, s.remaining, s.total
    from unnest(${hostIds}::bigint[], ${numbers}::int[]) as u (host_id, number)
    join attempt a using (host_id, number)
    cross join lateral (
      select count(*) > ${most}::int as long from (
        select from sample where host_id = a.host_id and number = a.number and recorded_at >= a.recorded_at
        limit ${most + 1}) as first_few
    ) as story
    cross join lateral (
      (select at, remaining, total from sample
        where not story.long and host_id = a.host_id and number = a.number and recorded_at >= a.recorded_at)
      union all
      (select distinct on (known.at) known.at, known.remaining, known.total
        from (select min(at) as first, max(at) as last from sample
              where story.long and host_id = a.host_id and number = a.number and recorded_at >= a.recorded_at) as whole
        cross join generate_series(0, ${most - 1}::int) as step
        cross join lateral (
          select at, remaining, total from sample
          where story.long and host_id = a.host_id and number = a.number and recorded_at >= a.recorded_at
            and at <= whole.first + (whole.last - whole.first) * step / ${most - 1}::int
          order by at desc, recorded_at desc limit 1
        ) as known
        order by known.at)
    ) as s
    order by a.host_id, a.number, s.at`)
  const byAttempt = Map.groupBy(rows, keyOf)
  return (attempt) =>
    (byAttempt.get(keyOf(attempt)) ?? []).map(({ at, remaining, total }) => ({
      at: at.toISOString(),
      remaining,
      total,
    }))
}
