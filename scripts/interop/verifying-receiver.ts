import { randomBytes } from 'node:crypto'
import { type AlertMessage, alertMessage } from '@graftwatch/contract'
import { Webhook } from 'standardwebhooks'
import { type Received, startReceiver } from './receiver.ts'

export interface Message {
  id: string
  message: AlertMessage
}

/** A receiver of webhooks as the library's own page has one: what is not signed with the secret is refused. */
export interface VerifyingReceiver {
  url: string
  secret: string
  /** Verified, oldest first. */
  taken(): Message[]
  /** Requests that it answered with 500 before it took them. */
  failed: Message[]
  /** Answers the next message of this kind with 500. */
  failOnce(kind: AlertMessage['kind']): void
}

export async function startVerifyingReceiver(): Promise<VerifyingReceiver> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const taken: Message[] = []
  const failed: Message[] = []
  let failing: AlertMessage['kind'] | null = null

  const read = ({ headers, body }: Received): Message => {
    const signed = {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    }
    const verifier = new Webhook(secret)
    const message = alertMessage.parse(verifier.verify(body, signed))
    // One that takes anything would prove nothing.
    for (const other of [`${body} `, body.replace('"version":1', '"version":2')])
      try {
        verifier.verify(other, signed)
        throw new Error('a changed body was taken')
      } catch (error) {
        if (!(error instanceof Error) || error.message === 'a changed body was taken') throw error
      }
    return { id: signed['webhook-id'], message }
  }

  const { url } = await startReceiver((request) => {
    try {
      const one = read(request)
      if (one.message.kind === failing) {
        failing = null
        failed.push(one)
        return 500
      }
      taken.push(one)
      return 204
    } catch (error) {
      console.log(`- the receiver refused a webhook: ${error instanceof Error ? error.message : error}`)
      return 400
    }
  })
  return {
    url,
    secret,
    taken: () => taken,
    failed,
    failOnce(kind) {
      failing = kind
    },
  }
}
