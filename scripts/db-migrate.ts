import { migrate, OperatorError, startEmbedded } from '@graftwatch/db'
import { heldBy, takeInstance } from './supervisor/instance.ts'
import { makeDataDir, readSettings } from './supervisor/settings.ts'

/** The migrations alone, on DATABASE_URL or the embedded database, also while `npm start` uses it. */
async function run(): Promise<void> {
  const settings = readSettings()
  const log = (line: string) => console.log(`- ${line}`)
  if (settings.databaseUrl) return report(await migrate(settings.databaseUrl, { log }))

  makeDataDir(settings.dataDir)
  const running = heldBy(settings.dataDir) !== undefined
  const instance = running ? undefined : await takeInstance(settings.dataDir, 'npm run db:migrate', log)
  const embedded = await startEmbedded({ dataDir: settings.dataDir, log })
  try {
    report(await migrate(embedded.config, { log }))
  } finally {
    if (!running) await embedded.stop()
    instance?.release()
  }
}

function report(applied: string[]): void {
  console.log(applied.length > 0 ? `${applied.length} migrations applied.` : 'The database is up to date.')
}

run().catch((error) => {
  console.error(error instanceof OperatorError ? error.message : error)
  process.exitCode = 1
})
