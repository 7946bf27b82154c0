import type { LiveMessage } from './types.ts'

/** What the connection chip shows. */
export type Connection = 'connecting' | 'live' | 'reconnecting'

const firstRetryMs = 1_000
const longestRetryMs = 15_000

type Listener<Value> = (value: Value) => void

/**
 * The one event stream of this tab. It opens with the first listener, closes while the tab is hidden (HTTP/1.1 allows a browser
 * six connections to one origin, over all its tabs) and tells listeners to fetch again when it comes back.
 */
class Live {
  #source: EventSource | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #retryMs = firstRetryMs
  #connection: Connection = 'connecting'
  readonly #messages = new Set<Listener<LiveMessage>>()
  readonly #connections = new Set<() => void>()

  readonly connection = (): Connection => this.#connection

  /** Calls `listener` for each message; returns the end of that. */
  readonly onMessage = (listener: Listener<LiveMessage>): (() => void) => {
    this.#messages.add(listener)
    if (this.#messages.size === 1) this.#start()
    return () => {
      this.#messages.delete(listener)
      if (this.#messages.size === 0) this.#stop()
    }
  }

  readonly onConnection = (listener: () => void): (() => void) => {
    this.#connections.add(listener)
    return () => this.#connections.delete(listener)
  }

  #start() {
    document.addEventListener('visibilitychange', this.#visibility)
    if (!document.hidden) this.#open()
  }

  #stop() {
    document.removeEventListener('visibilitychange', this.#visibility)
    this.#close()
  }

  readonly #visibility = () => {
    if (document.hidden) this.#close()
    else this.#open()
  }

  #open() {
    clearTimeout(this.#retry)
    this.#source?.close()
    const source = new EventSource('/v1/events')
    this.#source = source
    source.onopen = () => {
      this.#retryMs = firstRetryMs
      this.#become('live')
    }
    source.onmessage = (event: MessageEvent<string>) => {
      const message = parsed(event.data)
      if (message !== null) for (const listener of this.#messages) listener(message)
    }
    source.onerror = () => {
      this.#become('reconnecting')
      // The browser retries a broken stream by itself, but gives up for good on any answer that is not one, such as 502.
      if (source.readyState !== EventSource.CLOSED) return
      this.#retry = setTimeout(() => this.#open(), this.#retryMs * (0.75 + Math.random() / 2))
      this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
    }
  }

  #close() {
    clearTimeout(this.#retry)
    this.#source?.close()
    this.#source = undefined
  }

  #become(connection: Connection) {
    if (connection === this.#connection) return
    this.#connection = connection
    for (const listener of this.#connections) listener()
  }
}

/** A message, or null for one this page does not know: a newer server may say more. Never throws. */
function parsed(data: string): LiveMessage | null {
  try {
    const message: unknown = JSON.parse(data)
    if (typeof message !== 'object' || message === null || !('type' in message)) return null
    if (message.type === 'fleet' || message.type === 'resync') return { type: message.type }
    if (message.type === 'hosts' && 'hostIds' in message && Array.isArray(message.hostIds)) {
      return { type: 'hosts', hostIds: message.hostIds.filter((id): id is string => typeof id === 'string') }
    }
  } catch {
    // Not JSON: nothing to act on.
  }
  return null
}

export const live = new Live()
