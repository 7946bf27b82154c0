import type { LiveMessage } from './types.ts'

/** `live` only while the server was heard within {@link quietMs}; an open connection that says nothing proves nothing. */
export type Connection = 'connecting' | 'live' | 'reconnecting'

const firstRetryMs = 1_000
const longestRetryMs = 15_000
/** The server says something at least every 15 s; after two missed beats nobody knows whether it still would. */
const quietMs = 40_000

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
  #watch: ReturnType<typeof setInterval> | undefined
  #openedAt = 0
  #heardAt = 0
  #dataAt: number | null = null
  /** When the server last said that something changed. */
  #saidAt = Number.NEGATIVE_INFINITY
  readonly #messages = new Set<Listener<LiveMessage>>()
  readonly #connections = new Set<() => void>()

  readonly connection = (): Connection => this.#connection

  /** When what is shown was last known to be current; null while nothing is shown. */
  readonly dataAt = (): number | null => this.#dataAt

  /** Whether the server said in the last `ms` that something changed. */
  readonly saidWithin = (ms: number): boolean => Date.now() - this.#saidAt <= ms

  /** Data of this moment is on the page. */
  readonly dataCame = (): void => {
    this.#dataAt = Date.now()
    this.#tell()
  }

  /** The page with the data is gone. */
  readonly dataGone = (): void => {
    this.#dataAt = null
    this.#tell()
  }

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
    clearInterval(this.#watch)
    this.#openedAt = Date.now()
    this.#watch = setInterval(this.#check, 1000)
    this.#check()
    const source = new EventSource('/v1/events')
    this.#source = source
    source.onmessage = (event: MessageEvent<string>) => {
      const message = parsed(event.data)
      this.#heard(message)
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
    clearInterval(this.#watch)
    this.#source?.close()
    this.#source = undefined
  }

  #heard(message: LiveMessage | null) {
    this.#retryMs = firstRetryMs
    this.#heardAt = Date.now()
    if (message !== null && message.type !== 'beat') this.#saidAt = this.#heardAt
    // After the other messages it is the refresh they cause that makes the page current.
    if (this.#dataAt !== null && (message?.type === 'beat' || message?.type === 'hosts')) {
      this.#dataAt = this.#heardAt
    }
    this.#become('live')
  }

  /** A connection that has been quiet for too long counts as lost, whatever the browser thinks of it: a sleeping laptop, a dead proxy. */
  readonly #check = () => {
    const now = Date.now()
    const spokeAt = this.#connection === 'connecting' ? this.#openedAt : this.#heardAt
    if (now - spokeAt < quietMs) return
    this.#become('reconnecting')
    if (now - this.#openedAt >= quietMs) this.#open()
  }

  #become(connection: Connection) {
    if (connection === this.#connection) return
    this.#connection = connection
    this.#tell()
  }

  #tell() {
    for (const listener of this.#connections) listener()
  }
}

/** A message, or null for one this page does not know: a newer server may say more. Never throws. */
function parsed(data: string): LiveMessage | null {
  try {
    const message: unknown = JSON.parse(data)
    if (typeof message !== 'object' || message === null || !('type' in message)) return null
    if (message.type === 'fleet' || message.type === 'resync' || message.type === 'beat') {
      return { type: message.type }
    }
    if (message.type === 'hosts' && 'hostIds' in message && Array.isArray(message.hostIds)) {
      return { type: 'hosts', hostIds: message.hostIds.filter((id): id is string => typeof id === 'string') }
    }
  } catch {
    // Not JSON: nothing to act on.
  }
  return null
}

export const live = new Live()
