import { createHash } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { AcceptedKey } from './delivery.ts'
import { Failure } from './failure.ts'
import { newFallbackId } from './identity.ts'
import { giveToOwnerOf } from './owner.ts'
import { isSequence, maxSequence } from './sequence.ts'
import { openSpoolDisk, type SpoolDisk } from './spool-disk.ts'

/** What the agent keeps between runs; the only place it writes to. */
export interface StateDirectory {
  /** Throws Failure when a key could not be kept here: to be asked before the server is asked for one. */
  requireWritable(): void
  /** The key this host got when it enrolled; null before. */
  hostKey(): string | null
  saveHostKey(enrolled: { hostId: string; hostKey: string }): void
  /** The key that the server at an address has taken, by its digest: once it is refused, no restart enrolls the host again. */
  readonly acceptedKey: AcceptedKey
  /**
   * A number greater than all before it and than `atLeast`, on disk before it is returned unless the disk is full or read-only;
   * then a restart may give some of them out again, which the server's `lastSequence` puts right. Throws Failure beyond 2^52.
   */
  nextSequence(atLeast: number): number
  /** Reports dropped since installation. Kept in memory while the disk takes nothing. */
  dropped(): number
  addDropped(count: number): void
  /** An id for hosts without a machine id; the same for the life of the directory. Null when it cannot be kept. */
  fallbackId(): string | null
  /** Where reports wait for delivery. */
  spoolDisk(): SpoolDisk
}

/** Numbers reserved with one write. A restart skips what is left of them: the sequence may have gaps, it only grows. */
const sequenceBlock = 32

/**
 * Opens the directory, making it with mode 0700 if it is not there. Files are 0600 and replaced whole, so that a crash
 * leaves the old or the new one. A full or read-only disk is logged once and costs what would be kept. Throws Failure when the directory
 * cannot be made or read, or when its sequence is damaged.
 */
export function openStateDirectory(path: string, log: (line: string) => void = () => {}): StateDirectory {
  const file = (name: string): string => join(path, name)

  function read(name: string): string | null {
    try {
      return readFileSync(file(name), 'utf8').trim()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw unusable(path, error)
    }
  }

  function write(name: string, content: string): void {
    const temporary = file(`.${name}.${process.pid}`)
    try {
      rmSync(temporary, { force: true })
      const descriptor = openSync(temporary, 'wx', 0o600)
      try {
        giveToOwnerOf(path, descriptor)
        writeSync(descriptor, `${content}\n`)
        fsyncSync(descriptor)
      } finally {
        closeSync(descriptor)
      }
      renameSync(temporary, file(name))
    } catch (error) {
      throw unusable(path, error)
    }
  }

  /** Whether it was written. Said once, not every minute. */
  function tryToWrite(name: string, content: string): boolean {
    try {
      write(name, content)
      isRefusing = false
      return true
    } catch (error) {
      if (!isRefusing) log((error as Failure).message)
      isRefusing = true
      return false
    }
  }

  try {
    makeDirectory(path)
  } catch (error) {
    throw unusable(path, error)
  }
  let used = Number(read('sequence') ?? 0)
  if (!isSequence(used)) {
    throw new Failure(
      `${file('sequence')} is damaged: it holds no whole number from 0 to 2^52. Delete it; the numbers go on from what the server has.`,
    )
  }
  let reserved = used
  let dropped = wholeNumber(read('dropped'))
  let isRefusing = false
  let accepted = read('accepted-key')

  return {
    requireWritable: () => write('probe', ''),
    hostKey() {
      const text = read('host-key')
      if (!text) return null
      try {
        const { hostKey } = JSON.parse(text) as { hostKey?: unknown }
        if (typeof hostKey === 'string' && hostKey !== '') return hostKey
      } catch {}
      throw new Failure(`${file('host-key')} is damaged. Delete it and enroll this host again.`)
    },
    saveHostKey: ({ hostId, hostKey }) => write('host-key', JSON.stringify({ hostId, hostKey })),
    acceptedKey: {
      is: (url, hostKey) => accepted === digestOf(`${url} ${hostKey}`),
      note(url, hostKey) {
        const digest = digestOf(`${url} ${hostKey}`)
        if (accepted === digest) return
        accepted = digest
        tryToWrite('accepted-key', digest)
      },
    },
    nextSequence(atLeast) {
      const next = Math.max(used, atLeast) + 1
      if (!isSequence(next)) {
        throw new Failure(
          `there is no sequence after ${next - 1}. Remove this host in the dashboard, delete ${file('sequence')} and enroll it again.`,
        )
      }
      if (next > reserved) {
        const end = Math.min(next + sequenceBlock - 1, maxSequence)
        if (tryToWrite('sequence', String(end))) reserved = end
      }
      used = next
      return next
    },
    dropped: () => dropped,
    addDropped(count) {
      dropped += count
      tryToWrite('dropped', String(dropped))
    },
    fallbackId() {
      const known = read('host-id')
      if (known) return known.slice(0, 128)
      const id = newFallbackId()
      return tryToWrite('host-id', id) ? id : null
    },
    spoolDisk: () => openSpoolDisk(file('spool')),
  }
}

/** Not `recursive: true`: below /proc, where every new name is ENOENT, Node then tries for ever. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    makeDirectory(dirname(path))
    mkdirSync(path, { mode: 0o700 })
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

function wholeNumber(text: string | null): number {
  const value = Number(text ?? 0)
  return Number.isSafeInteger(value) && value >= 0 ? value : 0
}

const unusable = (path: string, error: unknown): Failure =>
  new Failure(
    `cannot use the state directory ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}). Make it writable for this user, or set GRAFTWATCH_STATE_DIR.`,
  )
