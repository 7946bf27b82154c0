import { ProblemError } from '../http/problem.ts'

/** Parsed, a report takes a few times its bytes: this keeps the process under 512 MiB. */
const bytesMax = 64 * 1024 * 1024
/** One is answered, one waits and two were sent again: an agent has no reason for more. */
const perHostMax = 4

/** The place one report takes from its headers to its answer. */
export interface Place {
  /** The bytes it really has, once they are known. Throws BUSY when there is no room for them. */
  resize(bytes: number): void
  /** Safe to call twice. */
  leave(): void
}

/** Room for reports that are on the way, in bytes after decompression, whoever sends them. */
export class ReportRoom {
  #bytes = 0
  readonly #hosts = new Map<number, number>()

  get bytes(): number {
    return this.#bytes
  }

  /** From 0 (empty) to 1 (full). */
  get fullness(): number {
    return this.#bytes / bytesMax
  }

  /** Throws BUSY when the room is full, TOO_MANY_REQUESTS when this host has its share of it. */
  enter(hostId: number, bytes: number): Place {
    const ofHost = this.#hosts.get(hostId) ?? 0
    if (ofHost >= perHostMax)
      throw new ProblemError('TOO_MANY_REQUESTS', {
        detail: `${perHostMax} reports of this host are on the way already; this one was not taken.`,
        remedy: 'Send one report at a time, and this one again after the time in Retry-After.',
        retryAfterSeconds: 2,
      })
    this.#take(bytes)
    this.#hosts.set(hostId, ofHost + 1)
    let taken = bytes
    let isGone = false
    return {
      resize: (now) => {
        if (isGone) return
        this.#take(now - taken)
        taken = now
      },
      leave: () => {
        if (isGone) return
        isGone = true
        this.#bytes -= taken
        const left = (this.#hosts.get(hostId) ?? 1) - 1
        if (left > 0) this.#hosts.set(hostId, left)
        else this.#hosts.delete(hostId)
      },
    }
  }

  #take(bytes: number): void {
    if (bytes > 0 && this.#bytes + bytes > bytesMax)
      throw new ProblemError('BUSY', {
        detail: 'More reports are on the way than fit into memory; this one was not taken.',
        remedy: 'Keep it and send it again after the time in Retry-After.',
        retryAfterSeconds: 10,
      })
    this.#bytes += bytes
  }
}
