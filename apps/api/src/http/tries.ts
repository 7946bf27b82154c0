const windowMs = 60_000
const keysMax = 10_000

/** Tries per key and minute, in memory: each replica counts its own. Bounded, whatever keys are sent. */
export class Tries {
  readonly #windows = new Map<string, { endsAt: number; used: number }>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  /** Counts one try. Returns the seconds to wait when there were too many, or 0. */
  take(key: string, now = Date.now()): number {
    const known = this.#windows.get(key)
    const window = known && known.endsAt > now ? known : { endsAt: now + windowMs, used: 0 }
    if (window.used >= this.#max) return Math.ceil((window.endsAt - now) / 1000)
    window.used += 1
    if (window !== known) this.#begin(key, window)
    return 0
  }

  /** A try that was no guess: it does not count. */
  giveBack(key: string): void {
    const window = this.#windows.get(key)
    if (window && window.used > 0) window.used -= 1
  }

  /** A map keeps the order of insertion: the first window is the one that ends first. */
  #begin(key: string, window: { endsAt: number; used: number }): void {
    this.#windows.delete(key)
    const [oldest] = this.#windows.keys()
    if (this.#windows.size >= keysMax && oldest !== undefined) this.#windows.delete(oldest)
    this.#windows.set(key, window)
  }
}
