import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'

/** A forward proxy on a free port: CONNECT to anywhere, http asked whole. */
export interface SmallProxy {
  url: string
  /** What was asked of it, such as `CONNECT graftwatch.test:443`, with the credentials that came along. */
  asked: { what: string; credentials: string | undefined }[]
  close(): Promise<void>
}

/** `status` other than 200 is what it answers to everything. `port` is where a name that nobody can resolve leads. */
export async function startProxy({ status = 200, port = 0 } = {}): Promise<SmallProxy> {
  const asked: SmallProxy['asked'] = []
  const tunnels = new Set<Duplex>()
  const note = (what: string, headers: Record<string, unknown>): void => {
    asked.push({ what, credentials: headers['proxy-authorization'] as string | undefined })
  }
  const server = createServer((incoming, outgoing) => {
    note(`${incoming.method} ${incoming.url}`, incoming.headers)
    if (status !== 200) {
      outgoing.writeHead(status).end()
      return
    }
    const forwarded = request(
      incoming.url ?? '',
      { method: incoming.method, headers: incoming.headers },
      (got) => {
        outgoing.writeHead(got.statusCode ?? 502, got.headers)
        got.pipe(outgoing)
      },
    )
    incoming.pipe(forwarded)
  })
  server.on('connect', (incoming, client) => {
    note(`CONNECT ${incoming.url}`, incoming.headers)
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`)
      return
    }
    tunnels.add(client)
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connected\r\n\r\n')
      upstream.pipe(client)
      client.pipe(upstream)
    })
    for (const [one, other] of [
      [upstream, client],
      [client, upstream],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections()
      for (const tunnel of tunnels) tunnel.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
