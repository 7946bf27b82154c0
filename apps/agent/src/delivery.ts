import { gzipSync } from 'node:zlib'
import type { EnrollRequest, EnrollResponse, IngestAnswer } from '@graftwatch/contract/enroll'
import { Failure } from './failure.ts'
import { isSequence } from './sequence.ts'

/** What became of one request. Only an answer says that the server has it. */
export type Outcome =
  | { kind: 'answered'; answer: IngestAnswer }
  /** Not now: the server is busy or out of reach. `afterSeconds` is its own word, null when it gave none. */
  | { kind: 'later'; why: string; afterSeconds: number | null }
  /** The server will never take this one. */
  | { kind: 'refused'; why: string }
  /** The key is not, or no longer, valid. */
  | { kind: 'unauthorized' }

export interface Delivery {
  /** JSON text of a report or a heartbeat. Never throws for what the network or the server does. */
  send(path: '/v1/reports' | '/v1/heartbeats', body: string): Promise<Outcome>
}

const requestTimeoutMs = 30_000
/** Below this compression saves nothing. */
const gzipFromBytes = 1024
/** An answer is a few hundred bytes; more is not from a Graftwatch server, and nobody waits for its end. */
const maxAnswerBytes = 64 * 1024

/** Delivers to one server with this host's key. `stop` ends the request in flight. */
export function createDelivery(url: string, hostKey: string, stop?: AbortSignal): Delivery {
  return {
    async send(path, body) {
      const isLarge = body.length >= gzipFromBytes
      const response = await post(`${url}${path}`, isLarge ? gzipSync(body) : body, stop, {
        authorization: `Bearer ${hostKey}`,
        ...(isLarge ? { 'content-encoding': 'gzip' } : {}),
      })
      if ('why' in response) return { kind: 'later', why: response.why, afterSeconds: null }
      const { status } = response
      if (status === 401) return { kind: 'unauthorized' }
      if (status >= 200 && status < 300) {
        const answer = parseAnswer(response.body)
        return answer
          ? { kind: 'answered', answer }
          : { kind: 'later', why: `${status} with an answer that is not one`, afterSeconds: null }
      }
      const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429
      if (isFinal) return { kind: 'refused', why: `${status} ${problemOf(response.body)}`.trim() }
      return {
        kind: 'later',
        why: String(status),
        afterSeconds: parseRetryAfter(response.retryAfter, Date.now()),
      }
    },
  }
}

/** Registers a host. Throws Failure with what to do when the server refuses or cannot be reached. */
export async function requestEnrollment(
  url: string,
  request: EnrollRequest,
  stop?: AbortSignal,
): Promise<EnrollResponse> {
  const response = await post(`${url}/v1/enroll`, JSON.stringify(request), stop)
  if ('why' in response) throw new EnrollmentFailure(`cannot reach ${url} (${response.why}).`, true)
  if (response.status < 200 || response.status >= 300) {
    const isTemporary = response.status >= 500 || response.status === 408 || response.status === 429
    const remedy = isTemporary
      ? 'Try again later.'
      : 'Ask an admin of the dashboard for a new enrollment token and pass it as GRAFTWATCH_TOKEN.'
    const answer = `${response.status} ${problemOf(response.body)}`.trim()
    throw new EnrollmentFailure(`${url} answered ${answer}. ${remedy}`, isTemporary)
  }
  const answer = parseJson(response.body) as Partial<EnrollResponse> | null
  // The id is printed: it must be a number and nothing that a terminal would act on.
  if (typeof answer?.hostKey !== 'string' || !/^\d{1,16}$/.test(textOf(answer.hostId))) {
    throw new EnrollmentFailure(`${url} answered, but not as a Graftwatch server does. Check the URL.`, false)
  }
  if (!isSequence(answer.lastSequence)) {
    throw new EnrollmentFailure(
      `${url} answered with a last sequence that is no whole number from 0 to 2^52. Update the server, or check the URL.`,
      false,
    )
  }
  return { hostId: textOf(answer.hostId), hostKey: answer.hostKey, lastSequence: answer.lastSequence }
}

export class EnrollmentFailure extends Failure {
  /** Whether trying again can help without anybody changing anything. */
  readonly isTemporary: boolean

  constructor(message: string, isTemporary: boolean) {
    super(`enrollment failed: ${message}`)
    this.isTemporary = isTemporary
  }
}

type Response = { status: number; body: string; retryAfter: string | null } | { why: string }

async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  stop?: AbortSignal,
  headers: Record<string, string> = {},
): Promise<Response> {
  const limit = new AbortController()
  const abort = (): void => limit.abort()
  const timer = setTimeout(abort, requestTimeoutMs)
  stop?.addEventListener('abort', abort, { once: true })
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        // This host's clock: it tells the server a slow clock from a report that waited here.
        date: new Date().toUTCString(),
        ...headers,
      },
      // A redirect would carry the key, or turn the POST into a GET.
      redirect: 'error',
      signal: limit.signal,
    })
    const text = await readAnswer(response.body)
    if (text === null) {
      abort()
      return { why: `it answers with more than ${maxAnswerBytes / 1024} KiB` }
    }
    return { status: response.status, body: text, retryAfter: response.headers.get('retry-after') }
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined
    return { why: cause?.code ?? (error as Error).name }
  } finally {
    clearTimeout(timer)
    stop?.removeEventListener('abort', abort)
  }
}

/** Reads a body chunk by chunk, decoded; null when it is longer than an answer can be. */
async function readAnswer(body: ReadableStream<Uint8Array> | null): Promise<string | null> {
  if (body === null) return ''
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks).toString('utf8')
    bytes += value.length
    if (bytes > maxAnswerBytes) return null
    chunks.push(value)
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function parseAnswer(text: string): IngestAnswer | null {
  const answer = parseJson(text) as Partial<IngestAnswer> | null
  if (answer === null || typeof answer !== 'object') return null
  const { nextIntervalSeconds, sendReport, lastSequence } = answer
  if (!Number.isFinite(nextIntervalSeconds) || !isSequence(lastSequence)) return null
  return {
    nextIntervalSeconds: nextIntervalSeconds as number,
    sendReport: sendReport === true,
    lastSequence,
  }
}

/** `code` of a problem+json body: a fixed word, where a body could hold anything. */
function problemOf(text: string): string {
  const { code } = (parseJson(text) ?? {}) as { code?: unknown }
  return typeof code === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(code) ? code : ''
}

const longestWaitSeconds = 600

/** Seconds a Retry-After header asks for, at most 600; null when absent or unreadable. RFC 9110 §10.2.3. */
export function parseRetryAfter(value: string | null, nowMs: number): number | null {
  if (value === null) return null
  const seconds = /^\d{1,9}$/.test(value.trim()) ? Number(value) : (Date.parse(value) - nowMs) / 1000
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), longestWaitSeconds) : null
}

/**
 * Seconds to wait before try number `failures` + 1: a random part of 2, 4, 8 … at most 300, so that a fleet does not come
 * back in step; never less than the server asked for, plus up to a tenth of that.
 */
export function backoffSeconds(failures: number, afterSeconds: number | null, random: () => number): number {
  const ceiling = Math.min(2 ** Math.min(failures, 10), 300)
  const own = ceiling * (0.5 + random() / 2)
  return afterSeconds === null ? own : Math.max(own, afterSeconds * (1 + random() / 10))
}
