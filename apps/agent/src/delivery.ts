import type { EnrollRequest, EnrollResponse, IngestAnswer } from '@graftwatch/contract/enroll'
import { Failure } from './failure.ts'
import { directNetwork, type Network } from './network.ts'
import { isSequence } from './sequence.ts'
import { createTransport, type Response } from './transport.ts'

/** What became of one request. Only an answer says that the server has it. */
export type Outcome =
  | { kind: 'answered'; answer: IngestAnswer }
  /** Not now: the server is busy or out of reach. `afterSeconds` is its own word, null when it gave none. */
  | { kind: 'later'; why: string; afterSeconds: number | null }
  /** The server will never take this one. */
  | { kind: 'refused'; why: string }
  /** The key is not, or no longer, valid. `wasAccepted`: it was. */
  | { kind: 'unauthorized'; wasAccepted: boolean }

/** What is sent: JSON text, or packed as the spool keeps it. */
export interface Message {
  path: '/v1/reports' | '/v1/heartbeats'
  body: string | Uint8Array
  isPacked?: boolean
  /** The host's clock as it sends, in ms: by it the server tells a slow clock from a report that waited here. */
  sentAtMs?: number
}

export interface Delivery {
  /** Never throws for what the network or the server does. */
  send(message: Message): Promise<Outcome>
}

export interface DeliveryOptions {
  network?: Network
  /** Ends the request in flight. */
  stop?: AbortSignal
  /** The key as it is now on disk, asked for when the server refuses the one in use: it may have been replaced. */
  rereadKey?: () => string | null
  /** Remembers which key the server has taken. */
  accepted?: AcceptedKey
}

/** Told with each answer; knows it over restarts. */
export interface AcceptedKey {
  is(url: string, hostKey: string): boolean
  note(url: string, hostKey: string): void
}

/** Delivers to one server with this host's key. */
export function createDelivery(url: string, hostKey: string, options: DeliveryOptions = {}): Delivery {
  const transport = createTransport(url, options.network ?? directNetwork, options.stop)
  let key = hostKey

  const post = ({ path, body, isPacked, sentAtMs }: Message): Promise<Response> =>
    transport.post(path, body, {
      authorization: `Bearer ${key}`,
      ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
      ...(sentAtMs === undefined ? {} : { date: new Date(sentAtMs).toUTCString() }),
    })

  async function attempt(message: Message): Promise<Outcome> {
    const outcome = outcomeOf(await post(message), url)
    if (outcome.kind === 'answered') options.accepted?.note(url, key)
    return outcome.kind === 'unauthorized'
      ? { ...outcome, wasAccepted: options.accepted?.is(url, key) ?? false }
      : outcome
  }

  return {
    async send(message) {
      const outcome = await attempt(message)
      if (outcome.kind !== 'unauthorized') return outcome
      const replaced = options.rereadKey?.() ?? key
      if (replaced === key) return outcome
      key = replaced
      return attempt(message)
    },
  }
}

/** What the server says of the report itself; any other refusal may come from something in between and is no verdict. */
const verdicts = new Set([400, 413, 415, 422])

function outcomeOf(response: Response, url: string): Outcome {
  const later = (why: string, afterSeconds: number | null = null): Outcome => ({
    kind: 'later',
    why,
    afterSeconds,
  })
  if ('why' in response) return later(response.why)
  const { status, body, headers } = response
  if (status >= 200 && status < 300) {
    const answer = parseAnswer(body)
    return answer
      ? { kind: 'answered', answer }
      : later(`${status} with an answer that is not one; check GRAFTWATCH_URL`)
  }
  const problem = problemOf(body)
  if (status === 401 && problem !== '') return { kind: 'unauthorized', wasAccepted: false }
  if (verdicts.has(status) && problem !== '') return { kind: 'refused', why: `${status} ${problem}` }
  if (status === 429 || status >= 500) {
    // Its own clock, where it says it: this host's may be a day off.
    const nowMs = Date.parse(headers.date ?? '') || Date.now()
    return later(`${status} ${problem}`.trim(), parseRetryAfter(headers['retry-after'] ?? null, nowMs))
  }
  return later(`${status} ${problem}`.trim() + remedyFor(status, url))
}

function remedyFor(status: number, url: string): string {
  if (status >= 300 && status < 400) return `: ${url} leads elsewhere; set GRAFTWATCH_URL to where it leads`
  if (status === 407) return ': a proxy wants credentials; put them into HTTPS_PROXY or HTTP_PROXY'
  return `: that is not a Graftwatch server's word; check GRAFTWATCH_URL, and the proxy or gateway before it`
}

/** Registers a host. Throws Failure with what to do when the server refuses or cannot be reached. */
export async function requestEnrollment(
  url: string,
  request: EnrollRequest,
  options: Pick<DeliveryOptions, 'network' | 'stop'> = {},
): Promise<EnrollResponse> {
  const transport = createTransport(url, options.network ?? directNetwork, options.stop)
  const response = await transport.post('/v1/enroll', JSON.stringify(request))
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
