import { closeSync, readSync } from 'node:fs'
import {
  parseLoadFailure,
  parseLogLine,
  parseLogMessage,
  parseTrouble,
} from '@graftwatch/livepatch/parse/kernel-log'
import { parseKpatchMessage } from '@graftwatch/livepatch/parse/kpatch-core'
import { clip } from '@graftwatch/livepatch/parse/text'
import { type HostFiles, ReadFailure } from '../host-files.ts'
import type { ReadingContext, Source, SourceReading } from './source.ts'

/**
 * What live patching wrote to the kernel log: the only place that knows when a transition started and that one was forced.
 *
 * Source: /dev/kmsg, one record a read; needs CAP_SYSLOG where kernel.dmesg_restrict is 1. On a copied tree dev/kmsg is a
 * plain file with the same records, or dmesg text. The device stays open between readings, which then yield only what is
 * new. The ring wraps, so that a missing line proves nothing.
 */
export function createKernelLogSource(): Source {
  let descriptor: number | null = null
  let lastSequence = -1
  let previousReadingMs: number | null = null
  let isFileRead = false
  /** What the kernel said last of why a load fails; the line that names the patch follows it. */
  let failure: string | null = null

  function note(line: string, context: ReadingContext): void {
    const record = parseLogLine(line)
    if (!record) return
    if (record.sequence !== null && record.sequence <= lastSequence) return
    if (record.sequence !== null) lastSequence = record.sequence
    const fact = parseLogMessage(record.message)
    const kpatch = parseKpatchMessage(record.message)
    const trouble = parseTrouble(record.message)
    failure = joined(failure, parseLoadFailure(record.message))
    if (!fact && !kpatch && !trouble) return
    const at = wallTime(record.microseconds, context)
    if (trouble) context.history.noteTrouble(trouble, at)
    if (fact?.kind === 'patch-enabling') failure = null
    if (fact) context.history.note({ ...fact, failure, at, source: 'kernel-log' })
    if (fact?.kind === 'load-failed') failure = null
    if (kpatch) context.history.kpatch.note(kpatch, at)
  }

  /** The log's clock stands still in suspend and drifts; a line that came since the last reading is at least that new. */
  function wallTime(microseconds: number, context: ReadingContext): string {
    const now = context.now()
    const stamped = (context.identity.bootedAtMs ?? now) + microseconds / 1000
    const earliest = previousReadingMs ?? Number.NEGATIVE_INFINITY
    return new Date(Math.floor(Math.min(Math.max(stamped, earliest), now))).toISOString()
  }

  function readFile(opened: number, context: ReadingContext): void {
    if (isFileRead) return
    isFileRead = true
    for (const line of readRecords(opened, 4096)) for (const part of line.split('\n')) note(part, context)
  }

  return {
    name: 'kernel-log',
    async read(context): Promise<SourceReading> {
      const opened = descriptor === null ? context.files.open('dev/kmsg') : { descriptor, isFile: false }
      if (opened instanceof ReadFailure) {
        if (opened.isGone) return { status: 'absent' }
        return { status: 'failed', reason: `${opened.code} opening /dev/kmsg` }
      }
      if (opened.isFile) {
        try {
          readFile(opened.descriptor, context)
        } finally {
          closeSync(opened.descriptor)
        }
        return { status: 'ok' }
      }
      descriptor = opened.descriptor
      try {
        for (const record of readRecords(descriptor, maxRecords)) note(record, context)
      } catch (error) {
        closeSync(descriptor)
        descriptor = null
        throw error
      }
      previousReadingMs = context.now()
      return { status: 'ok' }
    },
    close() {
      if (descriptor !== null) closeSync(descriptor)
      descriptor = null
    },
  }
}

/** The cause comes first: `failed to register ftrace handler …`, and only then which object and which patch that failed. */
const joined = (before: string | null, said: string | null): string | null =>
  said === null ? before : clip(before === null ? said : `${before}; ${said}`, 300)

/** Records read at once: more than a ring of the usual size holds, so that a flood of messages cannot hold the agent. */
const maxRecords = 100_000
const buffer = Buffer.allocUnsafe(64 * 1024)

/**
 * What each read yields, until there is no more for now. From the device that is one record; EPIPE says that records were
 * overwritten before they were read, and reading goes on at the oldest. From a file it is a block, cut at a line.
 */
function* readRecords(descriptor: number, limit: number): Generator<string> {
  let rest = ''
  for (let reads = 0; reads < limit; reads++) {
    let bytes: number
    try {
      bytes = readSync(descriptor, buffer, 0, buffer.length, null)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') continue
      if (code === 'EAGAIN') break
      throw error
    }
    if (bytes === 0) break
    const text = rest + buffer.toString('utf8', 0, bytes)
    const end = text.lastIndexOf('\n') + 1
    rest = text.slice(end).slice(0, 64 * 1024)
    if (end > 0) yield text.slice(0, end)
  }
  if (rest !== '') yield rest
}

/** Whether the log can be read here, for `doctor`: null when yes, else the errno. Reads nothing. */
export function kernelLogFailure(files: HostFiles): string | null {
  const opened = files.open('dev/kmsg')
  if (opened instanceof ReadFailure) return opened.code
  closeSync(opened.descriptor)
  return null
}
