import { hash } from 'node:crypto'
import type pg from 'pg'

/** The key of bench host `id`: the form the API gives out, derived so that millions need not be remembered. */
export const benchKey = (id: number): string => `gwh_${id}_${hash('sha256', `bench ${id}`, 'base64url')}`

const chunk = 20_000

/**
 * Hosts 1..count with keys, put straight into the tables: enrolling them over HTTP is not what is measured. Everything after
 * this goes through the API. Adds to what is there.
 */
export async function seedFleet(pool: pg.Pool, from: number, count: number): Promise<void> {
  for (let first = from; first <= count; first += chunk) {
    const ids = Array.from({ length: Math.min(chunk, count - first + 1) }, (_unused, index) => first + index)
    const digests = ids.map((id) => hash('sha256', benchKey(id), 'buffer'))
    await pool.query(
      `insert into host (id, machine_id, hostname, labels, state, reason, state_since)
       select id, 'bench-' || id, 'bench-' || id, array['env', 'env=prod'], 'notDue', 'noneKnown', now()
       from unnest($1::bigint[]) as u (id)`,
      [ids],
    )
    await pool.query(
      'insert into host_key (host_id, digest) select * from unnest($1::bigint[], $2::bytea[])',
      [ids, digests],
    )
    await pool.query(
      `insert into host_seen (host_id, last_seen_at, sequence, interval_seconds)
       select id, now(), 0, 60 from unnest($1::bigint[]) as u (id)`,
      [ids],
    )
  }
  await pool.query(`select setval(pg_get_serial_sequence('host', 'id'), (select max(id) from host))`)
  await pool.query('vacuum analyze host, host_key, host_seen')
}
