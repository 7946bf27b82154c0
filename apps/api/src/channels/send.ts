import type { ChannelType } from '@graftwatch/contract'
import { formatAlertmanager } from './alertmanager.ts'
import { type Answer, post } from './egress.ts'
import { formatEmail } from './email.ts'
import { SendFailure } from './failure.ts'
import { cut } from './message-text.ts'
import { type Formatted, type OpenChannel, type Outgoing, type Sent, unanswered } from './outgoing.ts'
import { formatPagerduty } from './pagerduty.ts'
import { formatSlack } from './slack.ts'
import { sendMail } from './smtp.ts'
import { formatWebhook } from './webhook.ts'

const answerMax = 500

/** Statuses of 4xx that another attempt may not meet. */
const passing = new Set([408, 425, 429])

const isType = <Type extends ChannelType>(
  channel: OpenChannel,
  type: Type,
): channel is OpenChannel & OpenChannel<Type> => channel.target.type === type

const missing = (what: string): Sent =>
  unanswered(`This channel has no ${what}. Enter it, and send it again.`)

/** The one request that tells it; null for mail, which is none. */
function requestOf(
  channel: OpenChannel,
  outgoing: readonly [Outgoing, ...Outgoing[]],
  at: Date,
): Formatted | Sent {
  const [first] = outgoing
  const { secret } = channel
  if (isType(channel, 'alertmanager'))
    return formatAlertmanager(outgoing, channel.target, secret, at.toISOString())
  if (isType(channel, 'webhook'))
    return secret ? formatWebhook(first, channel.target, secret, at) : missing('secret to sign with')
  if (isType(channel, 'slack'))
    return secret ? formatSlack(first.message, secret) : missing('webhook address')
  if (isType(channel, 'pagerduty'))
    return secret ? formatPagerduty(first, channel.target, secret) : missing('routing key')
  throw new Error(`nothing is posted to a channel of type ${channel.target.type}`)
}

function judged({ status, text, retryAfterSeconds }: Answer): Sent {
  return {
    isDelivered: status >= 200 && status < 300,
    isRefused: status >= 400 && status < 500 && !passing.has(status),
    status,
    answer: text,
    retryAfterSeconds,
  }
}

/** A receiver may repeat what it was sent; what is secret of it is not kept. */
function withoutSecret(text: string, { secret, target }: OpenChannel): string {
  if (!secret) return text
  const secrets = [secret]
  if (target.type === 'alertmanager') secrets.push(Buffer.from(`${target.user}:${secret}`).toString('base64'))
  if (target.type === 'email')
    secrets.push(
      Buffer.from(secret).toString('base64'),
      Buffer.from(`\u0000${target.user}\u0000${secret}`).toString('base64'),
    )
  if (target.type === 'slack') secrets.push(new URL(secret).pathname)
  return secrets.reduce((kept, each) => kept.replaceAll(each, '[secret]'), text)
}

const tidy = (sent: Sent, channel: OpenChannel): Sent => ({
  ...sent,
  answer: cut(
    withoutSecret(sent.answer, channel)
      .toWellFormed()
      .replace(/\p{Cc}+/gu, ' ')
      .trim(),
    answerMax,
  ),
})

/**
 * One attempt to tell a channel something, ended after 10 s. Several things at once only to an Alertmanager. Resolves however it ends;
 * `at` is the time of this attempt, which signatures carry.
 */
export async function send(
  channel: OpenChannel,
  outgoing: readonly [Outgoing, ...Outgoing[]],
  ended: AbortSignal,
  at = new Date(),
): Promise<Sent> {
  if (isType(channel, 'email'))
    return tidy(await sendMail(channel, formatEmail(outgoing[0], channel.target), ended), channel)
  const request = requestOf(channel, outgoing, at)
  if ('isDelivered' in request) return request
  try {
    const answer = await post({ ...request, allowPrivate: channel.allowPrivate, signal: ended })
    return tidy(judged(answer), channel)
  } catch (error) {
    if (error instanceof SendFailure) return tidy(unanswered(error.message), channel)
    throw error
  }
}
