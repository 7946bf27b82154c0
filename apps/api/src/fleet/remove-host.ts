import { hostParams, hostsRemoved, problem } from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import type { Deps } from '../deps.ts'
import { recordHosts } from '../ingest/sql/history.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { notifyKeys, notifyLive } from '../live/notify.ts'
import { type Actor, audit } from '../people/audit.ts'
import { hostMissing } from './host-missing.ts'

/**
 * Takes a host out of the fleet: its key ends at once on every replica, and what happened on it stays in the history.
 * Throws HOST_NOT_FOUND.
 */
export async function removeHost(pool: pg.Pool, actor: Actor, id: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('select from host where id = $1::bigint for update', [id])
    await recordHosts(client, [id], { isRemoval: true })
    const { rows } = await client.query<{ hostname: string }>(
      'delete from host where id = $1::bigint returning hostname',
      [id],
    )
    const [row] = rows
    if (!row) throw hostMissing(id)
    await audit(client, actor, {
      action: 'host.remove',
      subject: `host:${id}`,
      data: { hostname: row.hostname },
    })
    await notifyKeys(client, [Number(id)])
    await notifyLive(client, [Number(id)])
  })
}

export async function removeHostRoute(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().delete(
    '/v1/hosts/:id',
    {
      config: { access: 'hosts:remove' },
      schema: {
        tags: ['fleet'],
        summary: 'Remove a host; its history stays',
        params: hostParams,
        response: { 200: hostsRemoved, 400: problem, 401: problem, 403: problem, 404: problem },
      },
    },
    async (request) => {
      await removeHost(pool, request, request.params.id)
      return { removed: 1 }
    },
  )
}
