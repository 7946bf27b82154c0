import type { DatabaseConfig } from '@graftwatch/db'
import { giveDemoPast } from './demo-past.ts'

/** Writes the past of a new demo and ends; main.ts starts it. */

const databaseSetting = (): string | DatabaseConfig => {
  const { DATABASE_URL, PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = process.env
  if (DATABASE_URL) return DATABASE_URL
  return {
    host: PGHOST ?? '127.0.0.1',
    port: Number(PGPORT ?? 5432),
    user: PGUSER ?? 'postgres',
    password: PGPASSWORD ?? '',
    database: PGDATABASE ?? 'postgres',
  }
}

await giveDemoPast({
  database: databaseSetting(),
  stateDir: process.env.GRAFTWATCH_STATE_DIR ?? '',
  log: (line) => process.stdout.write(`demo: ${line}\n`),
})
