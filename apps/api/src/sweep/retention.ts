import type pg from 'pg'
import { inTransaction, triedLock } from '../ingest/transaction.ts'

/** Any number, as long as no other job of ours takes it. */
const partitionLock = 7_245_018_835
const deleteBatch = 20_000

/** Days that each kind of history is kept. Attempts, blocking tasks and the audit log are kept for ever. */
export interface Retention {
  /** Events and periods: questions about the past reach back as far. */
  eventDays: number
  /** Counts of remaining tasks over time. */
  sampleDays: number
}

/**
 * Makes the months of events and samples that will be needed, and drops those past their retention; then forgets periods that a
 * newer one followed before the horizon. Safe to run on every replica and twice. Returns what it did.
 */
export async function keepHistory(
  pool: pg.Pool,
  retention: Retention,
): Promise<{ made: number; dropped: number }> {
  const done = await inTransaction(pool, async (client) => {
    if (!(await triedLock(client, partitionLock))) return null
    const { rows } = await client.query<{ made: number; dropped: number }>(
      `select graftwatch_make_partitions(graftwatch_now(), graftwatch_now() + interval '1 month') as made,
         graftwatch_drop_partitions('event', graftwatch_now() - make_interval(days => $1))
           + graftwatch_drop_partitions('sample', graftwatch_now() - make_interval(days => $2)) as dropped`,
      [retention.eventDays, retention.sampleDays],
    )
    return rows[0] ?? null
  })
  if (done) await forgetPeriods(pool, retention)
  return done ?? { made: 0, dropped: 0 }
}

async function forgetPeriods(pool: pg.Pool, { eventDays }: Retention): Promise<void> {
  for (;;) {
    const { rowCount } = await pool.query(
      `delete from period where id in (
         select p.id from period p where p.recorded_at < graftwatch_now() - make_interval(days => $1) and exists (
           select from period n where n.host_id = p.host_id and n.occurred_at >= p.occurred_at and n.id > p.id
             and n.recorded_at < graftwatch_now() - make_interval(days => $1)
             and n.occurred_at < graftwatch_now() - make_interval(days => $1))
         limit ${deleteBatch})`,
      [eventDays],
    )
    if ((rowCount ?? 0) < deleteBatch) return
  }
}

/**
 * Alerts that are over, what was told of them, and silences that ended, all as old as events may become; heartbeats after a day. While an
 * alert is open, who was told of it is kept, however long.
 */
export async function forgetAlerts(pool: pg.Pool, { eventDays }: Retention): Promise<void> {
  for (const statement of [
    `delete from alert where id in (select id from alert
       where status = 'resolved' and resolved_at < graftwatch_now() - make_interval(days => $1) limit ${deleteBatch})`,
    `delete from delivery where id in (select id from delivery
       where status <> 'waiting' and created_at < graftwatch_now()
         - case when kind = 'heartbeat' then interval '1 day' else make_interval(days => $1) end
         and not exists (select from alert a where a.id = delivery.alert_id and a.status <> 'resolved') limit ${deleteBatch})`,
    `delete from silence where id in (select id from silence
       where ends_at < graftwatch_now() - make_interval(days => $1) limit ${deleteBatch})`,
  ])
    while (((await pool.query(statement, [eventDays])).rowCount ?? 0) === deleteBatch);
}

/** better-auth writes a row per address that tries to sign in and removes none. Its windows are a minute long. */
export async function forgetTries(pool: pg.Pool): Promise<number> {
  const hourAgo = Date.now() - 3_600_000
  const { rowCount } = await pool.query('delete from auth_rate_limit where "lastRequest" < $1', [hourAgo])
  return rowCount ?? 0
}

/** better-auth removes a session that has ended when its cookie comes again, and most never do. */
export async function forgetSessions(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query('delete from auth_session where "expiresAt" < now()')
  return rowCount ?? 0
}
