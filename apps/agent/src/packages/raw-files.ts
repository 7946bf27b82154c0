import { closeSync, fstatSync, readSync } from 'node:fs'
import { constants, gunzipSync } from 'node:zlib'
import { findModinfo } from '@graftwatch/livepatch/parse/module-file'
import { type HostFiles, ReadFailure } from '../host-files.ts'

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
 * What changes whenever a file does: time, size and inode; of a directory, whenever something in it comes or goes. Null:
 * unreadable, or empty, since readers of SQLite make its log anew without a change.
 */
export const stampOf = (files: HostFiles, path: string): string | null =>
  withDescriptor(files, path, (descriptor) => {
    const { mtimeMs, size, ino } = fstatSync(descriptor)
    return size === 0 ? null : `${mtimeMs} ${size} ${ino}`
  })

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
