import { createHash } from 'node:crypto'

/** What {@link Kept.failure} says while a reading goes on. */
export const noAnswerYet = 'no answer yet'

/** Something costly to read that is read again only when what it comes from has changed. */
export interface Kept<T> {
  /** What was last read, after at most `patienceMs`: a reading that takes longer goes on, and is there the next time. */
  get(stamp: string | null, patienceMs: number): Promise<T | null>
  /** Why the last reading failed, or that one still goes on; null when what `get` gave is what is so now. */
  failure(): string | null
}

/** `read` is never run twice at a time. A failed reading is tried again no sooner than `retryAfterMs`. */
export function kept<T>(read: () => Promise<T | null>, now: () => number, retryAfterMs = 600_000): Kept<T> {
  let value: T | null = null
  let readFor: string | null = null
  let failure: string | null = null
  let failedAtMs = 0
  let running: Promise<void> | null = null

  async function refresh(stamp: string): Promise<void> {
    try {
      value = await read()
      failure = null
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
      failedAtMs = now()
    }
    readFor = stamp
    running = null
  }

  return {
    async get(stamp, patienceMs) {
      if (stamp === null) {
        value = readFor = failure = null
        return null
      }
      const isDue = readFor !== stamp || (failure !== null && Math.abs(now() - failedAtMs) >= retryAfterMs)
      if (isDue) running ??= refresh(stamp)
      if (running) await within(running, patienceMs)
      return value
    },
    failure: () => failure ?? (running === null ? null : noAnswerYet),
  }
}

/**
 * The number of the stretch of `everyMs` that `nowMs` is in. Stretches begin at another time on each host, so that a fleet does not
 * ask its vendor at once.
 */
export function slotOf(nowMs: number, everyMs: number, machineId: string): number {
  const place = createHash('sha256').update(machineId).digest().readUInt32BE(0) / 2 ** 32
  return Math.floor(nowMs / everyMs + place)
}

function within(work: Promise<void>, milliseconds: number): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds)
    void work.then(() => {
      clearTimeout(timer)
      done()
    })
  })
}
