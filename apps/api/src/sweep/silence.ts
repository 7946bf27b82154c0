import type pg from 'pg'
import { inTransaction, triedLock } from '../ingest/transaction.ts'
import { type Moved, recordMoves, returningMoved } from './moves.ts'

/** Any number, as long as no other job of ours takes it. */
const sweepLock = 7_245_018_832
export const sweepBatch = 2000
/** Ticks further apart mean that nobody could receive in between; silence is then counted anew. */
export const gapSeconds = 45

/**
 * Hosts that were silent, or out of the fleet, and spoke again by a heartbeat, which says that nothing changed: each is what it last
 * was, and in the fleet.
 */
export async function wakeHosts(pool: pg.Pool, hostIds: number[]): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('select from host where id = any($1) order by id for update', [hostIds])
    const { rows: returned } = await client.query<Moved>(
      `update host h set retired_at = null from host_seen s
       where h.id = any($1) and s.host_id = h.id and not s.silent and h.retired_at is not null ${returningMoved}`,
      [hostIds],
    )
    const { rows } = await client.query<Moved>(
      `update host h set state = h.last_state, last_state = null, reason = coalesce(d.truth ->> 'reason', 'neverReported'),
         state_since = coalesce((d.truth ->> 'stateSince')::timestamptz, h.enrolled_at),
         since_before = coalesce((d.truth ->> 'sinceBefore')::boolean, false)
       from host_seen s left join host_detail d using (host_id)
       where h.id = any($1) and s.host_id = h.id and not s.silent and h.state = 'silent' and h.last_state is not null
       ${returningMoved}`,
      [hostIds],
    )
    await recordMoves(client, returned, { kind: 'returned', detail: 'it spoke again' })
    await recordMoves(client, rows)
  })
}

/**
 * Hosts whose word was written and whose waking was not, because the process or the database ended in between. The host's own
 * next heartbeat would not wake it: it no longer reads as silent there.
 */
export async function wakeForgotten(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    `select h.id::int as id from host h join host_seen s on s.host_id = h.id
     where (h.state = 'silent' and h.last_state is not null and h.severity between 80 and 95 or h.retired_at is not null)
       and not s.silent limit ${sweepBatch}`,
  )
  if (rows.length > 0)
    await wakeHosts(
      pool,
      rows.map(({ id }) => id),
    )
  return rows.length
}

/** Notes that ingest is up, and since when without a gap. */
async function tick(client: pg.PoolClient): Promise<Date> {
  const { rows } = await client.query<{ from: Date }>(
    `insert into ingest_tick as t (id, at, receiving_from) values (1, graftwatch_now(), graftwatch_now())
     on conflict (id) do update set at = excluded.at, receiving_from =
       case when excluded.at - t.at > make_interval(secs => $1) then excluded.at else t.receiving_from end
     returning receiving_from as "from"`,
    [gapSeconds],
  )
  return rows[0]?.from ?? new Date()
}

/** Marks hosts silent in the caller's transaction; `receivingFrom`: since when the server could hear them without a gap. */
export async function silenceHosts(client: pg.PoolClient, receivingFrom: Date): Promise<number> {
  const due = `not silent and greatest(last_seen_at, $1)
    < graftwatch_now() - make_interval(secs => greatest(3 * interval_seconds, 180))`
  const { rows: late } = await client.query<{ id: number }>(
    `select host_id::int as id from host_seen where ${due} order by host_id limit ${sweepBatch}`,
    [receivingFrom],
  )
  if (late.length === 0) return 0
  const ids = late.map(({ id }) => id)
  await client.query('select from host where id = any($1) order by id for update', [ids])
  const { rows: silent } = await client.query<{ id: number }>(
    `update host_seen set silent = true where host_id = any($2) and ${due} returning host_id::int as id`,
    [receivingFrom, ids],
  )
  const { rows } = await client.query<Moved>(
    `update host h set last_state = h.state, state = 'silent', reason = 'noWord', state_since = graftwatch_now(),
       since_before = false
     where h.id = any($1) and h.state <> 'silent' ${returningMoved}`,
    [silent.map(({ id }) => id)],
  )
  await recordMoves(client, rows)
  return rows.length
}

/**
 * Marks hosts silent that gave no word for max(3 × the interval last named, 3 min), counted only while a server could receive.
 * Safe to run on every replica and twice. Returns how many fell silent.
 */
export async function sweepSilence(pool: pg.Pool): Promise<number> {
  return await inTransaction(pool, async (client) => {
    if (!(await triedLock(client, sweepLock))) return 0
    return await silenceHosts(client, await tick(client))
  })
}
