interface Options {
  /** How long what was read is good enough. */
  keepMs?: number
  /** How long one who asks waits for it. */
  waitMs?: number
  onError(error: unknown): void
}

/**
 * Something costly that several ask for: read once at a time, and not again for 5 s or ten times as long as it took, so that whoever
 * asks, however often, takes no more than a tenth of one connection. `get` answers null when it failed or takes longer than 5 s, never
 * throws; what comes late is there for the next who asks.
 */
export class SharedReading<T> {
  readonly #read: () => Promise<T>
  readonly #options: Required<Options>
  #running: Promise<T | null> | null = null
  #kept: { value: T; until: number } | null = null

  constructor(read: () => Promise<T>, { keepMs = 5000, waitMs = 5000, onError }: Options) {
    this.#read = read
    this.#options = { keepMs, waitMs, onError }
  }

  async get(): Promise<T | null> {
    if (this.#kept && performance.now() < this.#kept.until) return this.#kept.value
    this.#running ??= this.#start()
    const { promise: late, resolve } = Promise.withResolvers<null>()
    const timer = setTimeout(resolve, this.#options.waitMs, null)
    const value = await Promise.race([this.#running, late])
    clearTimeout(timer)
    return value
  }

  async #start(): Promise<T | null> {
    const begun = performance.now()
    try {
      const value = await this.#read()
      const took = performance.now() - begun
      this.#kept = { value, until: performance.now() + Math.max(this.#options.keepMs, 10 * took) }
      return value
    } catch (error) {
      this.#options.onError(error)
      return null
    } finally {
      this.#running = null
    }
  }
}
