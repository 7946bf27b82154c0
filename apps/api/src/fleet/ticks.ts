import { type HostState, type PastView, severityOf } from '@graftwatch/contract'
import type pg from 'pg'
import sql, { empty } from 'sql-template-tag'

const count = 48
const tickMs = 30 * 60_000
/** Changes of one host in a day that are looked at; one that changes more often shows its newest. */
const changesMax = 500

interface Change {
  at: number
  state: HostState
  isOut: boolean
}

/**
 * One character for each half hour before `now`, oldest first: the worst state of it as its place in the list of host states, `-`
 * where nothing was known. `changes` in the order in which they came to hold. Pure.
 */
export function ticksOf(changes: readonly Change[], now: number): string {
  const worst = new Array<number | null>(count).fill(null)
  for (const [index, { at, state, isOut }] of changes.entries()) {
    const until = changes[index + 1]?.at ?? now
    if (isOut || until < at) continue
    const from = Math.max(0, Math.floor((at - now) / tickMs) + count)
    const to = Math.min(count - 1, Math.ceil((until - now) / tickMs) + count - 1)
    for (let tick = from; tick <= to; tick += 1) worst[tick] = Math.min(worst[tick] ?? 9, severityOf(state))
  }
  return worst.map((severity) => severity ?? '-').join('')
}

/** The history strips of these hosts, by id. */
export async function readTicks(
  db: Pick<pg.Pool, 'query'>,
  hostIds: readonly string[],
  now: string,
  view: PastView | null,
): Promise<Map<string, string>> {
  const known = view
    ? sql`and occurred_at <= ${view.asOf}::timestamptz and recorded_at <= ${view.knownAt}::timestamptz`
    : empty
  const { rows } = await db.query<{ hostId: string; at: Date; state: HostState; isOut: boolean }>(sql`
    select ids.id::text as "hostId", c.occurred_at as at, c.state, c.retired_at is not null as "isOut"
    from unnest(${hostIds}::bigint[]) as ids (id) cross join lateral (
      select * from (select id, occurred_at, recorded_at, state, retired_at from period
        where host_id = ids.id and occurred_at > ${now}::timestamptz - interval '1 day' ${known}
        order by occurred_at desc, recorded_at desc, id desc limit ${changesMax}) as today
      union all
      select * from (select id, occurred_at, recorded_at, state, retired_at from period
        where host_id = ids.id and occurred_at <= ${now}::timestamptz - interval '1 day' ${known}
        order by occurred_at desc, recorded_at desc, id desc limit 1) as before
    ) as c
    order by ids.id, c.occurred_at, c.recorded_at, c.id`)
  const changes = new Map<string, Change[]>(hostIds.map((id) => [id, []]))
  for (const { hostId, at, state, isOut } of rows)
    changes.get(hostId)?.push({ at: at.getTime(), state, isOut })
  return new Map([...changes].map(([id, list]) => [id, ticksOf(list, Date.parse(now))]))
}
