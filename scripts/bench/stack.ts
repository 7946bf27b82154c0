import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPool, type DatabaseConfig, migrate, startEmbedded } from '@graftwatch/db'
import type pg from 'pg'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Who may ask for what a page shows. */
export const admin = { email: 'bench@example.com', password: randomBytes(16).toString('hex') }

export interface Stack {
  apiUrl: string
  pool: pg.Pool
  database: DatabaseConfig
  /** Resident memory of the API process in MiB. */
  apiMemoryMiB(): Promise<number>
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the API ended with ${child.exitCode} before it was ready`)
    const isReady = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The production process over an embedded PostgreSQL that really syncs, in a temporary folder that `stop` removes. */
export async function startStack(): Promise<Stack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'graftwatch-bench-'))
  const postgres = await startEmbedded({ dataDir })
  await migrate(postgres.config)
  const port = await freePort()
  const { host, port: pgPort, user, password, database } = postgres.config
  const api = spawn(process.execPath, ['apps/api/src/main.ts'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      DATABASE_URL: '',
      PGHOST: host,
      PGPORT: String(pgPort),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
      API_PORT: String(port),
      GRAFTWATCH_SECRET: randomBytes(32).toString('hex'),
      GRAFTWATCH_ADMIN_EMAIL: admin.email,
      GRAFTWATCH_ADMIN_PASSWORD: admin.password,
      GRAFTWATCH_LOG_LEVEL: 'error',
      NODE_ENV: 'production',
    },
  })
  const apiUrl = `http://127.0.0.1:${port}`
  await untilReady(apiUrl, api)
  const pool = createPool({
    database: postgres.config,
    applicationName: 'graftwatch-bench',
    max: 4,
    statementTimeoutMs: 600_000,
  })
  return {
    apiUrl,
    pool,
    database: postgres.config,
    async apiMemoryMiB() {
      const metrics = await (await fetch(`${apiUrl}/metrics`)).text()
      return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1] ?? 0) / 2 ** 20
    },
    async stop() {
      const ended = once(api, 'exit')
      api.kill('SIGTERM')
      await ended
      await pool.end()
      await postgres.remove()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
