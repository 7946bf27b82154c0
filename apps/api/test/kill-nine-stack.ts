import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPool } from '@graftwatch/db'
import { type Embedded, startEmbedded } from '@graftwatch/db/embedded'
import { migrate } from '@graftwatch/db/migrate'
import type pg from 'pg'
import { admin, enrollmentToken, until } from './api.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** The API as a process of its own over a PostgreSQL that really syncs; either can be killed as a power cut would. */
export interface Stack {
  url: string
  /** A new pool over the database as it is now. */
  connect(): pg.Pool
  killApi(): Promise<void>
  killPostgres(): Promise<void>
  remove(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || !address) throw new Error('no port')
  return address.port
}

/** The postmaster's children: each backend leads a group of its own, so killing the postmaster's group would miss them. */
function childrenOf(pid: number): number[] {
  // Elsewhere they notice by themselves that it is gone, a moment later.
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => {
      try {
        const stat = readFileSync(`/proc/${child}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid
      } catch {
        return false
      }
    })
}

function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself in between.
  }
}

export async function startStack(): Promise<Stack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'graftwatch-kill-'))
  chmodSync(dataDir, 0o711)
  let postgres: Embedded = await startEmbedded({ dataDir })
  await migrate(postgres.config)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const secret = randomBytes(32).toString('hex')
  let api: ChildProcess | null = null
  let isRemoved = false

  function spawnApi(): ChildProcess {
    const { host, port: databasePort, user, password, database } = postgres.config
    return spawn(process.execPath, [main], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env.PATH,
        HOME: dataDir,
        PGHOST: host,
        PGPORT: String(databasePort),
        PGUSER: user,
        PGPASSWORD: password,
        PGDATABASE: database,
        API_PORT: String(port),
        GRAFTWATCH_SECRET: secret,
        GRAFTWATCH_ENROLLMENT_TOKEN: enrollmentToken,
        GRAFTWATCH_ADMIN_EMAIL: admin.email,
        GRAFTWATCH_ADMIN_PASSWORD: admin.password,
        GRAFTWATCH_LOG_LEVEL: 'silent',
        NODE_ENV: 'production',
      },
    })
  }

  const isReady = () =>
    fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
      ({ status }) => status === 200,
      () => false,
    )

  /** As a supervisor does: an API that ended is started again, until it is ready. */
  async function untilReady(): Promise<void> {
    await until(async () => {
      if (isRemoved) return true
      if (!api || api.exitCode !== null || api.signalCode !== null) api = spawnApi()
      return await isReady()
    }, 60_000)
  }

  async function killApi(): Promise<void> {
    const victim = api
    if (victim && victim.exitCode === null) {
      const ended = new Promise((resolve) => victim.once('exit', resolve))
      victim.kill('SIGKILL')
      await ended
    }
  }

  await untilReady()
  return {
    url,
    connect: () => createPool({ database: postgres.config, applicationName: 'graftwatch-kill-test', max: 2 }),
    async killApi() {
      await killApi()
      await untilReady()
    },
    async killPostgres() {
      const { pid, config } = postgres
      const family = [pid, ...childrenOf(pid)]
      for (const each of family) killHard(each)
      postgres = await startEmbedded({ dataDir })
      if (postgres.config.port !== config.port) await killApi()
      await untilReady()
    },
    async remove() {
      isRemoved = true
      await killApi()
      await postgres.remove()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
