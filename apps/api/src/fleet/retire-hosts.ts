import { type HostEventKind, hostsRetired, problem, retireHosts } from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import type { Deps } from '../deps.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { type Actor, audit } from '../people/audit.ts'
import { type Moved, recordMoves, returningMoved } from '../sweep/moves.ts'
import { inBatches, selectHosts } from './select-hosts.ts'

async function moveBatch(
  pool: pg.Pool,
  actor: Actor,
  ids: readonly string[],
  kind: Extract<HostEventKind, 'retired' | 'returned'>,
  reason: string | null,
): Promise<number> {
  return await inTransaction(pool, async (client) => {
    await client.query('select from host where id = any($1::bigint[]) order by id for update', [ids])
    // A retired host reads as silent, so that its next heartbeat is noticed as a return; one taken back must fall silent in time.
    await client.query(
      `update host_seen s set silent = $2 or h.state = 'silent' from host h
       where h.id = s.host_id and h.id = any($1::bigint[]) and (h.retired_at is null) = $2`,
      [ids, kind === 'retired'],
    )
    const { rows } = await client.query<Moved>(
      `update host h set retired_at = case when $2 then graftwatch_now() end
       where h.id = any($1::bigint[]) and (h.retired_at is null) = $2 ${returningMoved}`,
      [ids, kind === 'retired'],
    )
    if (rows.length === 0) return 0
    await recordMoves(client, rows, { kind, detail: reason })
    await audit(client, actor, {
      action: kind === 'retired' ? 'host.retire' : 'host.restore',
      subject: rows.length === 1 ? `host:${rows[0]?.id}` : 'host',
      data: { hosts: rows.map(({ id }) => id), reason },
    })
    return rows.length
  })
}

/** POST /v1/hosts/retire and /v1/hosts/return: out of the fleet and back. History stays either way. */
export async function retireHostsRoutes(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  for (const [path, kind, summary] of [
    ['retire', 'retired', 'Take hosts out of the fleet; one that speaks again returns'],
    ['return', 'returned', 'Take retired hosts back into the fleet'],
  ] as const)
    routes.post(
      `/v1/hosts/${path}`,
      {
        config: { access: 'hosts:retire' },
        bodyLimit: 1024 * 1024,
        schema: {
          tags: ['fleet'],
          summary,
          body: retireHosts,
          response: { 200: hostsRetired, 400: problem, 401: problem, 403: problem },
        },
      },
      async (request) => {
        let changed = 0
        for (const ids of inBatches(await selectHosts(pool, request.body.hosts)))
          changed += await moveBatch(pool, request, ids, kind, request.body.reason)
        return { changed }
      },
    )
}
