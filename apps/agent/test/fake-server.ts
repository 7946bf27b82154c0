import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

/** A request as the server got it, body unpacked. */
export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: Record<string, unknown>
}

export interface Answer {
  status?: number
  headers?: Record<string, string>
  body?: unknown
}

/** A server on a free port that answers as told; only the wire is its own. */
export interface FakeServer {
  url: string
  received: Received[]
  /** Resolves with the next request that comes. */
  next(): Promise<Received>
  /** Ends the connections that are open, and goes on. */
  closeConnections(): void
  close(): Promise<void>
}

export const calm: Answer = { body: { nextIntervalSeconds: 60, sendReport: false, lastSequence: 0 } }

export async function startServer(answer: (request: Received, index: number) => Answer): Promise<FakeServer> {
  const received: Received[] = []
  let waiting: ((request: Received) => void)[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const raw = Buffer.concat(chunks)
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
    const got = { path: request.url ?? '', headers: request.headers, body: JSON.parse(text.toString('utf8')) }
    received.push(got)
    const { status = 200, headers = {}, body } = answer(got, received.length - 1)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(body === undefined ? '' : JSON.stringify(body))
    for (const tell of waiting) tell(got)
    waiting = []
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    next: () => new Promise((tell) => waiting.push(tell)),
    closeConnections: () => server.closeAllConnections(),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
