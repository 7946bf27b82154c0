import type { DatabaseConfig } from '@graftwatch/db'
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

/** Where the database is, for the past of a new demo; null: that demo begins without one. */
const databaseSetting = (): string | DatabaseConfig | null => {
  const { DATABASE_URL, PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = process.env
  if (DATABASE_URL) return DATABASE_URL
  if (!PGHOST) return null
  return {
    host: PGHOST,
    port: Number(PGPORT ?? 5432),
    user: PGUSER ?? 'postgres',
    password: PGPASSWORD ?? '',
    database: PGDATABASE ?? 'postgres',
  }
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

const url = setting('GRAFTWATCH_URL').replace(/\/+$/, '')
const token = setting('GRAFTWATCH_TOKEN')
const stateDir = setting('GRAFTWATCH_STATE_DIR')
const stop = new AbortController()

let save = (): void => {}
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.on(name, () => {
    // Nobody waits for simulated hosts: write the keys down and go.
    save()
    process.exit(0)
  })
}

await untilReady(url, stop.signal)
const database = databaseSetting()
if (database !== null) {
  const { giveDemoPast } = await import('./demo-past.ts')
  await giveDemoPast({ database, stateDir, log })
}
const fleet = createFleet({ url, token, stateDir, signal: stop.signal, log })
save = fleet.save
log(`${fleet.hosts.length} simulated hosts report to ${url}`)
const end = await fleet.run()
if (end === 'removed') log('the demo fleet was removed; nothing left to do')
process.exit(0)
