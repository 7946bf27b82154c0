import type pg from 'pg'

/** Tables that outlive their host on purpose; a simulated host leaves nothing worth keeping. */
const historyTables = ['event', 'period', 'attempt', 'sample', 'blocker', 'host_clone', 'host_ever']

/** Any number, as long as nothing else of ours takes it. */
const demoLock = 7_245_018_834

/**
 * Removes every simulated host, its keys and all its history, and ends the demo enrollment for good: a simulator that enrolls
 * again is refused. Returns how many hosts were removed. Safe to call twice. `alsoWrite` runs in the same transaction.
 */
export async function removeDemoFleet(
  pool: pg.Pool,
  alsoWrite?: (client: pg.PoolClient, removed: number) => Promise<void>,
): Promise<number> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    // Waits for enrollments that were let in; those that come later wait for the commit, and then find the marker.
    await client.query('select pg_advisory_xact_lock($1)', [demoLock])
    await client.query(
      `insert into enrollment_token (label, digest, demo, expires_at, revoked_at)
       values ('demo removed', sha256('demo-removed'::bytea), true, now(), now()) on conflict (digest) do nothing`,
    )
    const removed = await deleteDemoHosts(client)
    await alsoWrite?.(client, removed)
    await client.query('commit')
    return removed
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

/** Removes every simulated host, its keys and its history, and leaves the demo free to begin anew. Returns how many there were. */
export async function discardDemoHosts(pool: pg.Pool): Promise<number> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const removed = await deleteDemoHosts(client)
    await client.query('commit')
    return removed
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

async function deleteDemoHosts(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ id: string }>(
    'select id::text from host where demo order by id for update',
  )
  const ids = rows.map(({ id }) => id)
  for (const table of historyTables)
    await client.query(`delete from ${table} where host_id = any($1::bigint[])`, [ids])
  await client.query('delete from host where id = any($1::bigint[])', [ids])
  await client.query('delete from alert where demo')
  await client.query('delete from alert_dirty where host_id = any($1::bigint[])', [ids])
  await client.query(`select pg_notify('graftwatch_keys', '*'), pg_notify('graftwatch_live', '*')`)
  return ids.length
}

/**
 * Whether the demo fleet was removed before; it does not come back by itself. When it was not, nobody removes it until the
 * transaction of this client ends.
 */
export async function isDemoRemoved(client: Pick<pg.Pool, 'query'>): Promise<boolean> {
  await client.query('select pg_advisory_xact_lock_shared($1)', [demoLock])
  const { rows } = await client.query(
    `select from enrollment_token where digest = sha256('demo-removed'::bytea)`,
  )
  return rows.length > 0
}
