import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { errorCode, explainFileError, OperatorError } from './problem.ts'

/**
 * Where the embedded PostgreSQL lives, recorded in `<data folder>/postgres.json`.
 *
 * An ordinary user: `<data folder>/postgres`. Root: PostgreSQL refuses to run as root, so it runs as an existing
 * unprivileged user, who must be able to reach his files. If every folder above lets others through, the place is
 * the same; in a private folder (a clone below /root) it is `/var/lib/graftwatch/<name of the data folder>`.
 * Deleting the data folder forgets the database: the next start makes a new one under a new name.
 */
export interface Place {
  home: string
  password: string
  port: number
  /** Set when we are root: whom PostgreSQL runs as. */
  runAs: { uid: number; gid: number } | undefined
}

const systemHome = '/var/lib/graftwatch'
export const isRoot = () => process.getuid?.() === 0

export function preparePlace(dataDir: string): Place {
  try {
    return readPlace(dataDir) ?? createPlace(dataDir)
  } catch (error) {
    throw explainFileError(error, dataDir)
  }
}

function readPlace(dataDir: string): Place | undefined {
  const file = join(dataDir, 'postgres.json')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
  let record: { home: string; password: string; port: number }
  try {
    record = JSON.parse(text)
  } catch {
    throw new OperatorError(
      `${file} is damaged. Restore it from a copy, or delete ${dataDir} to begin with an empty database.`,
    )
  }
  if (!existsSync(record.home)) {
    throw new OperatorError(
      `The database folder ${record.home}, named in ${file}, is gone. Restore it, or delete ${dataDir} to begin with an empty database.`,
    )
  }
  const owner = statSync(record.home)
  return { ...record, runAs: isRoot() ? { uid: owner.uid, gid: owner.gid } : undefined }
}

function createPlace(dataDir: string): Place {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const runAs = isRoot() ? unprivilegedUser() : undefined
  // Others may pass through the data folder, not look into it; what is secret in it is 0600.
  if (runAs) chmodSync(dataDir, 0o711)
  const inside = !runAs || reachableByOthers(dataDir)
  const name = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 12)
  const home = inside
    ? join(dataDir, 'postgres')
    : join(systemHome, `${name}-${randomBytes(3).toString('hex')}`)
  if (!inside) makeReadable(systemHome)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  if (runAs) chownSync(home, runAs.uid, runAs.gid)

  const place = { home, password: randomBytes(24).toString('base64url'), port: 0, runAs }
  const file = join(dataDir, 'postgres.json')
  const draft = writeDraft(file, place)
  try {
    linkSync(draft, file) // unlike a rename, loses to another start that was first
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    if (!inside) rmSync(home, { recursive: true })
    return readPlace(dataDir) ?? place
  } finally {
    rmSync(draft, { force: true })
  }
  return place
}

export function rememberPort(dataDir: string, place: Place, port: number): void {
  if (place.port === port) return
  place.port = port
  const file = join(dataDir, 'postgres.json')
  renameSync(writeDraft(file, place), file)
}

function writeDraft(file: string, { home, password, port }: Place): string {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify({ home, port, password }, null, 2)}\n`, { mode: 0o600 })
  const owner = statSync(dirname(file))
  if (isRoot()) chownSync(draft, owner.uid, owner.gid)
  return draft
}

/** Databases that an earlier, since deleted data folder of the same name left behind. */
export function forgottenPlaces(dataDir: string, place: Place): string[] {
  if (dirname(place.home) !== systemHome) return []
  const name = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 12)
  return readdirSync(systemHome)
    .filter((entry) => entry.startsWith(`${name}-`))
    .map((entry) => join(systemHome, entry))
    .filter((path) => path !== place.home)
}

/** Where root keeps PostgreSQL's programs: one copy for all data folders. */
export function programsFolder(place: Place): string {
  if (!place.runAs) return place.home
  makeReadable(systemHome)
  return systemHome
}

function makeReadable(folder: string): void {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755) // whatever the umask is
}

export function reachableByOthers(path: string): boolean {
  for (let folder = realpathSync(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

function unprivilegedUser(): { uid: number; gid: number } {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  for (const wanted of ['postgres', 'nobody', 'daemon']) {
    const [, , uid, gid] = users.find(([name]) => name === wanted) ?? []
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new OperatorError(
    'PostgreSQL does not run as root, and this machine has none of the users postgres, nobody and daemon. Start as an ordinary user, or set DATABASE_URL.',
  )
}
