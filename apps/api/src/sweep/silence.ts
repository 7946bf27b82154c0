import type { HostState } from '@graftwatch/contract'
import type { HostFact } from '@graftwatch/livepatch'
import type pg from 'pg'
import { writeFacts, writePeriods } from '../ingest/sql/history.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { notifyLive } from '../live/notify.ts'

/** Any number, as long as no other job of ours takes it. */
const sweepLock = 7_245_018_832
const batchSize = 2000
/** Ticks further apart mean that nobody could receive in between; silence is then counted anew. */
const gapSeconds = 45

interface Moved {
  id: number
  from: HostState
  to: HostState
  reason: string | null
  flags: number
  patchId: number | null
  bootId: string | null
  at: Date
}

async function recordMoves(client: pg.PoolClient, moved: Moved[]): Promise<void> {
  if (moved.length === 0) return
  await writePeriods(
    client,
    moved.map(({ id, to, reason, flags, patchId }) => ({
      host_id: id,
      state: to,
      reason,
      flags,
      patch_id: patchId,
    })),
  )
  await writeFacts(
    client,
    moved.map(({ id, from, to, reason, bootId, at }) => ({
      hostId: id,
      fact: {
        kind: 'state-changed',
        occurredAt: at.toISOString(),
        bootId: bootId ?? '',
        patch: null,
        source: 'server',
        from,
        to,
        reason,
        detail: null,
      } satisfies HostFact,
    })),
  )
  await notifyLive(
    client,
    moved.map(({ id }) => id),
  )
}

const returning = `returning h.id::int as id, old.state as "from", new.state as "to", new.reason, new.flags,
  new.patch_id as "patchId", new.boot_id as "bootId", now() as at`

/** Hosts that were silent and spoke again by a heartbeat, which says that nothing changed: each is what it last was. */
export async function wakeHosts(pool: pg.Pool, hostIds: number[]): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('select from host where id = any($1) order by id for update', [hostIds])
    const { rows } = await client.query<Moved>(
      `update host h set state = h.last_state, last_state = null, reason = coalesce(d.truth ->> 'reason', 'neverReported'),
         state_since = coalesce((d.truth ->> 'stateSince')::timestamptz, h.enrolled_at),
         since_before = coalesce((d.truth ->> 'sinceBefore')::boolean, false)
       from host_seen s left join host_detail d using (host_id)
       where h.id = any($1) and s.host_id = h.id and not s.silent and h.state = 'silent' and h.last_state is not null
       ${returning}`,
      [hostIds],
    )
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
     where h.state = 'silent' and h.last_state is not null and not s.silent limit ${batchSize}`,
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
    `insert into ingest_tick as t (id, at, receiving_from) values (1, now(), now())
     on conflict (id) do update set at = now(),
       receiving_from = case when now() - t.at > make_interval(secs => $1) then now() else t.receiving_from end
     returning receiving_from as "from"`,
    [gapSeconds],
  )
  return rows[0]?.from ?? new Date()
}

/**
 * Marks hosts silent that gave no word for max(3 × the interval last named, 3 min), counted only while a server could receive.
 * Safe to run on every replica and twice. Returns how many fell silent.
 */
export async function sweepSilence(pool: pg.Pool): Promise<number> {
  return await inTransaction(pool, async (client) => {
    const { rows: lock } = await client.query<{ got: boolean }>(
      'select pg_try_advisory_xact_lock($1) as got',
      [sweepLock],
    )
    if (!lock[0]?.got) return 0
    const receivingFrom = await tick(client)
    const due = `not silent and greatest(last_seen_at, $1) < now() - make_interval(secs => greatest(3 * interval_seconds, 180))`
    const { rows: late } = await client.query<{ id: number }>(
      `select host_id::int as id from host_seen where ${due} order by host_id limit ${batchSize}`,
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
      `update host h set last_state = h.state, state = 'silent', reason = 'noWord', state_since = now(), since_before = false
       where h.id = any($1) and h.state <> 'silent' ${returning}`,
      [silent.map(({ id }) => id)],
    )
    await recordMoves(client, rows)
    return rows.length
  })
}

/** better-auth writes a row per address that tries to sign in and removes none. Its windows are a minute long. */
export async function forgetTries(pool: pg.Pool): Promise<number> {
  const hourAgo = Date.now() - 3_600_000
  const { rowCount } = await pool.query('delete from auth_rate_limit where "lastRequest" < $1', [hourAgo])
  return rowCount ?? 0
}

const everyMs = 10_000

/** Sweeps every 10 s, and at once again while a full batch fell silent. Returns the stop. */
export function startSweeping(pool: pg.Pool, onError: (error: unknown) => void): () => Promise<void> {
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  let forgetAt = 0
  const sweep = async () => {
    await wakeForgotten(pool)
    while (!stopped && (await sweepSilence(pool)) === batchSize);
    if (Date.now() < forgetAt) return
    forgetAt = Date.now() + 600_000
    await forgetTries(pool)
  }
  const timer = setInterval(() => {
    running = running.then(sweep).catch(onError)
  }, everyMs)
  return async () => {
    stopped = true
    clearInterval(timer)
    await running
  }
}
