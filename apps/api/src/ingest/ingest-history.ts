import { type HostReport, hostReport } from '@graftwatch/contract'
import type pg from 'pg'
import { silenceHosts } from '../sweep/silence.ts'
import { DictionaryCache } from './dictionaries.ts'
import { foldBatch } from './fold-batch.ts'
import { intervalOf } from './reports.ts'
import { digestOf, newHostKey } from './secrets.ts'
import { recordHosts } from './sql/history.ts'
import { labelTokens } from './sql/host-record.ts'
import { inTransaction } from './transaction.ts'

/** A host of a history that is made up: always of the demo fleet. */
export interface HistoryHost {
  hostId: number
  hostKey: string
}

/**
 * The API's own ingest with a clock of the caller's, for a history of simulated hosts: the same fold, the same tables, the same
 * silence, with `at` (ms) as the server's time. Instants must not go back. Nothing but the demo fleet may be written with it.
 */
export interface HistoryIngest {
  /** Makes the months of history from `at` on. Call it first. */
  begin(at: number): Promise<void>
  enroll(
    host: { machineId: string; hostname: string; labels: Record<string, string> },
    at: number,
  ): Promise<HistoryHost>
  /** Reports of any hosts, received at the same time. At most 500. Throws when one does not fit the contract. */
  report(reports: readonly { hostId: number; report: HostReport }[], at: number): Promise<void>
  /** Heartbeats of hosts that had nothing new to say. */
  heartbeat(hostIds: readonly number[], at: number): Promise<void>
  /** Marks hosts silent that gave no word for as long as the API waits; the server counts as up since `begin`. */
  sweep(at: number): Promise<void>
}

export function createHistoryIngest(pool: pg.Pool): HistoryIngest {
  let beganAt = new Date(0)
  let now = 0
  const during = <T>(at: number, work: (client: pg.PoolClient) => Promise<T>) =>
    inTransaction(pool, async (client) => {
      await client.query(`select set_config('graftwatch.now', $1, true)`, [new Date(at).toISOString()])
      return await work(client)
    })
  // What it learns is dated by the same clock.
  const dictionaries = new DictionaryCache({
    query: ((statement: pg.QueryConfig) =>
      during(now, (client) => client.query(statement))) as pg.Pool['query'],
  })
  return {
    async begin(at) {
      beganAt = new Date(at)
      await pool.query(`select graftwatch_make_partitions($1, now() + interval '1 month')`, [beganAt])
    },
    async enroll({ machineId, hostname, labels }, at) {
      return await during(at, async (client) => {
        const { rows } = await client.query<{ id: number }>(
          `insert into host (machine_id, hostname, labels, state, reason, state_since, demo, enrolled_at)
           values ($1, $2, $3, 'unknown', 'neverReported', graftwatch_now(), true, graftwatch_now()) returning id::int`,
          [machineId, hostname, labelTokens(labels)],
        )
        const hostId = rows[0]?.id ?? 0
        const hostKey = newHostKey(hostId)
        await client.query(
          `with key as (insert into host_key (host_id, digest) values ($1, $2))
           insert into host_seen (host_id, last_seen_at, sequence, interval_seconds) values ($1, graftwatch_now(), 0, 60)`,
          [hostId, digestOf(hostKey)],
        )
        await recordHosts(client, [hostId])
        return { hostId, hostKey }
      })
    },
    async report(reports, at) {
      const batch = reports.map(({ hostId, report }) => ({
        hostId,
        report: hostReport.parse(report),
        receivedAt: at,
        // A simulated host's clock is right; what it collected earlier waited.
        sentAt: at,
        bytes: 0,
      }))
      now = at
      await dictionaries.learn(batch.map(({ report }) => report))
      await during(at, (client) => foldBatch(client, dictionaries, batch, (report) => intervalOf(report, 0)))
    },
    async heartbeat(hostIds, at) {
      await pool.query(
        `update host_seen set last_seen_at = $2 where host_id = any($1::bigint[]) and not silent`,
        [hostIds, new Date(at)],
      )
    },
    async sweep(at) {
      await during(at, (client) => silenceHosts(client, beganAt))
    },
  }
}
