import type { HostReport } from '@graftwatch/contract'
import type { HostTruth } from '@graftwatch/livepatch'
import type pg from 'pg'
import type { HostRow } from '../report-batch.ts'

interface Row extends Omit<HostRow, 'window' | 'sequence'> {
  sequence: string | null
  window: string | null
  report: HostReport | null
  truth: HostTruth | null
}

/**
 * Locks these hosts in the order of their ids, so that batches on other replicas wait instead of deadlocking, and reads them.
 * Two statements: one that waits for a lock still reads joined tables as of before it waited, and what the other replica
 * committed meanwhile would be overwritten.
 */
export async function lockHosts(client: pg.PoolClient, hostIds: number[]): Promise<HostRow[]> {
  await client.query({
    name: 'lock-hosts',
    text: 'select from host where id = any($1) order by id for update',
    values: [hostIds],
  })
  const { rows } = await client.query<Row>({
    name: 'read-hosts',
    text: `select h.id::int as id, h.state, h.flags, h.boot_id as "bootId", h.token_labels as "tokenLabels",
             h.set_labels as "setLabels", h.retired_at is not null as "isRetired",
             d.report, d.truth, d.report_sequence::text as sequence, d.report_window::text as window
           from host h left join host_detail d on d.host_id = h.id
           where h.id = any($1) order by h.id`,
    values: [hostIds],
  })
  return rows.map((row) => ({
    ...row,
    sequence: Number(row.sequence ?? 0),
    window: BigInt.asUintN(64, BigInt(row.window ?? 0)),
  }))
}
