import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { enrollRequest, type HostReport, heartbeat, hostReport } from '@graftwatch/contract'

/** Something a demo host sent, in order of arrival. */
export type Arrival =
  | { kind: 'enroll'; hostname: string; token: string }
  | { kind: 'report'; hostname: string; report: HostReport; isGzip: boolean }
  | { kind: 'heartbeat'; hostname: string; sequence: number; stateHash: string }

interface Answering {
  status: number
  body?: object
  retryAfter?: number
}

/**
 * The agents' side of the API, in memory: checks every body against the contract, knows keys and sequences, and lets a test step
 * in before it answers.
 */
export class ProtocolServer {
  readonly arrivals: Arrival[] = []
  readonly token = 'gwt_demo_token_of_the_test'
  /** Returns an answer to give instead of the usual one, after the request was taken down. */
  intervene: (arrival: Arrival) => Answering | null = () => null
  acceptsToken = true
  url = ''
  /** Called after each arrival was taken down. */
  onArrival: (arrival: Arrival) => void = () => {}
  readonly #sequences = new Map<string, number>()
  readonly #hashes = new Map<string, string>()
  readonly #keys = new Map<string, string>()
  readonly #server: Server
  #keyNumber = 0

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  static async start(): Promise<ProtocolServer> {
    const server = new ProtocolServer()
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    server.url = `http://127.0.0.1:${(server.#server.address() as AddressInfo).port}`
    return server
  }

  /** Forgets all keys, or those of one host. */
  revoke(hostname?: string): void {
    for (const [key, owner] of this.#keys)
      if (hostname === undefined || owner === hostname) this.#keys.delete(key)
  }

  setSequence(hostname: string, sequence: number): void {
    this.#sequences.set(hostname, sequence)
  }

  of<Kind extends Arrival['kind']>(kind: Kind): Extract<Arrival, { kind: Kind }>[] {
    return this.arrivals.filter((arrival) => arrival.kind === kind) as Extract<Arrival, { kind: Kind }>[]
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/readyz') {
      response.writeHead(200).end('{}')
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const raw = Buffer.concat(chunks)
    const isGzip = request.headers['content-encoding'] === 'gzip'
    const body: unknown = JSON.parse((isGzip ? gunzipSync(raw) : raw).toString('utf8'))
    const key = (request.headers.authorization ?? '').replace(/^Bearer /, '')
    const { status, body: answer = {}, retryAfter } = this.#answer(request.url ?? '', body, key, isGzip)
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter)
    response.writeHead(status, headers).end(JSON.stringify(answer))
  }

  #answer(path: string, body: unknown, key: string, isGzip: boolean): Answering {
    if (path === '/v1/enroll') return this.#enroll(body)
    const hostname = this.#keys.get(key)
    if (hostname === undefined) return { status: 401, body: { code: 'HOST_KEY_INVALID' } }
    return path === '/v1/reports'
      ? this.#report(hostname, hostReport.parse(body), isGzip)
      : this.#heartbeat(hostname, body)
  }

  #take(arrival: Arrival): void {
    this.arrivals.push(arrival)
    this.onArrival(arrival)
  }

  #enroll(body: unknown): Answering {
    const { hostname, token } = enrollRequest.parse(body)
    const arrival = { kind: 'enroll', hostname, token } as const
    this.#take(arrival)
    if (!this.acceptsToken || token !== this.token) {
      return { status: 401, body: { code: 'ENROLLMENT_TOKEN_INVALID' } }
    }
    const instead = this.intervene(arrival)
    if (instead !== null) return instead
    this.#keyNumber += 1
    const hostKey = `gwh_${this.#keyNumber}`
    this.revoke(hostname)
    this.#keys.set(hostKey, hostname)
    const lastSequence = this.#sequences.get(hostname) ?? 0
    return { status: 200, body: { hostId: String(this.#keyNumber), hostKey, lastSequence } }
  }

  #report(hostname: string, report: HostReport, isGzip: boolean): Answering {
    const arrival = { kind: 'report', hostname, report, isGzip } as const
    this.#take(arrival)
    const instead = this.intervene(arrival)
    if (instead !== null) return instead
    const known = this.#sequences.get(hostname) ?? 0
    if (report.sequence > known) {
      this.#sequences.set(hostname, report.sequence)
      this.#hashes.set(hostname, report.stateHash ?? '')
    }
    return this.#usual(hostname, report.transition === null ? 60 : 5, false)
  }

  #heartbeat(hostname: string, body: unknown): Answering {
    const { sequence, stateHash } = heartbeat.parse(body)
    const arrival = { kind: 'heartbeat', hostname, sequence, stateHash } as const
    this.#take(arrival)
    const instead = this.intervene(arrival)
    if (instead !== null) return instead
    this.#sequences.set(hostname, Math.max(sequence, this.#sequences.get(hostname) ?? 0))
    return this.#usual(hostname, 60, this.#hashes.get(hostname) !== stateHash)
  }

  #usual(hostname: string, nextIntervalSeconds: number, sendReport: boolean): Answering {
    const lastSequence = this.#sequences.get(hostname) ?? 0
    return { status: 200, body: { nextIntervalSeconds, sendReport, lastSequence } }
  }
}
