import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createPool, type DatabaseConfig, type Embedded, migrate, startEmbedded } from '@graftwatch/db'
import { isAlive } from './process.ts'
import type { Settings } from './settings.ts'

/** The database of this start: the embedded one, which we stop, or the one DATABASE_URL names, which we leave alone. */
export interface Database {
  address: string | DatabaseConfig
  name: string
  env: NodeJS.ProcessEnv
  stop(): Promise<void>
  kill(): void
}

export async function openDatabase(settings: Settings, log: (line: string) => void): Promise<Database> {
  const embedded = settings.databaseUrl ? undefined : await startEmbedded({ dataDir: settings.dataDir, log })
  const address = settings.databaseUrl ?? (embedded as Embedded).config
  try {
    await migrate(address, { log })
  } catch (error) {
    await embedded?.stop()
    throw error
  }
  return {
    address,
    name: embedded ? `PostgreSQL, embedded, data in ${settings.dataDir}` : 'PostgreSQL at DATABASE_URL',
    env: environment(address),
    stop: async () => embedded?.stop(),
    kill: () => {
      if (embedded && isAlive(embedded.pid)) process.kill(embedded.pid, 'SIGQUIT')
    },
  }
}

/** Parts, so that the password is in no command line and no URL that ends up in a log. */
function environment(address: string | DatabaseConfig): NodeJS.ProcessEnv {
  if (typeof address === 'string') return { DATABASE_URL: address }
  const { host, port, user, password, database } = address
  return { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database }
}

/** The demo fleet is for an empty database, and goes on where it was once begun. */
export async function wantsDemo(address: string | DatabaseConfig): Promise<boolean> {
  return withPool(address, async (pool) => {
    const { rows } = await pool.query<{ wanted: boolean }>(
      'select not exists (select from host) or exists (select from host where demo) as wanted',
    )
    return rows[0]?.wanted === true
  })
}

export async function removeDemo(address: string | DatabaseConfig, dataDir: string): Promise<number> {
  const removed = await withPool(
    address,
    async (pool) => (await pool.query('delete from host where demo')).rowCount ?? 0,
  )
  rmSync(join(dataDir, 'demo'), { recursive: true, force: true })
  return removed
}

async function withPool<T>(
  address: string | DatabaseConfig,
  work: (pool: ReturnType<typeof createPool>) => Promise<T>,
): Promise<T> {
  const pool = createPool({
    database: address,
    applicationName: 'graftwatch-start',
    max: 1,
    statementTimeoutMs: 10 * 60_000,
  })
  try {
    return await work(pool)
  } finally {
    await pool.end()
  }
}
