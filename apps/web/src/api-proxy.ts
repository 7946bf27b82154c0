import type { Problem } from '@graftwatch/contract'
import { apiAddress } from './api-address.ts'

const apiPath = /^\/(v1|docs|agent)(\/|$)|^\/(openapi\.json|install\.sh|docs)$/

/** MiB of a body that the API takes at most, as it was sent; an inventory of labels is larger than anything else. */
const bodyLimitOf = (pathname: string): number => (pathname === '/v1/labels/import' ? 4 : 1)

/** Whether the API answers this path; everything else is a page. */
export const isApiPath = (pathname: string): boolean => apiPath.test(pathname)

/** Headers that describe one connection, not the message (RFC 9110 §7.6.1), and what fetch sets by itself. */
const connectionHeaders = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/**
 * Hands a request to the API and its answer back, both streamed. Never throws: an API that does not answer is a 502 problem.
 *
 * Done with fetch rather than a rewrite, since Next answers a failed rewrite with a bare 500.
 */
export async function forwardToApi(request: Request): Promise<Response> {
  const url = new URL(request.url)
  // The API would hang up in the middle of it, which looks like an API that is down: a reason to try again for ever.
  const limit = bodyLimitOf(url.pathname)
  if (Number(request.headers.get('content-length') ?? 0) > limit * 1024 * 1024) return tooLarge(limit)
  try {
    const answer = await fetch(`${apiAddress()}${url.pathname}${url.search}`, {
      method: request.method,
      headers: forwardedHeaders(request, url),
      body: request.body,
      redirect: 'manual',
      signal: request.signal,
      cache: 'no-store',
      // Node wants this for a streamed body; the DOM's types do not know it.
      ...(request.body === null ? {} : { duplex: 'half' }),
    })
    return new Response(answer.body, { status: answer.status, headers: answerHeaders(answer, url) })
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 499 })
    console.error(
      `web: the API at ${apiAddress()} did not answer ${request.method} ${url.pathname}`,
      causeOf(error),
    )
    return unreachable()
  }
}

function forwardedHeaders(request: Request, url: URL): Headers {
  const headers = new Headers(request.headers)
  for (const name of connectionHeaders) headers.delete(name)
  // The first proxy in front knows the address people typed; without one it is ours.
  if (!headers.has('x-forwarded-host'))
    headers.set('x-forwarded-host', request.headers.get('host') ?? url.host)
  if (!headers.has('x-forwarded-proto')) headers.set('x-forwarded-proto', url.protocol.replace(':', ''))
  return headers
}

function answerHeaders(answer: Response, url: URL): Headers {
  const headers = new Headers(answer.headers)
  for (const name of connectionHeaders) headers.delete(name)
  // fetch has already unpacked the body.
  headers.delete('content-encoding')
  headers.set('x-content-type-options', 'nosniff')
  // Next takes only absolute addresses from here.
  const location = headers.get('location')
  if (location !== null) headers.set('location', new URL(location, url).href)
  if (headers.get('content-type')?.startsWith('text/event-stream')) {
    // Next compresses what may be transformed, and would hold events back until its buffer is full.
    headers.set('cache-control', 'no-cache, no-transform')
    headers.set('x-accel-buffering', 'no')
  }
  return headers
}

/** The same answer as the API's own. */
function tooLarge(limit: number): Response {
  return answerProblem({
    type: 'about:blank',
    title: 'The body is too large',
    status: 413,
    code: 'BODY_TOO_LARGE',
    detail: `The body has more than ${limit} MiB.`,
    remedy:
      'Send less at once, in several requests; a report lists fewer tasks and counts the rest in blockingOmitted.',
  })
}

/** The RFC 9457 answer for an API that cannot be reached. */
function unreachable(): Response {
  return answerProblem({
    type: 'about:blank',
    title: 'Bad gateway',
    status: 502,
    code: 'API_UNREACHABLE',
    detail: 'The dashboard cannot reach the Graftwatch API.',
    remedy: 'Check that the API runs, and that GRAFTWATCH_API_URL of the dashboard names its address.',
  })
}

function answerProblem(problem: Problem): Response {
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  if (problem.status >= 500) headers.set('retry-after', '5')
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

const causeOf = (error: unknown): string =>
  error instanceof Error ? String(error.cause ?? error.message) : String(error)
