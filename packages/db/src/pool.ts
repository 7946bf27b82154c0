import pg from 'pg'
import { configFromUrl, type DatabaseConfig } from './config.ts'
import { OperatorError } from './problem.ts'

export interface PoolOptions {
  /** Where the database is: a URL or its parts. */
  database: string | DatabaseConfig
  /** Shown in pg_stat_activity. */
  applicationName: string
  max?: number
  statementTimeoutMs?: number
  /** Idle connections may break at any time; the pool replaces them, this only hears about it. */
  onError?: (error: Error) => void
}

export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...connectionOf(options.database),
    application_name: options.applicationName,
    max: options.max ?? 10,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    lock_timeout: 10_000,
    idle_in_transaction_session_timeout: 60_000,
  })
  pool.on('error', options.onError ?? (() => {}))
  // Whoever holds a client hears that it broke from the next query; not every library listens, and unheard it ends the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

export function connectionOf(database: string | DatabaseConfig): ReturnType<typeof configFromUrl> {
  if (typeof database !== 'string') return database
  try {
    return configFromUrl(database)
  } catch {
    throw new OperatorError(
      'DATABASE_URL is not a PostgreSQL address. Write it as postgresql://user:password@host:5432/database.',
    )
  }
}
