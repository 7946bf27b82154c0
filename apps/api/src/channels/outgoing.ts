import type { AlertMessage, ChannelTarget, ChannelType } from '@graftwatch/contract'

/** One thing to tell, and what it is known by at the receiver, however often it is sent. */
export interface Outgoing {
  id: string
  message: AlertMessage
}

/** A request that says it. */
export interface Formatted {
  url: string
  headers: Record<string, string>
  body: string
}

/** A channel with its secret opened. */
export interface OpenChannel<Type extends ChannelType = ChannelType> {
  id: string
  name: string
  target: Extract<ChannelTarget, { type: Type }>
  secret: string | null
  allowPrivate: boolean
}

/** How one attempt ended. `answer`: how the receiver answered, or why none came; at most 500 characters, no secret in it. */
export interface Sent {
  isDelivered: boolean
  /** The receiver answered that it will not have this, however often it is sent. */
  isRefused: boolean
  /** Of HTTP or SMTP; null when no answer came. */
  status: number | null
  answer: string
  retryAfterSeconds: number | null
}

/** An attempt that got no answer, and why. */
export const unanswered = (answer: string): Sent => ({
  isDelivered: false,
  isRefused: false,
  status: null,
  answer,
  retryAfterSeconds: null,
})

export const json = (url: string, body: unknown): Formatted => ({
  url,
  headers: {},
  body: JSON.stringify(body),
})
