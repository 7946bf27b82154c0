import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createTransport } from 'nodemailer'
import { deadlineMs } from './egress.ts'
import type { Mail } from './email.ts'
import { failureOf, SendFailure } from './failure.ts'
import { checkLiteral, guardedLookup } from './guarded-lookup.ts'
import { type OpenChannel, type Sent, unanswered } from './outgoing.ts'

async function connected(
  { target, allowPrivate }: OpenChannel<'email'>,
  signal: AbortSignal,
): Promise<Socket> {
  checkLiteral(target.host, allowPrivate)
  const socket = connect({ host: target.host, port: target.port, lookup: guardedLookup(allowPrivate) })
  socket.on('error', () => {})
  try {
    await once(socket, 'connect', { signal })
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

interface SmtpError extends Error {
  code?: string
  responseCode?: number
  response?: string
}

const words: Record<string, string> = {
  EAUTH: 'the user or the password is not right',
  ETLS: 'the connection cannot be encrypted',
  ENOAUTH: 'the user or the password is missing',
}

/** What the server answered, or what kept it from answering. nodemailer's own messages can hold what was sent. */
function failedBy(host: string, error: SmtpError, signal: AbortSignal): Sent {
  const failed = { isDelivered: false, retryAfterSeconds: null }
  if (signal.aborted) return unanswered(failureOf(host, signal.reason).message)
  const status = error.responseCode ?? null
  const isRefused = status !== null && status >= 500
  const said = error.code === undefined ? undefined : words[error.code]
  if (said)
    return { ...failed, isRefused, status, answer: `${host}: ${said}${status ? ` (${status})` : ''}.` }
  if (error.response) return { ...failed, isRefused, status, answer: error.response }
  return { ...failed, isRefused, status, answer: failureOf(host, error).message }
}

/**
 * Hands one mail to the server of the channel, over a socket of our own: its address was checked when it was resolved, and the deadline
 * can end it. `starttls` never sends in clear; `none` never encrypts. Resolves however it ends.
 */
export async function sendMail(channel: OpenChannel<'email'>, mail: Mail, ended: AbortSignal): Promise<Sent> {
  const { target, secret } = channel
  const signal = AbortSignal.any([ended, AbortSignal.timeout(deadlineMs)])
  let socket: Socket | undefined
  try {
    const connection = await connected(channel, signal)
    socket = connection
    const stop = () => connection.destroy()
    signal.addEventListener('abort', stop, { once: true })
    const transport = createTransport({
      host: target.host,
      port: target.port,
      secure: target.security === 'tls',
      requireTLS: target.security === 'starttls',
      ignoreTLS: target.security === 'none',
      ...(target.user !== null && { auth: { user: target.user, pass: secret ?? '' } }),
      connectionTimeout: deadlineMs,
      greetingTimeout: deadlineMs,
      socketTimeout: deadlineMs,
      disableFileAccess: true,
      disableUrlAccess: true,
      getSocket: (_options, callback) => callback(null, { connection }),
    })
    const info = await transport.sendMail(mail)
    signal.removeEventListener('abort', stop)
    const missed =
      info.rejected.length > 0 ? ` ${info.rejected.length} of ${mail.to.length} recipients refused.` : ''
    return {
      isDelivered: true,
      isRefused: false,
      status: 250,
      answer: `${info.response}${missed}`,
      retryAfterSeconds: null,
    }
  } catch (error) {
    if (error instanceof SendFailure) return unanswered(error.message)
    return failedBy(target.host, error as SmtpError, signal)
  } finally {
    socket?.destroy()
  }
}
