import type { LiveMessage } from './types.ts'

/** What waits to be shown: hosts known to have changed; `unnamed` when the server said only that something did. */
export type Waiting = { hosts: number; unnamed: boolean; since: number }

/**
 * Holds updates back: while the reader has paused, or is in the middle of a list whose rows must not move. One for this tab; who
 * refreshes pages (live-refresh.tsx) asks it, who shows the connection may.
 */
class Hold {
  #paused = false
  #waiting: Waiting | null = null
  readonly #hosts = new Set<string>()
  readonly #changes = new Set<() => void>()
  readonly #applies = new Set<() => void>()

  readonly paused = (): boolean => this.#paused
  /** Null while nothing waits. The same object until something changes. */
  readonly waiting = (): Waiting | null => this.#waiting

  /** Calls `listener` when either of the above changes; returns the end of that. */
  readonly onChange = (listener: () => void): (() => void) => {
    this.#changes.add(listener)
    return () => this.#changes.delete(listener)
  }

  /** Calls `listener` when what waits shall be shown now. */
  readonly onApply = (listener: () => void): (() => void) => {
    this.#applies.add(listener)
    return () => this.#applies.delete(listener)
  }

  /** Going on shows at once what waited. */
  readonly togglePause = (): void => {
    this.#paused = !this.#paused
    if (this.#paused) this.#tell()
    else this.apply()
  }

  /** An update came and is not shown. */
  readonly note = (message: LiveMessage): void => {
    if (message.type === 'hosts') for (const id of message.hostIds) this.#hosts.add(id)
    this.#waiting = {
      hosts: this.#hosts.size,
      unnamed: message.type !== 'hosts' || (this.#waiting?.unnamed ?? false),
      since: this.#waiting?.since ?? Date.now(),
    }
    this.#tell()
  }

  /** Shows what waits. A pause goes on: what comes later waits again. */
  readonly apply = (): void => {
    const waited = this.#waiting !== null
    this.forget()
    if (waited) for (const listener of this.#applies) listener()
  }

  /** Nothing waits any more: the page was fetched whole. */
  readonly forget = (): void => {
    this.#hosts.clear()
    this.#waiting = null
    this.#tell()
  }

  #tell() {
    for (const listener of this.#changes) listener()
  }
}

export const hold = new Hold()
