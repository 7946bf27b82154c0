import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { systemClock } from './clock.ts'
import { createFleet } from './fleet.ts'

const log = (line: string): void => {
  process.stdout.write(`demo: ${line}\n`)
}

const setting = (name: string): string => {
  const value = process.env[name]
  if (value) return value
  process.stderr.write(`demo: ${name} is not set; \`npm start\` sets it.\n`)
  process.exit(2)
}

/** Waits until the API says it is ready; the API may start at the same time as this. */
const untilReady = async (url: string, signal: AbortSignal): Promise<void> => {
  for (let waitMs = 250; !signal.aborted; waitMs = Math.min(waitMs * 2, 5_000)) {
    try {
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })
      await response.arrayBuffer()
      if (response.ok) return
    } catch {
      // Not there yet.
    }
    await systemClock.sleep(waitMs, signal)
  }
}

/**
 * Lets a process of its own write a new demo's past, so that the fleet does not carry what that takes for the rest of its life. Where
 * no database is named, or it fails, the demo begins without one.
 */
const givePast = async (): Promise<void> => {
  const { DATABASE_URL, PGHOST } = process.env
  if (!DATABASE_URL && !PGHOST) return
  past = spawn(process.execPath, [fileURLToPath(new URL('past-main.ts', import.meta.url))], {
    stdio: 'inherit',
  })
  const [code] = await once(past, 'exit')
  past = null
  if (code !== 0) log('the past could not be written; the demo begins now')
}

const url = setting('GRAFTWATCH_URL').replace(/\/+$/, '')
const token = setting('GRAFTWATCH_TOKEN')
const stateDir = setting('GRAFTWATCH_STATE_DIR')
const stop = new AbortController()

let save = (): void => {}
let past: ChildProcess | null = null
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.on(name, () => {
    // Nobody waits for simulated hosts: write the keys down and go.
    save()
    past?.kill('SIGKILL')
    process.exit(0)
  })
}

await untilReady(url, stop.signal)
await givePast()
const fleet = createFleet({ url, token, stateDir, signal: stop.signal, log })
save = fleet.save
log(`${fleet.hosts.length} simulated hosts report to ${url}`)
const end = await fleet.run()
if (end === 'removed') log('the demo fleet was removed; nothing left to do')
process.exit(0)
