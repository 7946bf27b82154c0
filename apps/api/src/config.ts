import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseConfig } from '@graftwatch/db/config'
import * as z from 'zod'
import type { Retention } from './sweep/retention.ts'

const port = z.coerce.number().int().min(0).max(65_535)
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional())

const environment = z.object({
  DATABASE_URL: optional(z.string()),
  PGHOST: optional(z.string()),
  PGPORT: optional(port),
  PGUSER: optional(z.string()),
  PGPASSWORD: optional(z.string()),
  PGDATABASE: optional(z.string()),
  API_PORT: optional(port),
  WEB_PORT: optional(port),
  GRAFTWATCH_HOST: optional(z.string()),
  GRAFTWATCH_BASE_URL: optional(z.url({ protocol: /^https?$/ })),
  GRAFTWATCH_DATA_DIR: optional(z.string()),
  GRAFTWATCH_SECRET: optional(z.string().min(32)),
  GRAFTWATCH_ADMIN_EMAIL: optional(z.email()),
  GRAFTWATCH_ADMIN_PASSWORD: optional(z.string().min(12).max(128)),
  GRAFTWATCH_SETUP_CODE: optional(z.string().min(16)),
  GRAFTWATCH_ENROLLMENT_TOKEN: optional(z.string().min(16)),
  GRAFTWATCH_AGENT_TOKEN: optional(z.string().min(16)),
  GRAFTWATCH_DEMO_TOKEN: optional(z.string().min(16)),
  GRAFTWATCH_METRICS_TOKEN: optional(z.string().min(16)),
  GRAFTWATCH_RETENTION_EVENT_DAYS: optional(z.coerce.number().int().min(30).max(3650)),
  GRAFTWATCH_RETENTION_SAMPLE_DAYS: optional(z.coerce.number().int().min(30).max(3650)),
  GRAFTWATCH_LOG_LEVEL: optional(z.enum(['debug', 'info', 'warn', 'error', 'silent'])),
})

const remedies: Record<string, string> = {
  GRAFTWATCH_RETENTION_EVENT_DAYS: 'must be 30 to 3650 days',
  GRAFTWATCH_RETENTION_SAMPLE_DAYS: 'must be 30 to 3650 days',
  GRAFTWATCH_SECRET: 'needs at least 32 characters. Make one: openssl rand -hex 32',
  GRAFTWATCH_BASE_URL: 'must be the address people open, such as https://graftwatch.example.com',
  GRAFTWATCH_ADMIN_PASSWORD: 'needs 12 to 128 characters',
  GRAFTWATCH_ADMIN_EMAIL: 'must be an e-mail address',
  GRAFTWATCH_ENROLLMENT_TOKEN: 'needs at least 16 characters. Make one: openssl rand -hex 24',
  GRAFTWATCH_METRICS_TOKEN: 'needs at least 16 characters. Make one: openssl rand -hex 24',
}

export interface Config {
  database: string | DatabaseConfig
  host: string
  port: number
  baseUrl: string
  trustedOrigins: string[]
  secret: string
  admin: { email: string; password: string } | null
  /** One-time code that creates the first admin; null when none was given. */
  setupCode: string | null
  /** Enrollment tokens given by the environment. */
  tokens: { token: string; label: string; demo: boolean }[]
  /** What GET /metrics asks for; null: anybody who reaches the port may read it. */
  metricsToken: string | null
  retention: Retention
  /** Whether this process looks after silence, membership and retention; false only where nothing but the requests may write. */
  sweeps: boolean
  logLevel: string
}

/** Settings of the API process. Throws one error that names every setting to mend and how. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const parsed = environment.safeParse(env)
  const problems = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => {
        const name = String(path[0])
        return `  ${name}  ${remedies[name] ?? message}`
      })
  if (!env.DATABASE_URL && !env.PGHOST)
    problems.push('  DATABASE_URL  missing. Use `npm start`, or set it to a PostgreSQL 18 database.')
  const retention = parsed.success ? retentionOf(parsed.data) : null
  if (retention && retention.sampleDays < retention.eventDays)
    problems.push(
      `  GRAFTWATCH_RETENTION_SAMPLE_DAYS  is less than the ${retention.eventDays} days that questions about the past reach back, whose transitions would be missing. Leave it out, or lower GRAFTWATCH_RETENTION_EVENT_DAYS too.`,
    )
  if (!parsed.success || retention === null || problems.length > 0)
    throw new ConfigError(
      `api: cannot start, ${problems.length === 1 ? 'one setting needs' : `${problems.length} settings need`} attention\n${problems.join('\n')}`,
    )
  const value = parsed.data
  const webPort = value.WEB_PORT ?? 3000
  const baseUrl = (value.GRAFTWATCH_BASE_URL ?? `http://localhost:${webPort}`).replace(/\/$/, '')
  const tokens = [
    { token: value.GRAFTWATCH_ENROLLMENT_TOKEN, label: 'GRAFTWATCH_ENROLLMENT_TOKEN', demo: false },
    { token: value.GRAFTWATCH_AGENT_TOKEN, label: 'agent of npm start', demo: false },
    { token: value.GRAFTWATCH_DEMO_TOKEN, label: 'demo fleet', demo: true },
  ]
  const { GRAFTWATCH_ADMIN_EMAIL: email, GRAFTWATCH_ADMIN_PASSWORD: password } = value
  return {
    database: value.DATABASE_URL ?? {
      host: value.PGHOST ?? '127.0.0.1',
      port: value.PGPORT ?? 5432,
      user: value.PGUSER ?? 'postgres',
      password: value.PGPASSWORD ?? '',
      database: value.PGDATABASE ?? 'postgres',
    },
    host: value.GRAFTWATCH_HOST ?? '127.0.0.1',
    port: value.API_PORT ?? 4000,
    baseUrl,
    trustedOrigins: [...new Set([baseUrl, `http://localhost:${webPort}`, `http://127.0.0.1:${webPort}`])],
    secret: value.GRAFTWATCH_SECRET ?? storedSecret(value.GRAFTWATCH_DATA_DIR),
    admin: email && password ? { email, password } : null,
    setupCode: value.GRAFTWATCH_SETUP_CODE ?? null,
    tokens: tokens.flatMap(({ token, ...rest }) => (token ? [{ token, ...rest }] : [])),
    metricsToken: value.GRAFTWATCH_METRICS_TOKEN ?? null,
    retention,
    sweeps: true,
    logLevel: value.GRAFTWATCH_LOG_LEVEL ?? 'info',
  }
}

/** Samples are kept for as long as events, and at least 400 days, unless it is said otherwise. */
function retentionOf(value: z.infer<typeof environment>): Retention {
  const eventDays = value.GRAFTWATCH_RETENTION_EVENT_DAYS ?? 400
  return { eventDays, sampleDays: value.GRAFTWATCH_RETENTION_SAMPLE_DAYS ?? Math.max(400, eventDays) }
}

export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** Made once, readable by its owner only; losing it signs everybody out and harms nothing else. */
function storedSecret(dataDir = join(homedir(), '.graftwatch')): string {
  const path = join(dataDir, 'secret')
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const secret = randomBytes(32).toString('hex')
    writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' })
    return secret
  }
}
