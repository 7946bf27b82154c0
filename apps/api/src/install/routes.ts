import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../http/problem.ts'

const bundle = new URL('../../../agent/dist/graftwatch-agent.mjs', import.meta.url)
const script = new URL('../../../agent/packaging/install.sh', import.meta.url)

async function readBundle(): Promise<Buffer> {
  try {
    return await readFile(bundle)
  } catch (cause) {
    throw new ProblemError('NOT_FOUND', {
      detail: 'The agent is not built on this server.',
      remedy: 'Run `npm start` or `npm run build --workspace apps/agent` there.',
      cause,
    })
  }
}

/** The agent as one file, its checksum, and a script that installs it. The token never travels in an address. */
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
    return `${createHash('sha256')
      .update(await readBundle())
      .digest('hex')}  graftwatch-agent.mjs\n`
  })
}
