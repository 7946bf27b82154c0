import { type Arrivals, arrivals, credentialParams, type Mechanism, problem } from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { type SummaryRow, summaryColumns, summaryJoins, summaryOf } from '../fleet/host-summary.ts'
import { ProblemError } from '../http/problem.ts'

const shownMax = 20
/** Read back that far and no further, so that it costs the same in a fleet of any size: ids and events come in the order of time. */
const newestEvents = 2000

interface Row extends SummaryRow {
  mechanism: Mechanism | null
  at: Date
  again: boolean
}

/** Who has enrolled since this token was made; see the contract. Throws NOT_FOUND for a token that never was. */
export async function readArrivals(pool: Pick<pg.Pool, 'query'>, tokenId: string): Promise<Arrivals> {
  const { rows: tokens } = await pool.query<{ uses: number; createdAt: Date }>(sql`
    select uses, created_at as "createdAt" from enrollment_token where id = ${tokenId}::bigint and not demo`)
  const [token] = tokens
  if (!token)
    throw new ProblemError('NOT_FOUND', {
      detail: `There is no enrollment token ${tokenId}.`,
      remedy: 'GET /v1/enrollment-tokens lists them.',
    })
  const { rows } = await pool.query<Row>(sql`
    with first as (
      select id, enrolled_at as at, false as again from host where not demo order by id desc limit ${shownMax}
    ), again as (
      select e.host_id, max(e.recorded_at), true
      from (select host_id, kind, recorded_at from event order by id desc limit ${newestEvents}) as e
      where e.kind = 'key-replaced' and e.recorded_at >= ${token.createdAt} group by e.host_id
    ), came as (
      select distinct on (id) * from (select * from first union all select * from again) as both_ways
      where at >= ${token.createdAt} order by id, again
    )
    select ${summaryColumns}, p.mechanism, came.at, came.again
    from came join host h on h.id = came.id ${summaryJoins}
    where not h.demo and h.retired_at is null order by came.at desc, h.id desc limit ${shownMax}`)
  return {
    items: rows.map((row) => ({
      host: summaryOf(row),
      mechanism: row.mechanism,
      at: row.at.toISOString(),
      again: row.again,
    })),
    uses: token.uses,
    now: new Date().toISOString(),
  }
}

export async function arrivalsRoute(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/enrollment-tokens/:id/arrivals',
    {
      config: { access: 'enrollment-tokens:read' },
      schema: {
        tags: ['people'],
        summary: 'Who has enrolled since a token was made, newest first',
        params: credentialParams,
        response: { 200: arrivals, 400: problem, 401: problem, 403: problem, 404: problem },
      },
    },
    (request) => readArrivals(pool, request.params.id),
  )
}
