import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { DatabaseConfig } from './config.ts'
import { forgottenPlaces, type Place, preparePlace, programsFolder, rememberPort } from './embedded-place.ts'
import { installPrograms } from './embedded-programs.ts'
import { isAlive, type Postmaster, readPostmaster, runsPostgresOn, until } from './postmaster.ts'
import { errorCode, explainFileError, OperatorError } from './problem.ts'

export interface EmbeddedOptions {
  dataDir: string
  log?: (line: string) => void
  /** More server settings; the tests trade durability for speed here. */
  settings?: Record<string, string>
  /** When the server's log is moved aside; one older copy is kept. */
  logLimit?: { bytes: number; checkEveryMs: number }
}

export interface Embedded {
  config: DatabaseConfig
  pid: number
  /** Where its files are; as root that can be outside of the data folder. */
  folder: string
  /** True if the server was already running: left by a start that was killed, or in use by one that lives. */
  adopted: boolean
  stop(): Promise<void>
  /** Stops and deletes the database. */
  remove(): Promise<void>
}

const user = 'graftwatch'
const database = 'graftwatch'
const patience = 60_000
const usualLogLimit = { bytes: 10 * 1024 * 1024, checkEveryMs: 60_000 }

/** For 2 cores and little memory; loopback only, passwords only. */
const serverSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // its path may be longer than a socket's name can be
  max_connections: '100',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  wal_compression: 'on',
  synchronous_commit: 'on',
  checkpoint_timeout: '15min',
  autovacuum: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_min_error_statement: 'panic', // statements carry people's data
}

/** The embedded PostgreSQL of this data folder: made if it is not there, adopted if it runs, started if not. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const dataDir = resolve(options.dataDir)
  const log = options.log ?? (() => {})
  const place = preparePlace(dataDir)
  const programs = installPrograms(programsFolder(place))
  place.home = realpathSync(place.home)
  const data = join(place.home, 'data')
  if (!existsSync(join(data, 'PG_VERSION'))) {
    log('making an empty database')
    await initialise(programs.bin, place, data)
    for (const old of forgottenPlaces(dataDir, place))
      log(`an earlier database of this folder is still in ${old}; delete it if nobody needs it`)
  }
  checkVersion(data)

  const { postmaster, adopted } = await run(
    programs.bin,
    place,
    data,
    { ...serverSettings, ...options.settings },
    log,
  )
  rememberPort(dataDir, place, postmaster.port)
  const config = configOf(place, postmaster.port)
  await ensureDatabase(config)
  const { bytes, checkEveryMs } = options.logLimit ?? usualLogLimit
  const logCheck = setInterval(() => boundLog(logFileOf(place), bytes), checkEveryMs).unref()
  const stop = async () => {
    clearInterval(logCheck)
    await stopPostmaster(postmaster.pid, data)
  }
  return {
    config,
    pid: postmaster.pid,
    folder: place.home,
    adopted,
    stop,
    async remove() {
      await stop()
      rmSync(place.home, { recursive: true, force: true })
      rmSync(join(dataDir, 'postgres.json'), { force: true })
    },
  }
}

async function initialise(bin: string, place: Place, data: string): Promise<void> {
  // Made beside and renamed when whole: a start that dies here leaves nothing half made under the real name.
  const mark = randomBytes(3).toString('hex')
  const draft = `${data}.${mark}`
  const passwordFile = join(place.home, `password.${mark}`)
  try {
    writeFileSync(passwordFile, place.password, { mode: 0o600 })
    if (place.runAs) chownSync(passwordFile, place.runAs.uid, place.runAs.gid)
    const how = [
      '-D',
      draft,
      '-U',
      user,
      '--pwfile',
      passwordFile,
      '--auth',
      'scram-sha-256',
      '--no-instructions',
    ]
    const locale = [
      '--encoding',
      'UTF8',
      '--locale',
      'C',
      '--locale-provider',
      'builtin',
      '--builtin-locale',
      'C.UTF-8',
    ]
    await promisify(execFile)(join(bin, 'initdb'), [...how, ...locale], spawnOptions(place))
    renameSync(draft, data)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (existsSync(join(data, 'PG_VERSION'))) return // another start was first
    throw explainInitdb(error, place)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

function explainInitdb(error: unknown, place: Place): unknown {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
  if (/No space left/i.test(said))
    return explainFileError(Object.assign(new Error(), { code: 'ENOSPC' }), place.home)
  if (said) return new OperatorError(`PostgreSQL could not make its database in ${place.home}: ${said}`)
  const reason = errorCode(error)
  if (reason === 'ENOENT' || reason === 'EINVAL' || reason === 'EPERM') {
    return new OperatorError(
      `PostgreSQL's programs do not run on this machine (${reason}). Start a PostgreSQL 18 and set DATABASE_URL.`,
    )
  }
  return explainFileError(error, place.home)
}

function checkVersion(data: string): void {
  const version = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  if (version === '18') return
  throw new OperatorError(
    `${data} belongs to PostgreSQL ${version}, this release brings 18. Move it with pg_dump and pg_restore, or start the release that made it.`,
  )
}

async function run(
  bin: string,
  place: Place,
  data: string,
  settings: Record<string, string>,
  log: (line: string) => void,
): Promise<{ postmaster: Postmaster; adopted: boolean }> {
  const end = Date.now() + patience
  let port = place.port
  for (;;) {
    const found = readPostmaster(data)
    if (found && runsPostgresOn(found.pid, data)) {
      if (found.status === 'ready' && (await answers(configOf(place, found.port))))
        return { postmaster: found, adopted: true }
      if (Date.now() > end)
        throw new OperatorError(
          `PostgreSQL (process ${found.pid}) holds ${data} but does not answer. Stop it, then start again.`,
        )
      await until(() => readPostmaster(data)?.status !== found.status || !isAlive(found.pid), 500)
      continue
    }
    if (found) {
      log(`PostgreSQL (process ${found.pid}) ended without tidying up; recovering`)
      rmSync(join(data, 'postmaster.pid'), { force: true })
    }
    port = await freePort(port)
    const started = await launch(bin, place, data, { ...settings, port: String(port) })
    if (started.postmaster) return { postmaster: started.postmaster, adopted: false }
    // Another start was faster, workers of a killed server are still leaving, or the port went to someone else.
    const again = /lock file|still in use|could not (create any TCP|bind)/.test(started.said)
    if (!again || Date.now() > end) throw explainServer(started.said, place)
    if (/TCP|bind/.test(started.said)) port = 0
  }
}

async function launch(bin: string, place: Place, data: string, settings: Record<string, string>) {
  const logFile = logFileOf(place)
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`)
  const output = openSync(logFile, 'a', 0o600)
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  // Its own session: Ctrl-C must reach the API first, and a killed start leaves a server to adopt.
  const child = spawn(join(bin, 'postgres'), ['-D', data, ...flags], {
    ...spawnOptions(place),
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  let ended = false
  let failure = ''
  child.on('error', (error) => {
    failure = error.message
    ended = true
  })
  child.on('exit', () => {
    ended = true
  })
  child.unref()
  let postmaster: Postmaster | undefined
  await until(() => {
    const now = readPostmaster(data)
    if (now?.pid === child.pid && now?.status === 'ready') postmaster = now
    return ended || postmaster !== undefined
  }, patience)
  if (!postmaster && !ended) child.kill('SIGQUIT')
  return { postmaster, said: postmaster ? '' : failure || readFileSync(logFile, 'utf8') }
}

const logFileOf = (place: Place): string => join(place.home, 'postgres.log')

/**
 * Copies a log that has grown too large to `.1` and empties it. PostgreSQL writes on: it appends, so it needs no new file.
 * As root the folder belongs to someone else: links in it are not followed.
 */
