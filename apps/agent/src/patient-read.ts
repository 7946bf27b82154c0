import { closeSync, read } from 'node:fs'
import { type HostFiles, ReadFailure } from './host-files.ts'

/** Reads files whose reading can block for as long as the kernel likes, such as the stack of a task that is stuck in execve. */
export interface PatientReader {
  /**
   * The text, at most 64 KiB of it; null when it cannot be read or takes longer than the reader's patience. A read that takes
   * longer is left to end by itself, aside of everything else, and until then no other is begun.
   */
  text(files: HostFiles, path: string): Promise<string | null>
}

const maxBytes = 64 * 1024

export function createPatientReader(patienceMs = 2000): PatientReader {
  let isBlocked = false

  return {
    async text(files, path) {
      if (isBlocked) return null
      // Opening does not block: what the kernel locks, it locks in the read.
      const opened = files.open(path)
      if (opened instanceof ReadFailure) return null
      isBlocked = true
      const reading = readOnce(opened.descriptor).finally(() => {
        closeSync(opened.descriptor)
        isBlocked = false
      })
      return within(reading, patienceMs)
    },
  }
}

function readOnce(descriptor: number): Promise<string | null> {
  const buffer = Buffer.allocUnsafe(maxBytes)
  return new Promise((done) => {
    read(descriptor, buffer, 0, maxBytes, null, (error, bytes) =>
      done(error ? null : buffer.toString('utf8', 0, bytes)),
    )
  })
}

function within(reading: Promise<string | null>, milliseconds: number): Promise<string | null> {
  return new Promise((done) => {
    const timer = setTimeout(() => done(null), milliseconds)
    void reading.then((text) => {
      clearTimeout(timer)
      done(text)
    })
  })
}
