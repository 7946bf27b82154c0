import { readFileSync } from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import type { Network } from './network.ts'
import { explainTrouble, ProxyFailure } from './trouble.ts'
import { credentialsOf, TunnelAgent } from './tunnel.ts'

export type Response =
  | { status: number; body: string; headers: http.IncomingHttpHeaders }
  /** No answer; why not, and what to do about it. */
  | { why: string }

/** POSTs to one server over a connection that stays open. */
export interface Transport {
  /** `path` begins with a slash. Never throws for what the network or the server does. */
  post(path: string, body: string | Uint8Array, headers?: Record<string, string>): Promise<Response>
}

const requestTimeoutMs = 15_000
/** An answer is a few hundred bytes; more is not from a Graftwatch server, and nobody waits for its end. */
const maxAnswerBytes = 64 * 1024

/** `stop` ends the request in flight. Redirects are not followed: they would carry the key, or turn the POST into a GET. */
export function createTransport(url: string, network: Network, stop?: AbortSignal): Transport {
  let connections: http.Agent | null = null

  function attempt(path: string, body: string | Uint8Array, headers: http.OutgoingHttpHeaders) {
    const target = new URL(`${url}${path}`)
    connections ??= connect(target, network)
    return exchange(target, network, stop, body, {
      method: 'POST',
      agent: connections,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...headers,
      },
    })
  }

  return {
    async post(path, body, headers = {}) {
      for (let tries = 1; ; tries++) {
        try {
          return await attempt(path, body, headers)
        } catch (error) {
          // The next try begins anew, with the CA file and the addresses as they are then.
          connections?.destroy()
          connections = null
          const wasStale = (error as { isStale?: boolean }).isStale === true
          if (tries === 1 && wasStale) continue
          return { why: explainTrouble(error, url, network) }
        }
      }
    },
  }
}

/** Always settles, by its own clock: a request that is destroyed before it has a connection tells nobody. */
function exchange(
  target: URL,
  { proxy }: Network,
  stop: AbortSignal | undefined,
  body: string | Uint8Array,
  options: https.RequestOptions,
): Promise<Response> {
  const isTls = target.protocol === 'https:'
  const isForwarded = proxy !== null && !isTls
  // A proxy is asked for an http URL as a whole (RFC 9112 §3.2.2); for https it is a tunnel, made in connect().
  const request = isForwarded
    ? (proxy.protocol === 'https:' ? https : http).request(proxy, {
        ...options,
        path: target.href,
        headers: { ...options.headers, host: target.host, ...credentialsOf(proxy) },
      })
    : (isTls ? https : http).request(target, options)
  let timer: NodeJS.Timeout
  let abort: () => void
  return new Promise<Response>((done, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      // A kept connection that the server closed while it was idle says nothing about the server.
      const isStale = request.reusedSocket && error.code === 'ECONNRESET'
      reject(
        isForwarded && error.code !== 'stopped' && !isStale
          ? new ProxyFailure(error.code ?? error.name)
          : Object.assign(error, { isStale }),
      )
      request.destroy()
    }
    const failWith = (code: string): void => fail(Object.assign(new Error(), { code }))
    timer = setTimeout(() => failWith('ETIMEDOUT'), requestTimeoutMs)
    abort = () => failWith('stopped')
    if (stop?.aborted) abort()
    stop?.addEventListener('abort', abort, { once: true })
    request.on('error', fail)
    request.once('upgrade', (_response, socket) => {
      socket.destroy()
      failWith('101')
    })
    request.once('response', (response) => {
      if (isForwarded && response.statusCode === 407) failWith('407')
      else readAnswer(response).then(done, reject)
    })
    request.end(body)
  }).finally(() => {
    clearTimeout(timer)
    stop?.removeEventListener('abort', abort)
  })
}

async function readAnswer(response: http.IncomingMessage): Promise<Response> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response) {
    bytes += (chunk as Uint8Array).length
    if (bytes > maxAnswerBytes) {
      response.destroy()
      return { why: `it answers with more than ${maxAnswerBytes / 1024} KiB` }
    }
    chunks.push(chunk as Uint8Array)
  }
  return {
    status: response.statusCode ?? 0,
    body: Buffer.concat(chunks).toString('utf8'),
    headers: response.headers,
  }
}

/** One connection, kept open: a new one costs more bytes than a day of what goes over it. */
const kept = { keepAlive: true, maxSockets: 1 }

function connect(target: URL, { proxy, caFile }: Network): http.Agent {
  if (target.protocol === 'http:')
    return proxy?.protocol === 'https:' ? new https.Agent(kept) : new http.Agent(kept)
  const ca = caFile === null ? {} : { ca: readAuthorities(caFile) }
  return proxy === null ? new https.Agent({ ...kept, ...ca }) : new TunnelAgent(proxy, { ...kept, ...ca })
}

function readAuthorities(caFile: string): string {
  const remedy = 'set GRAFTWATCH_CA_FILE to a PEM file that this user can read'
  let text: string
  try {
    text = readFileSync(caFile, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw Object.assign(new Error(`${caFile} cannot be read (${code}); ${remedy}`), { code: 'CA_FILE' })
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw Object.assign(new Error(`${caFile} holds no certificate; ${remedy}`), { code: 'CA_FILE' })
}
