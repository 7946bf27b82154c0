import { closeSync, fstatSync, readSync } from 'node:fs'
import { constants, gunzipSync } from 'node:zlib'
import { findModinfo } from '@graftwatch/livepatch/parse/module-file'
import { failureOf, type HostFiles, ReadFailure, yieldToEvents } from '../host-files.ts'

/** Files of package managers that are no short texts: their state, parts of them, compressed ones. Reads only, never throws. */

function withDescriptor<T>(files: HostFiles, path: string, use: (descriptor: number) => T): T | null {
  const opened = files.open(path)
  if (opened instanceof ReadFailure) return null
  try {
    return use(opened.descriptor)
  } catch {
    return null
  } finally {
    closeSync(opened.descriptor)
  }
}

/**
 * What changes whenever a file does: time, size and inode; of a directory, whenever something in it comes or goes; of what is
 * there and cannot be opened, the reason. Null: not there, or empty, since readers of SQLite make its log anew without a change.
 */
export function stampOf(files: HostFiles, path: string): string | null {
  const opened = files.open(path)
  if (opened instanceof ReadFailure) return opened.isGone ? null : opened.code
  try {
    const { mtimeMs, size, ino } = fstatSync(opened.descriptor)
    return size === 0 ? null : `${mtimeMs} ${size} ${ino}`
  } finally {
    closeSync(opened.descriptor)
  }
}

/** The build of an uncompressed module file, as /sys/module/<name>/srcversion names a loaded one; null when it does not say. */
export const srcVersionOfFile = (files: HostFiles, path: string): string | null =>
  withDescriptor(files, path, (descriptor) => {
    const modinfo = findModinfo((offset, length) => {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset))
    })
    return modinfo?.get('srcversion') ?? null
  })

/** Of a Debian kernel's changelog this is the last year's part. */
const maxCompressed = 256 * 1024
const maxText = 4 * 1024 * 1024

/** The beginning of a gzipped text, which is enough of a changelog: the newest comes first. */
export const gunzipStart = (files: HostFiles, path: string): string | null =>
  withDescriptor(files, path, (descriptor) => {
    const bytes = Buffer.alloc(maxCompressed)
    const length = readSync(descriptor, bytes, 0, maxCompressed, 0)
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxText }
    return gunzipSync(bytes.subarray(0, length), options).toString('utf8')
  })

const chunkBytes = 128 * 1024

/**
 * Paragraphs (between empty lines) of a file of several MB, of which few matter: only their first lines become text, and those
 * that `wants` picks by it. A paragraph longer than 128 kB is passed over. Returns why the file could not be read to its end.
 */
export async function eachParagraph(
  files: HostFiles,
  path: string,
  wants: (firstLine: string) => boolean,
  onParagraph: (text: string) => void,
): Promise<ReadFailure | null> {
  const opened = files.open(path)
  if (opened instanceof ReadFailure) return opened
  const { descriptor } = opened
  const bytes = Buffer.allocUnsafe(chunkBytes)
  let held = 0
  const take = (start: number, end: number): void => {
    const lineEnd = bytes.subarray(0, end).indexOf(10, start)
    if (wants(bytes.toString('utf8', start, lineEnd < 0 ? end : lineEnd)))
      onParagraph(bytes.toString('utf8', start, end))
  }
  try {
    for (let chunks = 1; ; chunks++) {
      const length = readSync(descriptor, bytes, held, chunkBytes - held, null)
      const end = held + length
      let start = 0
      for (let gap = nextGap(bytes, start, end); gap >= 0; gap = nextGap(bytes, start, end)) {
        take(start, gap)
        start = gap + 2
      }
      if (length === 0) {
        if (start < end) take(start, end)
        return null
      }
      const isTooLong = start === 0 && end === chunkBytes
      held = isTooLong ? 0 : end - start
      bytes.copyWithin(0, start, start + held)
      if (chunks % 8 === 0) await yieldToEvents()
    }
  } catch (error) {
    return failureOf(error)
  } finally {
    closeSync(descriptor)
  }
}

/** Where the next empty line begins, within what was read. */
const nextGap = (bytes: Buffer, start: number, end: number): number =>
  bytes.subarray(0, end).indexOf('\n\n', start)
