import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { checksumLine, checksums, openOffered, readBundle } from './offered.ts'

const script = new URL('../../../agent/packaging/install.sh', import.meta.url)

/** The agent in every form that is built here, their checksums, and a script that installs it. No token travels in an address. */
export async function install(app: FastifyInstance): Promise<void> {
  const config = { access: 'public' } as const
  const schema = { tags: ['agents'] }
  app.get('/install.sh', { config, schema }, async (_request, reply) => {
    reply.type('text/x-shellscript; charset=utf-8').header('cache-control', 'no-cache')
    return await readFile(script, 'utf8')
  })
  app.get('/agent/graftwatch-agent.mjs', { config, schema }, async (_request, reply) => {
    reply.type('text/javascript; charset=utf-8').header('cache-control', 'no-cache')
    return await readBundle()
  })
  app.get('/agent/graftwatch-agent.mjs.sha256', { config, schema }, async (_request, reply) => {
    reply.type('text/plain; charset=utf-8').header('cache-control', 'no-cache')
    return checksumLine('graftwatch-agent.mjs', await readBundle())
  })
  app.get('/agent/SHA256SUMS', { config, schema }, async (_request, reply) => {
    reply.type('text/plain; charset=utf-8').header('cache-control', 'no-cache')
    return await checksums()
  })
  app.get<{ Params: { name: string } }>('/agent/:name', { config, schema }, async (request, reply) => {
    const { stream, bytes } = await openOffered(request.params.name)
    reply.type('application/octet-stream').header('cache-control', 'no-cache').header('content-length', bytes)
    return reply.send(stream)
  })
}
