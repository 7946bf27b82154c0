import type { PastView } from '@graftwatch/contract'
import type pg from 'pg'
import sql, { empty, type Sql } from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'

/** An ingest transaction ends within 10 s, so what is older than this can no longer be changed by one that is still open. */
const settledSeconds = 15

const refused = (field: string, detail: string, remedy: string) =>
  new ProblemError('INVALID_INPUT', { detail, remedy, fields: [{ field, message: detail }] })

/**
 * What a question about the past is a function of; null when it asks for now. `knownAt` is 15 s ago when left out. Throws
 * INVALID_INPUT for an instant that is not settled yet, or BEFORE_HISTORY for one that history no longer reaches.
 */
export async function resolvePast(
  db: Pick<pg.Pool, 'query'>,
  query: { asOf?: string | undefined; knownAt?: string | undefined },
  retentionDays: number,
): Promise<PastView | null> {
  if (query.asOf === undefined) {
    if (query.knownAt === undefined) return null
    throw refused('/knownAt', 'knownAt needs asOf', 'Name the instant you ask about in asOf.')
  }
  const { rows } = await db.query<{ settled: Date; horizon: Date }>({
    name: 'past-bounds',
    text: `select date_trunc('milliseconds', now() - make_interval(secs => $1)) as settled,
             now() - make_interval(days => $2) as horizon`,
    values: [settledSeconds, retentionDays],
  })
  const settled = rows[0]?.settled ?? new Date(0)
  const horizon = rows[0]?.horizon ?? new Date(0)
  const asOf = new Date(query.asOf)
  const knownAt = query.knownAt === undefined ? settled : new Date(query.knownAt)
  for (const [field, at] of [['asOf', asOf] as const, ['knownAt', knownAt] as const]) {
    if (at > settled)
      throw refused(
        `/${field}`,
        `${field} must be at least ${settledSeconds} s ago`,
        'Ask for an earlier instant, or leave it out to see now.',
      )
    if (at < horizon)
      throw new ProblemError('BEFORE_HISTORY', {
        detail: `History is kept for ${retentionDays} days; ${at.toISOString()} is before that.`,
        remedy: 'Ask for a later instant; GRAFTWATCH_RETENTION_EVENT_DAYS sets how far history reaches.',
        fields: [{ field: `/${field}`, message: 'is before the history that is kept' }],
      })
  }
  return { asOf: asOf.toISOString(), knownAt: knownAt.toISOString() }
}

/** A page about the past asks for about a dozen. */
const waitingMax = 100

/** The pool of {@link Deps.slowPool}. Throws BUSY when more questions wait for it than would be answered in time. */
export function slow({ slowPool }: Pick<Deps, 'slowPool'>): pg.Pool {
  if (slowPool.waitingCount >= waitingMax)
    throw new ProblemError('BUSY', {
      detail: 'Too many questions about the past or about all hosts wait already.',
      remedy: 'Ask again after the time in Retry-After.',
      retryAfterSeconds: 5,
    })
  return slowPool
}

/** The newest period of one host, as `p`: what held at `asOf` as far as it was known at `knownAt`. */
export const periodThen = ({ asOf, knownAt }: PastView, hostId: Sql): Sql => sql`
  select * from period
  where host_id = ${hostId} and occurred_at <= ${asOf}::timestamptz and recorded_at <= ${knownAt}::timestamptz
  order by occurred_at desc, recorded_at desc, id desc limit 1`

/** Every host of the fleet as it was: `h` with the columns of period, `ever` in the order of ids by its key. One short index read each. */
export const fleetThen = (view: PastView): Sql => sql`
  host_ever ever cross join lateral (${periodThen(view, sql`ever.host_id`)}) as h`

/** Counted then: in the fleet, and the first agent of its kernel. */
export const countedThen = sql`h.retired_at is null and h.flags & 4096 = 0`

/** Place in the worst-first order, as host.severity. */
export const severityThen = sql`(graftwatch_severity(h.state) * 16
  + case when h.state = 'silent' then greatest(graftwatch_severity(h.last_state), 0) else 0 end)`

/** The columns of a host in a list, from {@link fleetThen} with kernel k and patch p joined. No heartbeat is kept, so no last word. */
export const summaryThen: Sql = sql`h.host_id::text as id, h.hostname, h.demo, h.os, coalesce(h.labels, '{}') as labels, h.state,
  h.reason, h.state_since as "stateSince", h.since_before as "sinceBefore", h.last_state as "lastState", h.flags,
  null::timestamptz as "lastSeenAt", null::int as "intervalSeconds", k.release as "kernelRelease", p.name as patch,
  h.retired_at as "retiredAt", null::jsonb as transition`
export const joinsThen: Sql = sql`left join kernel k on k.id = h.kernel_id left join patch p on p.id = h.patch_id`

/** Events of every host that were known then, newest first. */
export const eventsThen = ({ asOf, knownAt }: PastView, hostId?: string): Sql => sql`
  e.recorded_at <= ${knownAt}::timestamptz and e.occurred_at <= ${asOf}::timestamptz
  ${hostId === undefined ? empty : sql`and e.host_id = ${hostId}::bigint`}`
