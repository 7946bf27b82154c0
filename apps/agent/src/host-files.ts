import {
  closeSync,
  constants,
  type Dirent,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs'
import { isAbsolute, posix, resolve } from 'node:path'

/**
 * Every file of the host that the agent reads, under one root: `/`, or a tree that holds `proc/ sys/ etc/ …`.
 *
 * Reads only. Synchronous, since thousands of short reads from /proc cost far less that way than as promises; long walks
 * yield between batches. Sizes are capped and files are opened non-blocking, so that no reader waits or grows without bound.
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
  /** Names of the directories in a directory, sorted; [] when it cannot be listed. */
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

function failureOf(error: unknown): ReadFailure {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? 'EIO'
  const known = failures.get(code) ?? new ReadFailure(code)
  failures.set(code, known)
  return known
}

const openFlags = constants.O_RDONLY | constants.O_NONBLOCK
const defaultMaxBytes = 256 * 1024
const taskFileBytes = 4096
const buffer = Buffer.allocUnsafe(defaultMaxBytes)

export function hostFiles(rootDirectory = '/'): HostFiles {
  const root = resolve(rootDirectory)
  const prefix = root === '/' ? '/' : `${root}/`
  const isLive = root === '/'

  /** In a copied tree a link such as etc/os-release must not lead out of it: links are resolved as a chroot would. */
  function openInRoot(path: string, hops = 0): number {
    if (isLive) return openSync(prefix + path, openFlags)
    try {
      return openSync(prefix + path, openFlags | constants.O_NOFOLLOW)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOOP' || hops >= 8) throw error
      const target = readlinkSync(prefix + path)
      const within = isAbsolute(target) ? target : posix.join('/', posix.dirname(path), target)
      return openInRoot(posix.normalize(within).replace(/^\/+/, ''), hops + 1)
    }
  }

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
        return readdirSync(prefix + path)
      } catch (error) {
        return failureOf(error)
      }
    },
    directories(path) {
      try {
        const entries: Dirent[] = readdirSync(prefix + path, { withFileTypes: true })
        return entries
          .filter((entry) => entry.isDirectory())
          .map((entry) => entry.name)
          .sort()
      } catch {
        return []
      }
    },
    link(path) {
      try {
        return readlinkSync(prefix + path)
      } catch {
        return null
      }
    },
    exists: (path) => existsSync(prefix + path),
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
