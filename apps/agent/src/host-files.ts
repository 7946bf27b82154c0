import {
  closeSync,
  constants,
  type Dirent,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs'
import { posix, resolve } from 'node:path'

/**
 * Every file of the host that the agent reads, under one root: `/`, or a tree that holds `proc/ sys/ etc/ …`.
 *
 * Reads only. Synchronous, since thousands of short reads from /proc cost far less that way than as promises; long walks
 * yield between batches. Sizes are capped and files are opened non-blocking, so that no reader waits or grows without bound.
 * Nothing outside of the root is read: in a copied tree links and `..` are resolved as a chroot would, of directories too.
 */
export interface HostFiles {
  readonly root: string
  /** Whether this is the running system and not a copy: a second reading can then show something new. */
  readonly isLive: boolean
  /** The text of a file, at most `maxBytes` of it. Bytes that are not UTF-8 become U+FFFD. Never throws. */
  read(path: string, maxBytes?: number): string | ReadFailure
  /** {@link read} in a single read, for the files of a task: the kernel hands each over whole. Half the cost of `read`. */
  readTaskFile(path: string): string | ReadFailure
  /** {@link read} with every failure as null. */
  text(path: string, maxBytes?: number): string | null
  /** Names in a directory, unsorted. Never throws. */
  list(path: string): string[] | ReadFailure
  /** Names of the directories in a directory, sorted. Never throws. */
  listDirectories(path: string): string[] | ReadFailure
  /** {@link listDirectories} with every failure as []. */
  directories(path: string): string[]
  /** The target of a symbolic link; null when it is none. */
  link(path: string): string | null
  exists(path: string): boolean
  /** Lines of a file too large to hold, in order, until `onLine` returns false. Throws nothing; false when it cannot be read. */
  eachLine(path: string, onLine: (line: string) => boolean): Promise<boolean>
  /** A descriptor for a reader with a protocol of its own; the caller closes it. */
  open(path: string): { descriptor: number; isFile: boolean } | ReadFailure
}

/** Why a file could not be read. `gone`: it, or the task it belongs to, does not exist. `denied`: rights are missing. */
export class ReadFailure {
  readonly code: string
  readonly isGone: boolean
  readonly isDenied: boolean

  constructor(code: string) {
    this.code = code
    this.isGone = code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR'
    this.isDenied = code === 'EACCES' || code === 'EPERM'
  }
}

const failures = new Map<string, ReadFailure>()

/** The failure that an error of the file system is. */
export function failureOf(error: unknown): ReadFailure {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? 'EIO'
  const known = failures.get(code) ?? new ReadFailure(code)
  failures.set(code, known)
  return known
}

const openFlags = constants.O_RDONLY | constants.O_NONBLOCK
const defaultMaxBytes = 256 * 1024
const taskFileBytes = 4096
/** As many as Linux follows in one path. */
const maxHops = 40
const maxPlaces = 4096
const withoutDots = (absolute: string): string => absolute.slice(1)
const buffer = Buffer.allocUnsafe(defaultMaxBytes)

export function hostFiles(rootDirectory = '/'): HostFiles {
  const root = resolve(rootDirectory)
  const prefix = root === '/' ? '/' : `${root}/`
  const isLive = root === '/'

  /** Where directories of a copied tree are once their links are followed. Those that are missing are looked for anew. */
  const places = new Map<string, string>()
  let hops = 0

  /** The directory or file at `path`, itself free of `..`, as a path below the root without links. */
  function follow(path: string): string {
    const slash = path.lastIndexOf('/')
    const parent = slash < 0 ? '' : directory(path.slice(0, slash))
    const place = parent === '' ? path.slice(slash + 1) : `${parent}/${path.slice(slash + 1)}`
    if (!lstatSync(prefix + place, { throwIfNoEntry: false })?.isSymbolicLink()) return place
    if (++hops > maxHops) throw Object.assign(new Error('too many links'), { code: 'ELOOP' })
    return follow(withoutDots(posix.resolve('/', parent, readlinkSync(prefix + place))))
  }

  function directory(path: string): string {
    const known = places.get(path)
    if (known !== undefined) return known
    const place = follow(path)
    if (places.size >= maxPlaces) places.clear()
    if (existsSync(prefix + place)) places.set(path, place)
    return place
  }

  /** The absolute path of a file below the root; of the link itself when `isLink`. Throws as lstat does. */
  function within(path: string, isLink = false): string {
    if (isLive) return prefix + path
    hops = 0
    const clean = withoutDots(posix.resolve('/', path))
    if (!isLink) return prefix + follow(clean)
    const { dir, base } = posix.parse(clean)
    return posix.join(prefix, dir === '' ? '' : directory(dir), base)
  }

  function directoryWithin(path: string): string {
    if (isLive) return prefix + path
    hops = 0
    return prefix + directory(withoutDots(posix.resolve('/', path)))
  }

  const openInRoot = (path: string): number =>
    isLive ? openSync(prefix + path, openFlags) : openSync(within(path), openFlags | constants.O_NOFOLLOW)

  function readAll(descriptor: number, maxBytes: number): string {
    let length = 0
    const limit = Math.min(maxBytes, buffer.length)
    while (length < limit) {
      const bytes = readSync(descriptor, buffer, length, limit - length, null)
      if (bytes === 0) break
      length += bytes
    }
    return buffer.toString('utf8', 0, length)
  }

  const files: HostFiles = {
    root,
    isLive,
    read(path, maxBytes = defaultMaxBytes) {
      let descriptor: number | null = null
      try {
        descriptor = openInRoot(path)
        return readAll(descriptor, maxBytes)
      } catch (error) {
        return failureOf(error)
      } finally {
        if (descriptor !== null) closeSync(descriptor)
      }
    },
    readTaskFile(path) {
      let descriptor: number | null = null
      try {
        descriptor = openInRoot(path)
        return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, taskFileBytes, null))
      } catch (error) {
        return failureOf(error)
      } finally {
        if (descriptor !== null) closeSync(descriptor)
      }
    },
    text(path, maxBytes) {
      const text = files.read(path, maxBytes)
      return typeof text === 'string' ? text : null
    },
    list(path) {
      try {
        return readdirSync(directoryWithin(path))
      } catch (error) {
        return failureOf(error)
      }
    },
    listDirectories(path) {
      try {
        const entries: Dirent[] = readdirSync(directoryWithin(path), { withFileTypes: true })
        return entries
          .filter((entry) => entry.isDirectory())
          .map((entry) => entry.name)
          .sort()
      } catch (error) {
        return failureOf(error)
      }
    },
    directories(path) {
      const names = files.listDirectories(path)
      return names instanceof ReadFailure ? [] : names
    },
    link(path) {
      try {
        return readlinkSync(within(path, true))
      } catch {
        return null
      }
    },
    exists(path) {
      try {
        return existsSync(within(path))
      } catch {
        return false
      }
    },
    open(path) {
      try {
        const descriptor = openInRoot(path)
        return { descriptor, isFile: fstatSync(descriptor).isFile() }
      } catch (error) {
        return failureOf(error)
      }
    },
    async eachLine(path, onLine) {
      const opened = files.open(path)
      if (opened instanceof ReadFailure) return false
      try {
        let rest = ''
        for (let chunks = 0; ; chunks++) {
          const bytes = readSync(opened.descriptor, buffer, 0, buffer.length, null)
          const lines = (rest + buffer.toString('latin1', 0, bytes)).split('\n')
          rest = bytes === 0 ? '' : (lines.pop() ?? '').slice(0, 4096)
          if (!lines.every(onLine) || bytes === 0) return true
          if (chunks % 4 === 3) await yieldToEvents()
        }
      } catch {
        return false
      } finally {
        closeSync(opened.descriptor)
      }
    },
  }
  return files
}

/** Lets timers, signals and answers run between two batches of synchronous reads. */
export const yieldToEvents = (): Promise<void> => new Promise((done) => setImmediate(done))
