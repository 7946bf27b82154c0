import { Agent, type Dispatcher } from 'undici'
import { failureOf, SendFailure } from './failure.ts'
import { checkLiteral, guardedLookup } from './guarded-lookup.ts'

/** How long one attempt may take, with every hop and the answer. */
export const deadlineMs = 10_000
const redirectsMax = 3
const answerMax = 64 * 1024

export interface Post {
  url: string
  headers: Record<string, string>
  body: string
  allowPrivate: boolean
  /** Ends the attempt early. */
  signal: AbortSignal
}

/** `text`: the first 64 KiB of the body. */
export interface Answer {
  status: number
  text: string
  retryAfterSeconds: number | null
}

const agentFor = (allowPrivate: boolean): Agent =>
  new Agent({
    connect: { lookup: guardedLookup(allowPrivate), timeout: deadlineMs },
    connections: 8,
    headersTimeout: deadlineMs,
    bodyTimeout: deadlineMs,
    keepAliveTimeout: 5000,
    maxHeaderSize: 16 * 1024,
  })
// Two, since a connection that is kept was made under the rule of its agent.
const agents = { private: agentFor(true), public: agentFor(false) }

/** Reads what is of use and closes the socket on the rest. */
async function beginningOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= answerMax) break
  }
  return Buffer.concat(chunks).subarray(0, answerMax).toString('utf8')
}

/** Seconds, or an HTTP date; null for neither. Source: RFC 9110 §10.2.3. */
export function retryAfterOf(value: string | string[] | undefined, now = Date.now()): number | null {
  const text = [value ?? ''].flat()[0]?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text)
  const at = /^[A-Za-z]{3}, /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1000))
}

/** Where a redirect leads, when a POST may follow it there. Throws SendFailure. */
function nextHop(status: number, from: URL, location: string | string[] | undefined): URL {
  if (status !== 307 && status !== 308)
    throw new SendFailure(
      `${from.host} answers ${status}, which would turn the message into a request without one. Enter the address it leads to.`,
    )
  const to = URL.parse([location ?? ''].flat()[0] ?? '', from.href)
  if (!to || !/^https?:$/.test(to.protocol))
    throw new SendFailure(`${from.host} redirects to what is no http or https address.`)
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw new SendFailure(`${from.host} redirects from https to http, where the message could be read.`)
  return to
}

/** What proves who we are is for the host it was made for. */
const withoutCredentials = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'))

/**
 * One POST, over at most 3 redirects (307, 308), each checked anew: only addresses that the channel may reach are connected to. Ends
 * within {@link deadlineMs}. Rejects with SendFailure when there was no answer; an answer of any status is returned.
 */
export async function post(request: Post): Promise<Answer> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(deadlineMs)])
  const dispatcher = request.allowPrivate ? agents.private : agents.public
  let url = new URL(request.url)
  let { headers } = request
  for (let hops = 0; ; hops += 1) {
    try {
      checkLiteral(url.hostname, request.allowPrivate)
      const answer = await dispatcher.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        headers: { 'user-agent': 'Graftwatch', 'content-type': 'application/json', ...headers },
        body: request.body,
        signal,
      })
      const { statusCode: status } = answer
      if (status < 300 || status >= 400 || status === 304) {
        // The head has said it all; a body that breaks off takes nothing back.
        const text = await beginningOf(answer.body).catch(() => '')
        return { status, text, retryAfterSeconds: retryAfterOf(answer.headers['retry-after']) }
      }
      answer.body.on('error', () => {}).destroy()
      const to = nextHop(status, url, answer.headers.location)
      if (hops >= redirectsMax)
        throw new SendFailure(`${url.host} redirects more than ${redirectsMax} times.`)
      if (to.origin !== url.origin) headers = withoutCredentials(headers)
      url = to
    } catch (error) {
      throw failureOf(url.host, error)
    }
  }
}
