/**
 * The system under test: the embedded PostgreSQL, the API and the built dashboard, on free ports and in a temporary folder. Prints one
 * line of JSON with its addresses when it answers; SIGTERM stops and deletes all of it. Run by global-setup.ts with Node.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DatabaseConfig, migrate, startEmbedded } from '@graftwatch/db'
import { freePort } from './free-port.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const web = join(root, 'apps/web')
const token = () => randomBytes(24).toString('hex')

/** What a test needs to find its way; also what the environment of the tests carries. */
export type StackAddresses = {
  baseUrl: string
  apiUrl: string
  setupCode: string
  token: string
  demoToken: string
  metricsToken: string
  database: DatabaseConfig
  apiPid: number
}

if (!existsSync(join(web, '.next/BUILD_ID'))) {
  console.error('The dashboard is not built. Run: npm run build --workspace apps/web')
  process.exit(1)
}

const dataDir = mkdtempSync(join(tmpdir(), 'graftwatch-browser-'))
// The database of a root user runs as somebody else, who has to get through.
chmodSync(dataDir, 0o711)
const database = await startEmbedded({
  dataDir,
  settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
})
await migrate(database.config)

const [apiPort, webPort] = [await freePort(), await freePort()]
const addresses: Omit<StackAddresses, 'apiPid'> = {
  baseUrl: `http://localhost:${webPort}`,
  apiUrl: `http://127.0.0.1:${apiPort}`,
  setupCode: token(),
  token: token(),
  demoToken: token(),
  metricsToken: token(),
  database: database.config,
}
const { host, port, user, password, database: name } = database.config
const children = [
  start([join(root, 'apps/api/src/main.ts')], {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: name,
    API_PORT: String(apiPort),
    WEB_PORT: String(webPort),
    GRAFTWATCH_BASE_URL: addresses.baseUrl,
    GRAFTWATCH_DATA_DIR: dataDir,
    GRAFTWATCH_SETUP_CODE: addresses.setupCode,
    GRAFTWATCH_ENROLLMENT_TOKEN: addresses.token,
    GRAFTWATCH_DEMO_TOKEN: addresses.demoToken,
    GRAFTWATCH_METRICS_TOKEN: addresses.metricsToken,
    GRAFTWATCH_LOG_LEVEL: 'warn',
  }),
  start([join(web, 'server.ts'), '--port', String(webPort)], {
    GRAFTWATCH_API_URL: addresses.apiUrl,
    NEXT_TELEMETRY_DISABLED: '1',
  }),
]

let stopping = false
process.on('SIGTERM', () => void stop())
// Whoever started us is gone: nothing may be left behind.
process.stdin.on('end', () => void stop()).resume()

try {
  await Promise.all([answers(`${addresses.apiUrl}/readyz`), answers(`${addresses.baseUrl}/sign-in`)])
} catch (error) {
  console.error(error)
  await stop(1)
}
console.log(JSON.stringify({ ...addresses, apiPid: children[0]?.pid ?? 0 } satisfies StackAddresses))

function start(command: string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(process.execPath, command, {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 2, 2],
  })
  child.on('exit', (code) => {
    if (!stopping) console.error(`${command[0]} ended with ${code}`)
  })
  return child
}

async function stop(code = 0): Promise<void> {
  if (stopping) return
  stopping = true
  await Promise.all(
    children.map(
      (child) =>
        new Promise<void>((done) => {
          if (child.exitCode !== null) return done()
          child.on('exit', () => done())
          child.kill('SIGTERM')
          setTimeout(() => child.kill('SIGKILL'), 10_000).unref()
        }),
    ),
  )
  await database.remove()
  rmSync(dataDir, { recursive: true, force: true })
  process.exit(code)
}

async function answers(url: string): Promise<void> {
  const until = Date.now() + 60_000
  while (Date.now() < until) {
    const ok = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    )
    if (ok) return
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`${url} did not answer within a minute`)
}
