import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OperatorError } from '@graftwatch/db'
import { explainFileError } from '@graftwatch/db/problem'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

export interface Settings {
  dataDir: string
  host: string
  apiPort: number
  webPort: number
  baseUrl: string
  databaseUrl: string | undefined
}

export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const apiPort = port('API_PORT', env.API_PORT, 4000)
  const webPort = port('WEB_PORT', env.WEB_PORT, 3000)
  if (apiPort === webPort) {
    throw new OperatorError(`API_PORT and WEB_PORT are both ${apiPort}. Give one of them another number.`)
  }
  return {
    dataDir: resolve(root, env.GRAFTWATCH_DATA_DIR || '.data'),
    host: env.GRAFTWATCH_HOST || '127.0.0.1',
    apiPort,
    webPort,
    baseUrl: (env.GRAFTWATCH_BASE_URL || `http://localhost:${webPort}`).replace(/\/+$/, ''),
    databaseUrl: env.DATABASE_URL || undefined,
  }
}

function port(name: string, value: string | undefined, otherwise: number): number {
  if (!value) return otherwise
  const number = Number(value)
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number
  throw new OperatorError(`${name} is "${value}", which is no port. Use a number from 1 to 65535.`)
}

export function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    mkdirSync(join(dataDir, 'logs'), { recursive: true, mode: 0o700 })
  } catch (error) {
    throw explainFileError(error, dataDir)
  }
}

/** Made once, readable by its owner only. */
export function storedSecret(dataDir: string): string {
  const path = join(dataDir, 'secret')
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  const secret = randomToken()
  writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' })
  return secret
}

export const randomToken = () => randomBytes(32).toString('base64url')

/** What every child may see: nothing of ours, nothing of npm's, no database, and no framework phones home. */
export function plainEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(GRAFTWATCH_|PG|npm_|DATABASE_URL$|INIT_CWD$|NODE_ENV$)/.test(name),
  )
  return {
    ...Object.fromEntries(kept),
    NEXT_TELEMETRY_DISABLED: '1',
    CHECKPOINT_DISABLE: '1',
    DO_NOT_TRACK: '1',
  }
}

/** What the person set for Graftwatch, for the API alone. */
export function ownEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('GRAFTWATCH_')))
}
