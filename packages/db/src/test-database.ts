import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type DatabaseConfig, urlFromConfig } from './config.ts'
import { startEmbedded } from './embedded.ts'
import { migrate } from './migrate.ts'
import { createPool } from './pool.ts'

const variable = 'GRAFTWATCH_TEST_POSTGRES'
const template = 'graftwatch_template'

/** One server per test run, with a migrated template in it. Worker processes find it through the environment. */
export async function startTestServer(): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'graftwatch-test-'))
  chmodSync(dataDir, 0o711)
  const server = await startEmbedded({
    dataDir,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', shared_buffers: '128MB' },
  })
  const stop = async () => {
    delete process.env[variable]
    await server.remove()
    rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    await administer(server.config, `create database ${template}`)
    await migrate({ ...server.config, database: template })
    await administer(server.config, `alter database ${template} allow_connections false`)
  } catch (error) {
    await stop()
    throw error
  }
  process.env[variable] = JSON.stringify(server.config)
  return stop
}

export interface TestDatabase {
  pool: pg.Pool
  config: DatabaseConfig
  url: string
  drop(): Promise<void>
}

/** A migrated database of one's own, in some 50 ms. `empty` leaves the migrations out. */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = testServer()
  const database = `test_${randomBytes(6).toString('hex')}`
  await administer(server, `create database ${database} template ${options.empty ? 'template0' : template}`)
  const config = { ...server, database }
  const pool = createPool({ database: config, applicationName: 'graftwatch-test' })
  return {
    pool,
    config,
    url: urlFromConfig(config),
    async drop() {
      await pool.end()
      await administer(server, `drop database ${database} with (force)`)
    },
  }
}

function testServer(): DatabaseConfig {
  const value = process.env[variable]
  if (!value) throw new Error('No test PostgreSQL: run vitest with --config scripts/vitest.config.ts')
  return JSON.parse(value)
}

async function administer(server: DatabaseConfig, statement: string): Promise<void> {
  const client = new pg.Client({ ...server, database: 'postgres' })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
