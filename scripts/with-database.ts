import { startEmbedded } from '@graftwatch/db'
import type { DatabaseConfig } from '@graftwatch/db/config'
import { heldBy, takeInstance } from './supervisor/instance.ts'
import { makeDataDir, readSettings } from './supervisor/settings.ts'

/** Runs `work` on DATABASE_URL or the embedded database, also while `npm start` uses it; `command` is who asks. */
export async function withDatabase(
  command: string,
  work: (database: string | DatabaseConfig) => Promise<void>,
): Promise<void> {
  const settings = readSettings()
  const log = (line: string) => console.log(`- ${line}`)
  if (settings.databaseUrl) return await work(settings.databaseUrl)

  makeDataDir(settings.dataDir)
  const running = heldBy(settings.dataDir) !== undefined
  const instance = running ? undefined : await takeInstance(settings.dataDir, command, log)
  const embedded = await startEmbedded({ dataDir: settings.dataDir, log })
  try {
    await work(embedded.config)
  } finally {
    if (!running) await embedded.stop()
    instance?.release()
  }
}
