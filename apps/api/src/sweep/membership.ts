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

/** A member of a shared kernel whose first host was removed, retired or booted anew speaks for the kernel itself. */
export async function freeSharedKernels(pool: pg.Pool): Promise<number> {
  return await inTransaction(pool, async (client) => {
    const { rows: due } = await client.query<{ id: number }>(
      `select h.id::int as id from host h where h.flags & 4096 = 4096 and h.retired_at is null and not exists (
         select from host o where o.boot_id = h.boot_id and o.id < h.id and o.retired_at is null)
       order by h.id limit ${sweepBatch} for update of h skip locked`,
    )
    const { rows } = await client.query<Moved>(
      `update host h set flags = h.flags & ~4096 where id = any($1) ${returningMoved}`,
      [due.map(({ id }) => id)],
    )
    await recordMoves(client, rows)
    return rows.length
  })
}
