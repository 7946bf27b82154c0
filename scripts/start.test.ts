import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive, readPostmaster, until } from '@graftwatch/db/postmaster'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from './supervisor/ports.ts'
import { type Identity, isStill } from './supervisor/process.ts'
import { plainEnvironment, root } from './supervisor/settings.ts'

// The whole of `npm start`; the bootstrap has built what it needs.
const built = existsSync(join(root, 'apps/web/.next/BUILD_ID')) && existsSync(join(root, 'apps/agent/dist'))
const patience = { timeout: 120_000 }
let dataDir: string
let env: NodeJS.ProcessEnv
let child: ChildProcess | undefined

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'graftwatch-npm-start-'))
  chmodSync(dataDir, 0o711)
  const [api, web] = [await freePort(), await freePort()]
  env = { ...plainEnvironment(), GRAFTWATCH_DATA_DIR: dataDir, API_PORT: String(api), WEB_PORT: String(web) }
})

afterAll(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  rmSync(dataDir, { recursive: true, force: true })
}, 60_000)

async function start(...parameters: string[]) {
  const started = spawn(process.execPath, ['scripts/start.ts', ...parameters], { cwd: root, env })
  child = started
  let said = ''
  for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk) => (said += chunk))
  const done = once(started, 'exit')
  await until(() => said.includes('stop         Ctrl-C') || started.exitCode !== null, 90_000)
  return { child: started, said: () => said, done }
}

const processes = (): Identity[] => JSON.parse(readFileSync(join(dataDir, 'instance.json'), 'utf8')).children
const postgres = () => readPostmaster(join(dataDir, 'postgres/data'))?.pid ?? 0

test.runIf(built)(
  'starts, survives being killed, and stops without leaving a process',
  patience,
  async () => {
    const first = await start('--no-demo')
    expect(first.said()).toMatch(
      /Set up the first account \(this link works once\):\n {2}http:\/\/localhost:\d+\/setup#code=\S{16,}\n/,
    )
    const pages = await fetch(`http://127.0.0.1:${env.WEB_PORT}/setup`)
    expect(pages.status).toBe(200)

    const orphans = processes()
    const database = postgres()
    expect(orphans.length).toBeGreaterThanOrEqual(2)
    first.child.kill('SIGKILL')
    await first.done
    expect(isAlive(database)).toBe(true)

    const second = await start('--no-demo')
    expect(second.said()).toContain('Graftwatch runs at')
    expect(orphans.filter(isStill)).toEqual([])
    expect(postgres()).toBe(database)

    process.kill(database, 'SIGKILL')
    expect(await until(() => postgres() !== database && isAlive(postgres()), 20_000)).toBe(true)
    const recovered = postgres()
    const ready = async () => (await fetch(`http://127.0.0.1:${env.API_PORT}/readyz`)).ok
    expect(await until(ready, 20_000, 100)).toBe(true)

    const all = processes()
    second.child.kill('SIGTERM')
    expect(await second.done).toEqual([0, null])
    expect(second.said()).toContain('stopped, nothing is left running')
    expect(all.filter(isStill)).toEqual([])
    expect(isAlive(recovered)).toBe(false)
    expect(existsSync(join(dataDir, 'instance.json'))).toBe(false)
  },
)
