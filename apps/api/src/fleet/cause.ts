import { type CauseDetail, causeDetail, causeParams, problem } from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { readCauseNow } from './causes.ts'
import { heldNow } from './held.ts'
import { sharedTraits, type TraitsOfHost } from './shared-traits.ts'

const mostCompared = 1000

type Db = Pick<pg.Pool, 'query'>
type Signature = Pick<CauseDetail, 'id' | 'comm' | 'unit' | 'function' | 'kind' | 'direction'>

const causeMissing = (id: string) =>
  new ProblemError('NOT_FOUND', {
    detail: `There is no cause ${id}.`,
    remedy: 'GET /v1/blockers lists those that hold a host now.',
  })

/** Traits of the hosts among `candidates`, a query for host ids, that count: in the fleet and the first agent of their kernel. */
const traitsOf = (candidates: ReturnType<typeof sql>) => sql`
  select h.labels, k.release as kernel, h.os
  from (${candidates}) as c
  cross join lateral (select labels, os, kernel_id from host
    where id = c.host_id and retired_at is null and flags & 4096 = 0 limit 1) as h
  left join kernel k on k.id = h.kernel_id
  order by c.host_id limit ${mostCompared}`

/**
 * Hosts that nothing holds, on which a patch that the held ones try is enabled or moves. Twice as many as are compared are looked at,
 * since some may be out of the fleet.
 */
const peersOf = (id: string) => sql`
  with held as materialized (${heldNow()})
  select distinct peer.host_id
  from (select distinct patch_id from held where signature_id = ${id}::bigint order by patch_id limit 20) as patches
  cross join lateral (
    (select host_id from host_patch where patch_id = patches.patch_id and enabled and host_id not in (select host_id from held)
      order by host_id limit ${2 * mostCompared})
    union all
    (select host_id from attempt where patch_id = patches.patch_id and ended_at is null and host_id not in (select host_id from held)
      order by host_id limit ${2 * mostCompared})
  ) as peer order by peer.host_id limit ${2 * mostCompared}`

/** A cause, and what the hosts it holds have in common that others with the same patches have not. Throws NOT_FOUND. */
export async function readCause(db: Db, id: string): Promise<CauseDetail> {
  const [{ rows: found }, cause, { rows: held }, { rows: peers }] = await Promise.all([
    db.query<Signature>(
      sql`select id::text, comm, unit, function, kind, direction from signature where id = ${id}::bigint`,
    ),
    readCauseNow(db, id),
    db.query<TraitsOfHost>(traitsOf(sql`select distinct host_id from (${heldNow(id)}) as held`)),
    db.query<TraitsOfHost>(traitsOf(peersOf(id))),
  ])
  const [signature] = found
  if (!signature) throw causeMissing(id)
  return {
    ...signature,
    cause,
    shared: sharedTraits(held, peers),
    comparedHeld: held.length,
    comparedPeers: peers.length,
    now: new Date().toISOString(),
  }
}

export async function cause(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/blockers/:id',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'One cause, and what its hosts share that unaffected peers do not',
        params: causeParams,
        response: { 200: causeDetail, 400: problem, 401: problem, 404: problem },
      },
    },
    (request) => readCause(pool, request.params.id),
  )
}
