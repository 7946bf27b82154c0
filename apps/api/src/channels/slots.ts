const slotsMax = 16
const perChannel = 4

/**
 * Shares 16 senders among the channels: whoever has fewest is next, at most 4 for one, and only one for a channel whose last attempt
 * failed, so that receivers which hang cannot take them all. Keeps nothing but which channels have something to send.
 */
export class Slots {
  readonly #wanting = new Set<string>()
  readonly #busy = new Map<string, number>()
  readonly #failing = new Set<string>()
  readonly #work: (channelId: string, more: () => void) => Promise<boolean | null>
  #running = 0
  #isClosed = false
  #whenIdle: (() => void) | null = null

  /**
   * `work` sends one thing of a channel: true when it arrived, false when not, null when there was nothing. It calls `more` as soon as
   * it has taken something, since there may be another. Never rejects.
   */
  constructor(work: (channelId: string, more: () => void) => Promise<boolean | null>) {
    this.#work = work
  }

  /** The channel has something to send, or may have. */
  offer(channelId: string): void {
    if (this.#isClosed) return
    this.#wanting.add(channelId)
    this.#fill()
  }

  /** Resolves when nothing is being sent any more; nothing new begins. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#wanting.clear()
    if (this.#running === 0) return
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve
    })
  }

  #fill(): void {
    while (this.#running < slotsMax) {
      const channelId = this.#next()
      if (channelId === null) return
      this.#wanting.delete(channelId)
      void this.#run(channelId)
    }
  }

  /** Of those that may have another, the one that has the fewest, and of these the one that has waited longest. */
  #next(): string | null {
    let next: string | null = null
    let fewest = Number.POSITIVE_INFINITY
    for (const channelId of this.#wanting) {
      const busy = this.#busy.get(channelId) ?? 0
      if (busy >= fewest || busy >= (this.#failing.has(channelId) ? 1 : perChannel)) continue
      next = channelId
      fewest = busy
    }
    return next
  }

  async #run(channelId: string): Promise<void> {
    this.#running += 1
    this.#busy.set(channelId, (this.#busy.get(channelId) ?? 0) + 1)
    const arrived = await this.#work(channelId, () => this.offer(channelId))
    if (arrived === true) this.#failing.delete(channelId)
    if (arrived === false) this.#failing.add(channelId)
    const busy = (this.#busy.get(channelId) ?? 1) - 1
    if (busy > 0) this.#busy.set(channelId, busy)
    else this.#busy.delete(channelId)
    this.#running -= 1
    // What ended may have held back a later one of the same alert.
    if (arrived !== null && !this.#isClosed) this.#wanting.add(channelId)
    this.#fill()
    if (this.#isClosed && this.#running === 0) this.#whenIdle?.()
  }
}
