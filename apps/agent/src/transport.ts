import { readFileSync } from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import type { Duplex } from 'node:stream'
import * as tls from 'node:tls'
import type { Network } from './network.ts'
import { explainTrouble, ProxyFailure } from './trouble.ts'

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
    return new Promise<Response>((done, fail) => {
      const target = new URL(`${url}${path}`)
      connections ??= connect(target, network)
      const { request, ended } = open(target, network, {
        method: 'POST',
        agent: connections,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...headers,
        },
      })
      const abort = (): void => void request.destroy(Object.assign(new Error(), { code: 'stopped' }))
      const timer = setTimeout(
        () => request.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })),
        requestTimeoutMs,
      )
      const finish = (): void => {
        clearTimeout(timer)
        stop?.removeEventListener('abort', abort)
      }
      if (stop?.aborted) abort()
      stop?.addEventListener('abort', abort, { once: true })
      ended.then(done, fail).finally(finish)
      request.end(body)
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

function open(target: URL, { proxy }: Network, options: https.RequestOptions) {
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
  const ended = new Promise<Response>((done, fail) => {
    request.once('error', (error: NodeJS.ErrnoException) => {
      // A kept connection that the server closed while it was idle says nothing about the server.
      const isStale = request.reusedSocket && error.code === 'ECONNRESET'
      fail(
        isForwarded && error.code !== 'stopped' && !isStale
          ? new ProxyFailure(error.code ?? error.name)
          : Object.assign(error, { isStale }),
      )
    })
    request.once('response', (response) => {
      if (isForwarded && response.statusCode === 407) {
        request.destroy()
        fail(new ProxyFailure('407'))
      } else readAnswer(response).then(done, fail)
    })
  })
  return { request, ended }
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

const credentialsOf = ({ username, password }: URL): Record<string, string> => {
  if (username === '') return {}
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(plain).toString('base64')}` }
}

/** TLS through a proxy's CONNECT. */
class TunnelAgent extends https.Agent {
  readonly #proxy: URL

  constructor(proxy: URL, options: https.AgentOptions) {
    super(options)
    this.#proxy = proxy
  }

  override createConnection(
    options: tls.ConnectionOptions & { host?: string; port?: number | string },
    callback: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const proxy = this.#proxy
    const host = options.host ?? ''
    const authority = `${host.includes(':') ? `[${host}]` : host}:${options.port ?? 443}`
    const fail = (code: string): void => callback(new ProxyFailure(code), undefined as never)
    const request = (proxy.protocol === 'https:' ? https : http).request(proxy, {
      method: 'CONNECT',
      path: authority,
      agent: false,
      timeout: requestTimeoutMs,
      headers: { host: authority, ...credentialsOf(proxy) },
    })
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) return callback(null, tls.connect({ ...options, socket }))
      socket.destroy()
      fail(String(response.statusCode))
    })
    request.once('response', (response) => {
      response.destroy()
      fail(String(response.statusCode))
    })
    request.once('timeout', () => request.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })))
    request.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.name))
    request.end()
  }
}
