import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { DatabaseConfig } from './config.ts'
import { connectionOf } from './pool.ts'
import { until } from './postmaster.ts'
import { errorCode, OperatorError } from './problem.ts'
import { type MigrationList, withSchemaEngine } from './schema-engine.ts'

export const migrationsFolder = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url))

/** Any number will do, as long as nobody else takes it. Prisma's own is another one. */
const migrationLock = 7_245_018_831

export interface MigrateOptions {
  folder?: string
  log?: (line: string) => void
  /** Tests only: what the server would say it is. */
  serverVersion?: number
}

/** Applies what is missing and records it in `_prisma_migrations`. Starts that come together wait for each other. */
export async function migrate(
  database: string | DatabaseConfig,
  options: MigrateOptions = {},
): Promise<string[]> {
  const connection = connectionOf(database)
  const lock = new pg.Client({
    ...connection,
    connectionTimeoutMillis: 10_000,
    application_name: 'graftwatch-migrate',
  })
  lock.on('error', () => {})
  try {
    await lock.connect()
  } catch (error) {
    throw explainConnection(error, connection)
  }
  try {
    await checkServer(lock, options.serverVersion)
    await takeLock(lock)
    const list = readMigrations(options.folder ?? migrationsFolder)
    const applied = await withSchemaEngine(connection, (engine) =>
      engine.applyMigrations({ migrationsList: list, filters: { externalTables: [], externalEnums: [] } }),
    )
    for (const name of applied.appliedMigrationNames) options.log?.(`migration ${name} applied`)
    return applied.appliedMigrationNames
  } catch (error) {
    throw await explainMigration(error, lock)
  } finally {
    await lock.end().catch(() => {}) // and with it the lock
  }
}

/** Asks again and again instead of waiting inside PostgreSQL: `create index concurrently` waits for waiters. */
async function takeLock(client: pg.Client): Promise<void> {
  const taken = async () => {
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [
      migrationLock,
    ])
    return rows[0]?.got === true
  }
  if (await until(taken, 10 * 60_000)) return
  throw new OperatorError(
    'Another start has been migrating this database for ten minutes. Look at it, then start again.',
  )
}

async function checkServer(client: pg.Client, pretend: number | undefined): Promise<void> {
  const { rows } = await client.query<{ version: string }>(
    "select current_setting('server_version_num') as version",
  )
  const version = pretend ?? Number(rows[0]?.version)
  if (version >= 180_000) return
  throw new OperatorError(
    `The database is PostgreSQL ${Math.floor(version / 10_000)}, Graftwatch needs 18 or newer. Upgrade it, or leave DATABASE_URL unset to use the embedded one.`,
  )
}

export function readMigrations(folder: string): MigrationList {
  const names = existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort()
    : []
  const lockfile = join(folder, 'migration_lock.toml')
  return {
    baseDir: folder,
    lockfile: {
      path: 'migration_lock.toml',
      content: existsSync(lockfile) ? readFileSync(lockfile, 'utf8') : 'provider = "postgresql"\n',
    },
    shadowDbInitScript: '',
    migrationDirectories: names.map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(join(folder, name, 'migration.sql'), 'utf8') },
      },
    })),
  }
}

function explainConnection(error: unknown, { host, port, user, database }: DatabaseConfig): unknown {
  const where = `${host}:${port}`
  switch (errorCode(error)) {
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENOENT':
      return new OperatorError(`No PostgreSQL answers at ${where}. Start it, or correct DATABASE_URL.`)
    case '28P01':
    case '28000':
      return new OperatorError(
        `PostgreSQL at ${where} does not let ${user} in. Correct the name and password in DATABASE_URL.`,
      )
    case '3D000':
      return new OperatorError(
        `PostgreSQL at ${where} has no database ${database}. Make it with: createdb ${database}`,
      )
  }
  return error
}

/** Prisma's words, shortened, and what to do about a migration that stands half recorded. */
async function explainMigration(error: unknown, client: pg.Client): Promise<unknown> {
  if (error instanceof OperatorError) return error
  const said = error instanceof Error ? error.message : String(error)
  const { rows } = await client
    .query<{ name: string; logs: string | null }>(
      'select migration_name as name, logs from _prisma_migrations where finished_at is null and rolled_back_at is null limit 1',
    )
    .catch(() => ({ rows: [] }))
  const failed = rows[0]
  if (!failed) return new OperatorError(`The migrations could not be applied: ${said}`)
  return new OperatorError(
    `Migration ${failed.name} failed and left nothing behind but its entry:\n${(failed.logs ?? said).trim()}\nMend the cause, then remove the entry: delete from _prisma_migrations where migration_name = '${failed.name}' and finished_at is null`,
  )
}
