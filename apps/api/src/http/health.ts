import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { ProblemError } from './problem.ts'

/** /healthz: the process answers. /readyz: it can also store and hear changes; a load balancer asks this one. */
export async function health(
  app: FastifyInstance,
  { pool, live }: Pick<Deps, 'pool' | 'live'>,
): Promise<void> {
  const schema = { tags: ['operations'] }
  app.get('/healthz', { config: { access: 'public' }, schema }, async () => ({ status: 'ok' }))
  app.get('/readyz', { config: { access: 'public' }, schema }, async () => {
    await pool.query('select 1')
    if (!live.isListening)
      throw new ProblemError('DATABASE_UNAVAILABLE', {
        detail: 'The connection that hears changes is being made again.',
        remedy: 'Ask again in a second.',
        retryAfterSeconds: 1,
      })
    return { status: 'ready' }
  })
}
