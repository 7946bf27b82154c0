import { closeSync, openSync, renameSync, writeSync } from 'node:fs'

const limit = 20_000_000

/** A child's words: on disk up to twice the limit, the last lines at hand for when it dies. */
export class LogFile {
  readonly path: string
  #file: number | undefined
  #size = 0
  #tail = ''

  constructor(path: string) {
    this.path = path
    this.#rotate()
  }

  write(chunk: Buffer): void {
    this.#tail = (this.#tail + chunk.toString('utf8')).slice(-4_000)
    if (this.#size + chunk.length > limit) this.#rotate()
    if (this.#file === undefined) return
    try {
      writeSync(this.#file, chunk)
      this.#size += chunk.length
    } catch {
      // a full disk must not end the program that would say so
    }
  }

  lastLines(count: number): string[] {
    return this.#tail.trim().split('\n').slice(-count)
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #rotate(): void {
    this.close()
    this.#size = 0
    try {
      renameSync(this.path, `${this.path}.1`)
    } catch {
      // there was none
    }
    try {
      this.#file = openSync(this.path, 'w', 0o600)
    } catch {
      this.#file = undefined
    }
  }
}
