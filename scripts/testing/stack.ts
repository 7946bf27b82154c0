import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@graftwatch/db/postmaster'
import { plainEnvironment, randomToken, root } from '../supervisor/settings.ts'
import { track } from './run.ts'

export interface Stack {
  /** What the browser tests find their way by. */
  env: Record<string, string>
  stop(): Promise<void>
}

/** The whole of `npm start`, demo fleet included, in a temporary folder and on free ports. */
export async function startStack(): Promise<Stack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'graftwatch-e2e-'))
  chmodSync(dataDir, 0o711) // the embedded PostgreSQL of root runs as someone else
  const [apiPort, webPort] = [await freePort(), await freePort()]
  const env = {
    GRAFTWATCH_DATA_DIR: dataDir,
    API_PORT: String(apiPort),
    WEB_PORT: String(webPort),
    GRAFTWATCH_BASE_URL: `http://localhost:${webPort}`,
    GRAFTWATCH_ADMIN_EMAIL: 'admin@example.com',
    GRAFTWATCH_ADMIN_PASSWORD: randomToken(),
    GRAFTWATCH_ENROLLMENT_TOKEN: randomToken(),
  }
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'scripts/start.ts'], {
    cwd: root,
    env: { ...plainEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // Ctrl-C comes through us, when the tests have ended
  })
  track(child)
  let said = ''
  let ended = false
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
    })
  }
  child.on('exit', () => {
    ended = true
  })
  const stop = async () => {
    if (!ended) child.kill('SIGTERM')
    if (!(await until(() => ended, 60_000, 50))) child.kill('SIGKILL')
    removeHome(dataDir)
    rmSync(dataDir, { recursive: true, force: true })
  }
  await until(() => ended || said.includes('Graftwatch runs at'), 180_000, 50)
  if (said.includes('Graftwatch runs at'))
    return { env: { ...env, GRAFTWATCH_API_URL: `http://127.0.0.1:${apiPort}` }, stop }
  await stop()
  throw new Error(`The stack under test did not start:\n${said}`)
}

/** Below a private TMPDIR root's database is elsewhere. */
function removeHome(dataDir: string): void {
  try {
    rmSync(JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8')).home, {
      recursive: true,
      force: true,
    })
  } catch {
    // it never got as far
  }
}

export async function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? done(address.port) : fail(new Error('no port')),
      )
    })
  })
}
