import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)

/** An answer of the server, whatever its status. `code` is that of a problem answer. */
export interface Answer {
  readonly kind: 'answer'
  readonly status: number
  readonly body: unknown
  readonly code: string | null
  /** Seconds the server asked to wait; null when it named none. */
  readonly retryAfterSeconds: number | null
}

/** No answer: `reason` is the error's code or name. */
export interface NoAnswer {
  readonly kind: 'none'
  readonly reason: string
}

export type Reply = Answer | NoAnswer

const timeoutMs = 10_000
/** Smaller bodies do not gain from compression. */
const compressFrom = 1_024

const retryAfter = (headers: Headers): number | null => {
  const text = headers.get('retry-after')
  const seconds = text === null ? Number.NaN : Number(text)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 600) : null
}

const codeOf = (body: unknown): string | null =>
  typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string'
    ? body.code
    : null

/** POSTs JSON the way an agent does. Never throws; an aborted request is a {@link NoAnswer}. */
export const post = async (
  url: string,
  content: unknown,
  options: { readonly key?: string; readonly signal: AbortSignal },
): Promise<Reply> => {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (options.key !== undefined) headers.authorization = `Bearer ${options.key}`
  const json = JSON.stringify(content)
  let body: string | Uint8Array<ArrayBuffer> = json
  if (json.length >= compressFrom) {
    body = new Uint8Array(await compress(json))
    headers['content-encoding'] = 'gzip'
  }
  try {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)])
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' })
    const text = await response.text()
    const answer: unknown = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : null
    return {
      kind: 'answer',
      status: response.status,
      body: answer,
      code: codeOf(answer),
      retryAfterSeconds: retryAfter(response.headers),
    }
  } catch (error) {
    const { cause, name } = error as Error
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : name
    return { kind: 'none', reason: code }
  }
}
