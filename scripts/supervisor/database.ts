import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createPool, type DatabaseConfig, migrate, startEmbedded } from '@graftwatch/db'
import { isDemoRemoved, removeDemoFleet } from '@graftwatch/db/demo'
import { isAlive } from './process.ts'
import type { Settings } from './settings.ts'

/** The database of this start: the embedded one, which we stop, or the one DATABASE_URL names, which we leave alone. */
export interface Database {
  address: string | DatabaseConfig
  env: NodeJS.ProcessEnv
  /** Where an embedded one keeps its files. */
  folder: string | null
  /** Starts it again if it ends; tells when it cannot. */
  watch(lost: (reason: string) => void): void
  stop(): Promise<void>
  kill(): void
}

export async function openDatabase(settings: Settings, log: (line: string) => void): Promise<Database> {
  if (settings.databaseUrl) return ownDatabase(settings.databaseUrl, log)
  const { dataDir } = settings
  let embedded = await startEmbedded({ dataDir, log })
  try {
    await migrate(embedded.config, { log })
  } catch (error) {
    await embedded.stop()
    throw error
  }
  const address = embedded.config
  let timer: NodeJS.Timeout | undefined
  let restart: Promise<void> | undefined

  return {
    address,
    env: environment(address),
    folder: embedded.folder,
    watch(lost) {
      const deaths: number[] = []
      timer = setInterval(() => {
        if (restart || isAlive(embedded.pid)) return
        deaths.push(Date.now())
        restart = (async () => {
          if (deaths.filter((at) => at > Date.now() - 60_000).length > 3)
            throw new Error('it ended four times in a minute')
          log('the database ended; starting it again')
          embedded = await startEmbedded({ dataDir, log })
          // Everyone was told the old port.
          if (embedded.config.port !== address.port) throw new Error('its port is taken by another program')
        })()
        restart
          .catch((error: Error) => lost(`The database cannot be kept running: ${error.message}`))
          .finally(() => {
            restart = undefined
          })
      }, 1_000)
    },
    async stop() {
      clearInterval(timer)
      await restart?.catch(() => {})
      await embedded.stop()
    },
    kill: () => {
      if (isAlive(embedded.pid)) process.kill(embedded.pid, 'SIGQUIT')
    },
  }
}

async function ownDatabase(url: string, log: (line: string) => void): Promise<Database> {
  await migrate(url, { log })
  return { address: url, env: environment(url), folder: null, watch() {}, async stop() {}, kill() {} }
}

/** Parts, so that the password is in no command line and no URL that ends up in a log. */
function environment(address: string | DatabaseConfig): NodeJS.ProcessEnv {
  if (typeof address === 'string') return { DATABASE_URL: address }
  const { host, port, user, password, database } = address
  return { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database }
}

/** The demo fleet is for an empty database, goes on where it was once begun, and stays away once it was removed. */
export async function wantsDemo(address: string | DatabaseConfig): Promise<boolean> {
  return withPool(address, async (pool) => {
    if (await isDemoRemoved(pool)) return false
    const { rows } = await pool.query<{ wanted: boolean }>(
      'select not exists (select from host) or exists (select from host where demo) as wanted',
    )
    return rows[0]?.wanted === true
  })
}

export async function removeDemo(address: string | DatabaseConfig, dataDir: string): Promise<number> {
  const removed = await withPool(address, removeDemoFleet)
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
