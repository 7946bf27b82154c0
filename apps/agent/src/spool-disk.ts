import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { giveFolderToOwnerOf, giveToOwnerOf } from './owner.ts'

/** The folder of the spool. Nothing here throws for what a disk does. */
export interface SpoolDisk {
  list(): { name: string; bytes: number }[]
  read(name: string): Buffer | null
  /** Returns null when the file is whole, and on disk if `isDurable`; else why not, a sentence for the log. */
  write(name: string, content: Uint8Array, isDurable: boolean): string | null
  remove(name: string): void
}

/** Files are 0600, written under another name and put in place whole, so that only the loss of power can tear one. */
export function openSpoolDisk(folder: string): SpoolDisk {
  const temporary = join(folder, '.new')

  return {
    list() {
      try {
        return readdirSync(folder).map((name) => ({ name, bytes: statSync(join(folder, name)).size }))
      } catch {
        return []
      }
    },
    read(name) {
      try {
        return readFileSync(join(folder, name))
      } catch {
        return null
      }
    },
    write(name, content, isDurable) {
      try {
        makeFolder(folder)
        // Never opened where it is: root would follow a link that the folder's owner put there.
        rmSync(temporary, { force: true })
        const descriptor = openSync(temporary, 'wx', 0o600)
        try {
          giveToOwnerOf(dirname(folder), descriptor)
          writeWhole(descriptor, content)
          if (isDurable) fsyncSync(descriptor)
        } finally {
          closeSync(descriptor)
        }
        renameSync(temporary, join(folder, name))
        if (isDurable) syncFolder(folder)
        return null
      } catch (error) {
        remove(temporary)
        return `${folder} does not take reports (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`
      }
    },
    remove: (name) => remove(join(folder, name)),
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // A read-only file system; the report is sent again after a restart, and the server knows it.
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
    throw error
  }
  giveFolderToOwnerOf(dirname(folder), folder)
}

function writeWhole(descriptor: number, content: Uint8Array): void {
  for (let at = 0; at < content.length; ) at += writeSync(descriptor, content, at)
}

/** Without it a loss of power can take the name of a file whose content is safe. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
