import * as http from 'node:http'
import * as https from 'node:https'
import type { Duplex } from 'node:stream'
import * as tls from 'node:tls'
import { ProxyFailure } from './trouble.ts'

/** Shorter than a request may take as a whole, so that a proxy which answers too slowly is the one that is named. */
const connectTimeoutMs = 10_000

/** TLS through a proxy's CONNECT. `destroy` also ends a CONNECT that has no answer yet. */
export class TunnelAgent extends https.Agent {
  readonly #proxy: URL
  readonly #isOver = new AbortController()

  constructor(proxy: URL, options: https.AgentOptions) {
    super(options)
    this.#proxy = proxy
  }

  override destroy(): void {
    this.#isOver.abort()
    super.destroy()
  }

  override createConnection(
    options: tls.ConnectionOptions & { host?: string; port?: number | string },
    callback: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const proxy = this.#proxy
    const host = options.host ?? ''
    const authority = `${host.includes(':') ? `[${host}]` : host}:${options.port ?? 443}`
    const request = (proxy.protocol === 'https:' ? https : http).request(proxy, {
      method: 'CONNECT',
      path: authority,
      agent: false,
      signal: this.#isOver.signal,
      headers: { host: authority, ...credentialsOf(proxy) },
    })
    // Of the whole exchange: a time without a byte starts anew with each one that a slow proxy sends.
    const timer = setTimeout(
      () => request.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })),
      connectTimeoutMs,
    )
    const fail = (code: string): void => {
      clearTimeout(timer)
      callback(new ProxyFailure(code), undefined as never)
    }
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) {
        clearTimeout(timer)
        return callback(null, tls.connect({ ...options, socket }))
      }
      socket.destroy()
      fail(String(response.statusCode))
    })
    request.once('response', (response) => {
      response.destroy()
      fail(String(response.statusCode))
    })
    request.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.name))
    request.end()
  }
}

/** The header that shows a proxy the credentials of its URL; empty without any. */
export function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(plain).toString('base64')}` }
}
