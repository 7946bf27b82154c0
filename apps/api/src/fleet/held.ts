import { type PastView, severityOf } from '@graftwatch/contract'
import sql, { empty, type Sql } from 'sql-template-tag'
import { periodThen } from './past.ts'

/** Severities of failed hosts and of silent ones that last were; what the index on host is on. */
const failedSeverities = [severityOf('failed') * 16, severityOf('silent') * 16 + severityOf('failed')]

/**
 * Readings of a transition are 5 s apart, so tasks that held an attempt to its end may be told as released by the one before or after.
 * A task that let go earlier is not why it failed.
 */
const lastRelease = sql`interval '10 s'`

const oneCause = (signatureId: string | undefined): Sql =>
  signatureId === undefined ? empty : sql`and b.signature_id = ${signatureId}::bigint`

/** Causes that held attempt a of `hostId` to its end, as b. `known`: which rows of blocker count. */
const heldToTheEnd = (hostId: Sql, known: Sql = empty): Sql => sql`
  lateral (
    select signature_id, min(first_seen_at) as since
    from (
      select b.signature_id, b.first_seen_at, b.released_at, max(b.released_at) over () as last
      from blocker b join signature s on s.id = b.signature_id and s.direction = a.direction
      where b.host_id = ${hostId} and b.number = a.number ${known}
    ) as b
    where b.released_at >= b.last - ${lastRelease} group by b.signature_id
  ) as b`

/**
 * Which cause holds which host now: host_id, signature_id, since, patch_id; one row a host and cause, of every host there is a row of,
 * counted or not. A running attempt is held by what blocks it. One that ended without being applied leaves its host failed: the newest
 * one's last blockers count until the host is not failed any more. The limits keep the looks at attempts probes by key.
 */
export const heldNow = (signatureId?: string): Sql => sql`
  select a.host_id, b.signature_id, b.since, a.patch_id
  from (select host_id, number, signature_id, min(first_seen_at) as since
    from blocker b where released_at is null ${oneCause(signatureId)} group by host_id, number, signature_id) as b
  join attempt a using (host_id, number)
  where a.ended_at is null
  union all
  select f.id, b.signature_id, b.since, a.patch_id
  from host f
  cross join lateral (select * from attempt where host_id = f.id order by number desc limit 1) as a
  cross join ${heldToTheEnd(sql`f.id`)}
  where f.severity = any(${failedSeverities}::smallint[]) and a.ended_at is not null and a.outcome <> 'completed'
    and a.boot_id = f.boot_id and not exists (select from attempt where host_id = f.id and ended_at is null) ${oneCause(signatureId)}`

/**
 * The same as it was at `asOf` as far as it was known at `knownAt`, and what of its host decides if it counts. A task held a
 * running attempt unless its release had happened and was known; the indexes find what was not released then, or not known to be. Of a
 * host that was failed then, the newest attempt that was known counts, if its end was. Only from rows that are never changed: an
 * attempt is not, once it has ended, nor a blocker that was released.
 */
export const heldThen = ({ asOf, knownAt }: PastView): Sql => {
  const over = (at: Sql, recordedAt: Sql) =>
    sql`${at} <= ${asOf}::timestamptz and ${recordedAt} <= ${knownAt}::timestamptz`
  const period = (hostId: Sql) => periodThen({ asOf, knownAt }, hostId)
  return sql`
    select distinct on (host_id, signature_id) * from (
      select b.host_id, b.signature_id, b.since, a.patch_id, h.hostname, h.state, h.retired_at, h.flags
      from (select host_id, signature_id, min(first_seen_at) as since, max(number) as number
        from blocker
        where first_seen_at <= ${asOf}::timestamptz and recorded_at <= ${knownAt}::timestamptz
          and (released_at is null or released_at > ${asOf}::timestamptz or release_recorded_at > ${knownAt}::timestamptz)
        group by host_id, signature_id) as b
      cross join lateral (${period(sql`b.host_id`)}) as h
      left join lateral (select patch_id from attempt where host_id = b.host_id and number = b.number limit 1) as a on true
      union all
      select f.host_id, b.signature_id, b.since, a.patch_id, h.hostname, h.state, h.retired_at, h.flags
      from (select distinct host_id from period where state = 'failed' or last_state = 'failed') as f
      cross join lateral (${period(sql`f.host_id`)}) as h
      cross join lateral (select * from attempt
        where host_id = f.host_id and ${over(sql`started_at`, sql`recorded_at`)} order by number desc limit 1) as a
      cross join ${heldToTheEnd(
        sql`f.host_id`,
        sql`and ${over(sql`b.first_seen_at`, sql`b.recorded_at`)} and ${over(sql`b.released_at`, sql`b.release_recorded_at`)}`,
      )}
      where (h.state = 'failed' or h.state = 'silent' and h.last_state = 'failed')
        and ${over(sql`a.ended_at`, sql`a.end_recorded_at`)} and a.outcome <> 'completed' and a.boot_id = h.boot_id
    ) as held order by host_id, signature_id, since`
}