function boundLog(file: string, maxBytes: number): void {
  let log: number | undefined
  try {
    log = openSync(file, constants.O_WRONLY | constants.O_NOFOLLOW)
    if (fstatSync(log).size <= maxBytes) return
    try {
      rmSync(`${file}.1`, { force: true })
      copyFileSync(file, `${file}.1`, constants.COPYFILE_EXCL)
    } finally {
      ftruncateSync(log) // also when the disk is too full for the copy
    }
  } catch {
    // The server does not depend on its log; the next check tries again.
  } finally {
    if (log !== undefined) closeSync(log)
  }
}

function explainServer(said: string, place: Place): OperatorError {
  if (/No space left/i.test(said))
    return explainFileError(Object.assign(new Error(), { code: 'ENOSPC' }), place.home) as OperatorError
  const last = said.trim().split('\n').slice(-4).join('\n')
  return new OperatorError(`PostgreSQL did not start. The end of ${logFileOf(place)}:\n${last}`)
}

async function stopPostmaster(pid: number, data: string): Promise<void> {
  const gone = () => !isAlive(pid)
  for (const [signal, milliseconds] of [
    ['SIGINT', 20_000], // disconnect everyone, checkpoint, leave
    ['SIGQUIT', 5_000], // leave at once; the next start recovers
  ] as const) {
    if (!runsPostgresOn(pid, data)) return
    process.kill(pid, signal)
    if (await until(gone, milliseconds)) return
  }
  throw new OperatorError(`PostgreSQL (process ${pid}) does not stop. Look at the disk below ${data}.`)
}

function configOf(place: Place, port: number): DatabaseConfig {
  return { host: '127.0.0.1', port, user, password: place.password, database }
}

async function answers(config: DatabaseConfig): Promise<boolean> {
  const client = new pg.Client({ ...config, database: 'postgres', connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function ensureDatabase(config: DatabaseConfig): Promise<void> {
  const client = new pg.Client({ ...config, database: 'postgres' })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [config.database])
    if (!rowCount) await client.query(`create database ${pg.escapeIdentifier(config.database)}`)
  } catch (error) {
    if (errorCode(error) !== '42P04' && errorCode(error) !== '23505') throw error // another start made it
  } finally {
    await client.end()
  }
}

async function freePort(preferred: number): Promise<number> {
  const attempt = (port: number) =>
    new Promise<number | undefined>((done) => {
      const server = createServer()
      server.once('error', () => done(undefined))
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
        const address = server.address()
        server.close(() => done(typeof address === 'object' ? (address?.port ?? undefined) : undefined))
      })
    })
  const port = (await attempt(preferred)) ?? (await attempt(0))
  if (!port) throw new OperatorError('No port is free on 127.0.0.1 for PostgreSQL.')
  return port
}

/** A clean environment: PGDATA and its like, set for another PostgreSQL, must not reach ours. */
function spawnOptions(place: Place) {
  mkdirSync(place.home, { recursive: true })
  return {
    cwd: place.home,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: place.home, LC_ALL: 'C', TZ: 'UTC' },
    ...place.runAs,
  }
}
