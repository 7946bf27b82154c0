import { createServer, type IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import next from 'next'

/**
 * The production server of the dashboard: Next's own handler behind a door that Next does not have.
 *
 * A browser may send any x-forwarded-* header, and limits by address would believe it; unless a proxy of ours stands in front
 * (GRAFTWATCH_TRUST_PROXY), they are taken off, and Next then names the address of the connection itself. Nothing here is
 * upgraded, so what asks for it is closed. Connections stay open between two reports of a host: Next's 5 s would end them, and a
 * POST that meets that end is lost on its way.
 */
const { values } = parseArgs({
  options: { port: { type: 'string', default: '3000' }, host: { type: 'string', default: '127.0.0.1' } },
})
const { GRAFTWATCH_TRUST_PROXY } = process.env
const trustsProxy = GRAFTWATCH_TRUST_PROXY === '1' || GRAFTWATCH_TRUST_PROXY === 'true'
const port = Number(values.port)

function takeOffForwarded(request: IncomingMessage): void {
  for (const name of Object.keys(request.headers))
    if (name === 'forwarded' || name === 'x-real-ip' || name.startsWith('x-forwarded-'))
      delete request.headers[name]
}

const app = next({
  dev: false,
  dir: fileURLToPath(new URL('.', import.meta.url)),
  hostname: values.host,
  port,
})
await app.prepare()
const handle = app.getRequestHandler()
const server = createServer((request, response) => {
  if (!trustsProxy) takeOffForwarded(request)
  void handle(request, response)
})
server.keepAliveTimeout = 70_000
server.on('upgrade', (_request, socket) => socket.destroy())
server.on('error', (error) => {
  console.error(error.message)
  process.exit(1)
})
server.listen(port, values.host, () => {
  const address = server.address()
  if (address !== null && typeof address !== 'string')
    console.log(`dashboard listens on http://${values.host}:${address.port}`)
})
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    server.close(() => process.exit(0))
    // Event streams never end by themselves.
    server.closeAllConnections()
  })
