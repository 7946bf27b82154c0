import { createHash } from 'node:crypto'
import { isSequence } from './sequence.ts'
import type { SpoolDisk } from './spool-disk.ts'

/** A report that waits for delivery. */
export interface SpooledReport {
  sequence: number
  /** Whether it tells of a change, and not only how far a transition has come. */
  isStateChange: boolean
  /** Where and when it was read. */
  read: ReadAt
  /** The report, packed with gzip. */
  body: Uint8Array
}

export interface ReadAt {
  machineId: string
  bootId: string
  /** The host's clock, in ms. */
  atMs: number
  /** Time since boot, in ms, which no setting of the clock moves and which goes on in a suspend; null when unknown. */
  uptimeMs: number | null
}

/**
 * Reports not yet answered, in order, bounded in number and bytes, one file each: state changes are on disk before `push`
 * returns. When it is full the oldest progress samples go first and state changes last. What the disk does not take is
 * kept in memory, less of it.
 */
export interface Spool {
  /** Never throws for what the disk does. */
  push(report: SpooledReport): void
  first(): SpooledReport | null
  /** Takes out the first one, which was answered or refused. */
  shift(): void
  readonly length: number
  /** Of the newest report; 0 when there is none. */
  readonly lastSequence: number
}

export interface SpoolOptions {
  disk: SpoolDisk
  /** Called with the number of reports that had to go: no room, or damaged on disk. */
  onDropped: (count: number) => void
  log?: (line: string) => void
  maxReports?: number
  maxBytes?: number
  /** Of those the disk does not take. */
  maxMemoryBytes?: number
}

/** What is known of a report without reading its file. */
interface Entry {
  sequence: number
  isStateChange: boolean
  bytes: number
  /** Null: it is on disk. */
  held: SpooledReport | null
}

/** Sequence, so that names sort as they were read, and kind, so that the oldest samples are found without opening one. */
const fileName = /^(\d{16})\.(change|sample)$/
const nameOf = ({ sequence, isStateChange }: Pick<Entry, 'sequence' | 'isStateChange'>): string =>
  `${String(sequence).padStart(16, '0')}.${isStateChange ? 'change' : 'sample'}`

/** More than the server takes; such a file is none of ours, and is not read into memory. */
const maxEntryBytes = 1024 * 1024

/** Opens what an earlier run left. Never throws for what the disk does. */
export function openSpool(options: SpoolOptions): Spool {
  const { disk, onDropped } = options
  const log = options.log ?? (() => {})
  const maxReports = options.maxReports ?? 4096
  const maxBytes = options.maxBytes ?? 8 * 1024 * 1024
  const maxMemoryBytes = options.maxMemoryBytes ?? 256 * 1024
  const entries: Entry[] = []
  let isDiskRefusing = false

  for (const { name, bytes } of disk.list()) {
    const [, sequence, kind] = fileName.exec(name) ?? []
    if (sequence === undefined || !isSequence(Number(sequence))) continue
    if (bytes > maxEntryBytes) {
      disk.remove(name)
      onDropped(1)
      continue
    }
    entries.push({ sequence: Number(sequence), isStateChange: kind === 'change', bytes, held: null })
  }
  entries.sort((a, b) => a.sequence - b.sequence)

  const bytesOf = (isHeld: boolean): number =>
    entries.reduce((sum, { held, bytes }) => ((held !== null) === isHeld ? sum + bytes : sum), 0)

  function forget(entry: Entry): void {
    entries.splice(entries.indexOf(entry), 1)
    if (entry.held === null) disk.remove(nameOf(entry))
  }

  /** Drops the oldest sample among these, or the oldest of all; never the newest report, which holds what is so now. */
  function dropOne(among: Entry[]): void {
    const old = among.filter((entry) => entry !== entries.at(-1))
    const gone = old.find(({ isStateChange }) => !isStateChange) ?? old[0]
    if (gone) forget(gone)
    onDropped(1)
  }

  function makeRoom(): void {
    const onDisk = () => entries.filter(({ held }) => held === null)
    const inMemory = () => entries.filter(({ held }) => held !== null)
    while (entries.length > 1 && (entries.length > maxReports || bytesOf(false) > maxBytes))
      dropOne(entries.length > maxReports ? entries : onDisk())
    while (inMemory().length > 1 && bytesOf(true) > maxMemoryBytes) dropOne(inMemory())
  }

  /** Whether it is on disk now. */
  function store(entry: Entry): boolean {
    if (entry.held === null) return true
    const content = encode(entry.held)
    const failure = disk.write(nameOf(entry), content, entry.isStateChange)
    if (failure !== null) {
      if (!isDiskRefusing)
        log(`${failure} Reports wait in memory, ${maxMemoryBytes / 1024} KiB of them, until it does.`)
      isDiskRefusing = true
      return false
    }
    entry.bytes = content.length
    entry.held = null
    return true
  }

  return {
    push(report) {
      const { sequence, isStateChange } = report
      entries.push({ sequence, isStateChange, bytes: report.body.length, held: report })
      // Those that had to wait in memory go first; the first that is refused again says that there is no room yet.
      const isAllStored = entries.every(store)
      if (isAllStored && isDiskRefusing) {
        isDiskRefusing = false
        log('reports wait on disk again.')
      }
      makeRoom()
    },
    first() {
      for (let entry = entries[0]; entry; entry = entries[0]) {
        if (entry.held !== null) return entry.held
        const content = disk.read(nameOf(entry))
        const report = content === null ? null : decode(content, entry)
        if (report !== null) return report
        // Cut off by a crash or damaged since: what cannot be read whole is not sent.
        forget(entry)
        onDropped(1)
      }
      return null
    },
    shift() {
      if (entries[0]) forget(entries[0])
    },
    get length() {
      return entries.length
    },
    get lastSequence() {
      return entries.at(-1)?.sequence ?? 0
    },
  }
}

/** A line of JSON, which says how the rest was read, and the packed report; before both, their checksum. */
function encode({ read, body }: SpooledReport): Buffer {
  const content = Buffer.concat([Buffer.from(`${JSON.stringify(read)}\n`), body])
  return Buffer.concat([Buffer.from(`${sumOf(content)}\n`), content])
}

function decode(content: Buffer, { sequence, isStateChange }: Entry): SpooledReport | null {
  const sumEnd = content.indexOf('\n')
  const rest = content.subarray(sumEnd + 1)
  if (sumEnd < 0 || content.toString('latin1', 0, sumEnd) !== sumOf(rest)) return null
  const headEnd = rest.indexOf('\n')
  const read = parseHead(rest.toString('utf8', 0, Math.max(headEnd, 0)))
  return read && { sequence, isStateChange, read, body: rest.subarray(headEnd + 1) }
}

/** Null when it is not one: the checksum says that nothing was damaged since, not that this version wrote it. */
function parseHead(text: string): ReadAt | null {
  let head: Partial<ReadAt> | null
  try {
    head = JSON.parse(text)
  } catch {
    return null
  }
  const { machineId, bootId, atMs, uptimeMs } = head ?? {}
  if (typeof machineId !== 'string' || typeof bootId !== 'string' || !isTime(atMs)) return null
  return uptimeMs === null || isTime(uptimeMs) ? { machineId, bootId, atMs, uptimeMs } : null
}

/** In ms, as a Date can hold it. */
const isTime = (value: unknown): value is number =>
  Number.isFinite(value) && Math.abs(value as number) <= 8.64e15

const sumOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex').slice(0, 32)
