import { fastifySSE } from '@fastify/sse'
import type { LiveMessage } from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'

const streamsMax = 2000
const keepAliveMs = 15_000
/** One message at most in this time to one browser; changes in between are joined. */
const coalesceMs = 250
const idsMax = 500

/** What waits to be told to one browser, joined so that it never grows with the fleet. */
function join(waiting: LiveMessage | null, next: LiveMessage): LiveMessage {
  if (waiting?.type === 'resync' || next.type === 'resync') return { type: 'resync' }
  if (waiting?.type === 'fleet' || next.type === 'fleet') return { type: 'fleet' }
  const hostIds = [...new Set([...(waiting?.hostIds ?? []), ...next.hostIds])]
  return hostIds.length > idsMax ? { type: 'fleet' } : { type: 'hosts', hostIds }
}

/** GET /v1/events: server-sent events. Each connection begins with `resync`, since ids cannot tell what was missed. */
export async function eventsStream(app: FastifyInstance, { live }: Pick<Deps, 'live'>): Promise<void> {
  await app.register(fastifySSE, { heartbeatInterval: keepAliveMs })
  let streams = 0
  app.get(
    '/v1/events',
    {
      sse: 'only',
      config: { access: 'viewer' },
      schema: {
        tags: ['live'],
        summary: 'What changes, as it changes (server-sent events)',
        description: 'Each `data:` is one LiveMessage: hosts, fleet or resync. The first is always resync.',
      },
    },
    async (_request, reply) => {
      if (streams >= streamsMax)
        throw new ProblemError('BUSY', {
          detail: 'Too many browsers follow this server already.',
          remedy: 'Reload the page from time to time, or add a replica of the API.',
          retryAfterSeconds: 30,
        })
      streams += 1
      reply.header('cache-control', 'no-cache, no-transform').header('x-accel-buffering', 'no')
      reply.sse.keepAlive()
      let waiting: LiveMessage | null = null
      let timer: NodeJS.Timeout | null = null
      const flush = () => {
        timer = null
        const message = waiting
        waiting = null
        if (message && reply.sse.isConnected) reply.sse.send({ data: message }).catch(() => {})
      }
      const hear = (message: LiveMessage) => {
        waiting = join(waiting, message)
        timer ??= setTimeout(flush, coalesceMs)
      }
      live.on('message', hear)
      reply.sse.onClose(() => {
        streams -= 1
        live.off('message', hear)
        if (timer) clearTimeout(timer)
      })
      await reply.sse.send({ data: { type: 'resync' } satisfies LiveMessage, retry: 1000 })
    },
  )
}
