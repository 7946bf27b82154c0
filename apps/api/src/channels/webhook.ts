import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import type { Formatted, Outgoing } from './outgoing.ts'

/** A secret for Standard Webhooks: 32 random bytes. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`

/**
 * The message as it is, signed. `webhook-id` is the delivery's, so that a receiver can drop what it has had; the time is that of this
 * attempt, since receivers refuse old ones. Source: standardwebhooks.com, version 1.
 */
export function formatWebhook(
  { id, message }: Outgoing,
  { url }: { url: string },
  secret: string,
  at: Date,
): Formatted {
  const body = JSON.stringify(message)
  return {
    url,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    },
    body,
  }
}
