import { hostsRemoved, problem } from '@graftwatch/contract'
import { removeDemoFleet } from '@graftwatch/db/demo'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import { audit } from '../people/audit.ts'

/** DELETE /v1/demo: the simulated hosts and all they left behind. Safe to call twice. */
export async function demo(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().delete(
    '/v1/demo',
    {
      config: { access: 'demo:remove' },
      schema: {
        tags: ['fleet'],
        summary: 'Remove the demo fleet',
        response: { 200: hostsRemoved, 401: problem, 403: problem },
      },
    },
    async (request) => ({
      removed: await removeDemoFleet(pool, (client, hosts) =>
        audit(client, request, { action: 'demo.remove', subject: 'demo', data: { hosts } }),
      ),
    }),
  )
}
