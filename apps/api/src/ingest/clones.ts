import type { HostReport } from '@graftwatch/contract'
import type pg from 'pg'
import type { HostRow } from './report-batch.ts'
import { lockHosts } from './sql/lock-hosts.ts'

/** Hosts that were split off these, by `<host id> <boot id>`. */
export async function clonesOf(client: pg.PoolClient, hostIds: number[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ of: string; id: number }>({
    name: 'clones-of',
    text: `select c.host_id || ' ' || c.boot_id as of, c.clone_host_id::int as id
           from host_clone c join host h on h.id = c.clone_host_id where c.host_id = any($1)`,
    values: [hostIds],
  })
  return new Map(rows.map(({ of, id }) => [of, id]))
}

/**
 * Gives the machine that reports under another's identity, as a copied image does, a host of its own: the same key goes on to work
 * for both, each boot is told apart. Returns its locked row. Safe to call again for the same boot.
 */
export async function splitClone(
  client: pg.PoolClient,
  { id }: HostRow,
  report: HostReport,
): Promise<HostRow> {
  const { bootId } = report.kernel
  const { rows } = await client.query<{ id: number }>(
    `insert into host (machine_id, hostname, labels, state, reason, state_since, demo, enrolled_at, token_labels, set_labels)
     select machine_id || '+' || $2, $3, labels, 'unknown', 'neverReported', graftwatch_now(), demo, graftwatch_now(),
       token_labels, set_labels from host where id = $1
     on conflict (machine_id) do update set hostname = excluded.hostname returning id::int`,
    [id, bootId, report.host.hostname],
  )
  const cloneId = rows[0]?.id
  if (cloneId === undefined) throw new Error(`host ${id} vanished while it was locked`)
  await client.query(
    `insert into host_clone (host_id, boot_id, clone_host_id) values ($1, $2, $3)
     on conflict (host_id, boot_id) do update set clone_host_id = excluded.clone_host_id`,
    [id, bootId, cloneId],
  )
  const [row] = await lockHosts(client, [cloneId])
  if (!row) throw new Error(`host ${cloneId} vanished while it was made`)
  return row
}
