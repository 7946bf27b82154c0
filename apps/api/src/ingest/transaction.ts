import type pg from 'pg'

const retryable = new Set(['40P01', '40001'])

async function runOnce<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  // A connection that breaks while nobody waits on it would otherwise end the process.
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  try {
    await client.query("begin; set local transaction_timeout = '10s'")
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(onError)
    throw error
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}

/** Whether this transaction got the advisory lock `key`, which it then holds to its end; another that has it is not waited for. */
export async function triedLock(client: Pick<pg.PoolClient, 'query'>, key: number): Promise<boolean> {
  const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_xact_lock($1) as got', [key])
  return rows[0]?.got === true
}

/**
 * Runs `work` in one transaction that ends within 10 s. Deadlocks and serialization failures are tried again, twice.
 * Rejects with the error of `work`, and then nothing of it was stored; when the connection broke during commit nobody can know.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await runOnce(pool, work)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (tries >= 3 || !retryable.has(code)) throw error
    }
  }
}
