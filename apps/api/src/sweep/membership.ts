import type pg from 'pg'
import { inTransaction } from '../ingest/transaction.ts'
import { type Moved, recordMoves, returningMoved } from './moves.ts'
import { sweepBatch } from './silence.ts'

/** A host whose token or operator gave it this label, such as `24h`, `90m` or `7d`, is retired when silent for that long. */
export const expiryLabel = 'graftwatch.io/expires-after'

/** Retires silent hosts whose label says how long that is expected to last. Returns how many. Safe to run twice. */
export async function expireHosts(pool: pg.Pool): Promise<number> {
  return await inTransaction(pool, async (client) => {
    // A member of a batch that another replica holds waits for the next round.
    const { rows: due } = await client.query<{ id: number }>(
      `select h.id::int as id from host h join host_seen s on s.host_id = h.id,
         lateral (select regexp_match(coalesce(h.set_labels ->> $1, h.token_labels ->> $1), '^([0-9]{1,5})([mhd])$') as span) as expiry
       where h.labels @> array[$1] and h.state = 'silent' and h.retired_at is null and expiry.span is not null
         and s.last_seen_at < graftwatch_now() - (span[1] || case span[2] when 'm' then ' min' when 'h' then ' h' else ' d' end)::interval
       order by h.id limit ${sweepBatch} for update of h skip locked`,
      [expiryLabel],
    )
    const { rows } = await client.query<Moved>(
      `update host h set retired_at = graftwatch_now() where id = any($1) and retired_at is null ${returningMoved}`,
      [due.map(({ id }) => id)],
    )
    await recordMoves(client, rows, {
      kind: 'retired',
      detail: `silent for as long as ${expiryLabel} allows`,
    })
    return rows.length
  })
}

/**
 * Of the hosts that share a kernel one speaks for it and is counted: the lowest id that is in the fleet and not silent, or the next
 * best. Another takes over, and the one before becomes a member, in one transaction: a kernel is counted once at any time.
 */
export async function freeSharedKernels(pool: pg.Pool): Promise<number> {
  return await inTransaction(pool, async (client) => {
    const { rows: due } = await client.query<{ id: number }>(
      `${electedSpeakers} select id::int from elected where is_member <> (flags & 4096 = 4096)
       order by boot_id, id limit ${sweepBatch}`,
    )
    if (due.length === 0) return 0
    const ids = due.map(({ id }) => id)
    await client.query('select from host where id = any($1) order by id for update', [ids])
    const { rows } = await client.query<Moved>(
      `${electedSpeakers} update host h set flags = case when e.is_member then h.flags | 4096 else h.flags & ~4096 end
       from elected e where h.id = any($1) and e.id = h.id and e.is_member <> (h.flags & 4096 = 4096) ${returningMoved}`,
      [ids],
    )
    await recordMoves(client, rows)
    return rows.length
  })
}

/** Only kernels that have a member: a host alone on its boot speaks for itself. */
const electedSpeakers = `
  with elected as (
    select id, boot_id, flags, row_number() over (
      partition by boot_id order by retired_at is not null, state = 'silent', id) > 1 as is_member
    from host where boot_id in (select boot_id from host where flags & 4096 = 4096))`
