import { type AttemptDetail, attemptDetail, attemptParams, problem } from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { readAttempts, withCauses, withinBudget } from './host-attempts.ts'
import { readSamples } from './samples.ts'

const samplesShown = 500
/** Fewer completed attempts say nothing about the next. */
const elsewhereLeast = 20
/** The newest of a large fleet say as much as all of them. */
const elsewhereMost = 10_000

type Db = Pick<pg.Pool, 'query'>

const attemptMissing = (id: string, number: number) =>
  new ProblemError('NOT_FOUND', {
    detail: `There is no attempt ${number} on host ${id}.`,
    remedy: 'GET /v1/hosts/:id lists its newest attempts, and says whether there is such a host.',
  })

/** How long the same patch took in the same direction on other hosts, of the newest that completed; null below 20. */
async function readElsewhere(db: Db, id: string, number: number): Promise<AttemptDetail['elsewhere']> {
  const { rows } = await db.query<{ completed: number; quantiles: [number, number] | null }>(sql`
    select count(*)::int as completed, percentile_cont(array[0.5, 0.95]) within group (order by other.seconds) as quantiles
    from attempt a cross join lateral (
      select extract(epoch from ended_at - started_at)::float8 as seconds from attempt
      where patch_id = a.patch_id and direction = a.direction and outcome = 'completed' and host_id <> a.host_id
      order by ended_at desc limit ${elsewhereMost}
    ) as other
    where a.host_id = ${id}::bigint and a.number = ${number}::int`)
  const { completed, quantiles } = rows[0] ?? { completed: 0, quantiles: null }
  if (completed < elsewhereLeast || !quantiles) return null
  return { completed, medianSeconds: quantiles[0], p95Seconds: quantiles[1] }
}

/** One attempt, how its remaining tasks fell, and how long the same took elsewhere. Throws NOT_FOUND. */
export async function readAttempt(db: Db, id: string, number: number): Promise<AttemptDetail> {
  const [attempts, samplesOf, elsewhere] = await Promise.all([
    readAttempts(db, id, sql`a.number = ${number}::int`),
    readSamples(db, [{ hostId: id, number }], samplesShown),
    readElsewhere(db, id, number),
  ])
  const told = await withCauses(db, withinBudget(null, attempts))
  const [attempt] = told.attempts
  if (!attempt) throw attemptMissing(id, number)
  return { attempt, samples: samplesOf({ hostId: id, number }), elsewhere, now: new Date().toISOString() }
}

export async function attempt(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/hosts/:id/attempts/:number',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'One attempt, how its tasks fell, and how long it took elsewhere',
        params: attemptParams,
        response: { 200: attemptDetail, 400: problem, 401: problem, 404: problem },
      },
    },
    (request) => readAttempt(pool, request.params.id, request.params.number),
  )
}
