import { fastifySSE } from '@fastify/sse'
import type { LiveMessage } from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'

const streamsMax = 2000
const beatMs = 15_000
/** Tabs of one person; a script that opens streams must not shut out the others. */
const streamsPerViewer = 20
/** One message at most in this time to one browser; changes in between are joined. */
const coalesceMs = 250
const idsMax = 500

/** What waits to be told to one browser, joined so that it never grows with the fleet. */
function join(waiting: LiveMessage | null, next: LiveMessage): LiveMessage {
  if (next.type === 'beat') return waiting ?? next
  if (waiting?.type === 'beat') return next
  if (waiting?.type === 'resync' || next.type === 'resync') return { type: 'resync' }
  if (waiting?.type === 'fleet' || next.type === 'fleet') return { type: 'fleet' }
  const hostIds = [...new Set([...(waiting?.hostIds ?? []), ...next.hostIds])]
  return hostIds.length > idsMax ? { type: 'fleet' } : { type: 'hosts', hostIds }
}

const takesEvents = (accept: string | undefined): boolean =>
  !accept || /text\/event-stream|text\/\*|\*\/\*/.test(accept)

/** GET /v1/events: server-sent events. Each connection begins with `resync`, since ids cannot tell what was missed. */
export async function eventsStream(
  app: FastifyInstance,
  { live, auth }: Pick<Deps, 'live' | 'auth'>,
): Promise<void> {
  // Ours is a message, not a comment: a browser cannot see comments, and so not that a connection is dead.
  await app.register(fastifySSE, { heartbeatInterval: 0 })
  let streams = 0
  const ofViewer = new Map<string, number>()
  const closers = new Set<() => void>()
  // The server ends when its last answer does, and these never would.
  app.addHook('preClose', async () => {
    for (const end of [...closers]) end()
  })
  app.get(
    '/v1/events',
    {
      // Manual: a client that takes no event stream gets our problem, not the plugin's own answer.
      sse: 'manual',
      exposeHeadRoute: false,
      config: { access: 'live:follow' },
      schema: {
        tags: ['live'],
        summary: 'What changes, as it changes (server-sent events)',
        description:
          'Each `data:` is one LiveMessage: hosts, fleet, resync or beat. The first is always resync.',
      },
    },
    async (request, reply) => {
      if (!takesEvents(request.headers.accept))
        throw new ProblemError('NOT_ACCEPTABLE', {
          detail: 'This address answers with text/event-stream only.',
          remedy: 'Use EventSource, or send accept: text/event-stream.',
          fields: [{ field: 'accept', message: 'must admit text/event-stream' }],
        })
      // It hung up while its session was looked up; nobody would tell us again.
      if (reply.raw.destroyed) return
      if (streams >= streamsMax)
        throw new ProblemError('BUSY', {
          detail: 'Too many browsers follow this server already.',
          remedy: 'Reload the page from time to time, or add a replica of the API.',
          retryAfterSeconds: 30,
        })
      const { viewer } = request
      if (!viewer) throw new Error('access let nobody through')
      const own = ofViewer.get(viewer.id) ?? 0
      if (own >= streamsPerViewer)
        throw new ProblemError('TOO_MANY_REQUESTS', {
          detail: `You follow this server from ${streamsPerViewer} tabs already.`,
          remedy: 'Close some of them.',
          retryAfterSeconds: 30,
        })
      streams += 1
      ofViewer.set(viewer.id, own + 1)
      reply.header('cache-control', 'no-cache, no-transform').header('x-accel-buffering', 'no')
      reply.sse.keepAlive()
      let waiting: LiveMessage | null = null
      let timer: NodeJS.Timeout | null = null
      let isSending = false
      const flush = async () => {
        timer = null
        const message = waiting
        waiting = null
        if (!message || !reply.sse.isConnected) return
        // A browser that does not read fills its socket; until it has room again, what changes is joined.
        isSending = true
        await reply.sse.send({ data: message }).catch(() => {})
        isSending = false
        if (waiting) timer ??= setTimeout(flush, coalesceMs)
      }
      const hear = (message: LiveMessage) => {
        waiting = join(waiting, message)
        if (!isSending) timer ??= setTimeout(flush, coalesceMs)
      }
      const end = () => reply.sse.close()
      // Whoever signed out, or lost the role, must not go on listening; the database being away is no reason to end.
      const stays = async () => (await auth.viewerOf(request).catch(() => viewer))?.id === viewer.id
      const beat = setInterval(async () => {
        if (await stays()) hear({ type: 'beat' })
        else end()
      }, beatMs)
      const checkPerson = async (id: string) => {
        if (id === viewer.id && !(await stays())) end()
      }
      live.on('message', hear)
      live.on('person', checkPerson)
      closers.add(end)
      reply.sse.onClose(() => {
        streams -= 1
        const left = (ofViewer.get(viewer.id) ?? 1) - 1
        if (left > 0) ofViewer.set(viewer.id, left)
        else ofViewer.delete(viewer.id)
        closers.delete(end)
        live.off('message', hear)
        live.off('person', checkPerson)
        clearInterval(beat)
        if (timer) clearTimeout(timer)
      })
      await reply.sse.send({ data: { type: 'resync' } satisfies LiveMessage, retry: 1000 })
    },
  )
}
