import {
  instant,
  problem,
  type TransitionsPage,
  transitionsPage,
  transitionsQuery,
} from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql, { empty } from 'sql-template-tag'
import * as z from 'zod'
import type { Deps } from '../deps.ts'
import { summaryColumns, summaryJoins } from './host-summary.ts'
import { type OpenRow, transitionOf } from './overview.ts'
import { cursorOf, placeOf } from './page-cursor.ts'
import { readSamples } from './samples.ts'

/** A line in a list is 100 px wide, and each sample costs a look at the table: more would say no more and hold up the page. */
const samplesShown = 24
const position = z.tuple([instant, z.string().regex(/^\d{1,16}$/)])

type Row = OpenRow & { number: number; lowWater: number | null; stuckAfterSeconds: number; progressAt: Date }

/** What of `host` counts, as `fleet`: in the fleet, and the first agent of its kernel. The limit keeps it a probe by key. */
const counted = sql`lateral (select state, hostname from host
  where id = a.host_id and retired_at is null and flags & 4096 = 0 limit 1) as fleet`

async function readTotals(db: Pick<pg.Pool, 'query'>) {
  const { rows } = await db.query<{ running: number; stuck: number }>({
    name: 'transition-totals',
    text: `select count(*)::int as running, (count(*) filter (where fleet.state = 'stuck'))::int as stuck
           from attempt a cross join ${counted.text} where a.ended_at is null`,
  })
  return rows[0] ?? { running: 0, stuck: 0 }
}

/**
 * What runs in the fleet, longest without progress first, read in the order of the partial index of open attempts.
 * `nextCursor` is null on the last page. Throws INVALID_INPUT for a foreign cursor.
 */
export async function listTransitions(
  db: Pick<pg.Pool, 'query'>,
  query: z.infer<typeof transitionsQuery>,
): Promise<TransitionsPage> {
  const after = placeOf(query.cursor, position)
  const from = after
    ? sql`and (a.progress_at, a.host_id) > (${after[0]}::timestamptz, ${after[1]}::bigint)`
    : empty
  const patch = query.patch === undefined ? empty : sql`and a.patch_id = ${query.patch}::bigint`
  const state = query.state ? sql`and fleet.state = any(${query.state})` : empty
  const named = query.q ? sql`and fleet.hostname ilike ${`%${query.q.replace(/[\\%_]/g, '\\$&')}%`}` : empty
  const [{ rows }, totals] = await Promise.all([
    db.query<Row>(sql`
      select ${summaryColumns}, d.truth -> 'open' as open, a.number, a.low_water as "lowWater",
        a.stuck_after_seconds as "stuckAfterSeconds", a.progress_at as "progressAt"
      from (
        select a.host_id, a.number, a.low_water, a.stuck_after_seconds, a.progress_at
        from attempt a cross join ${counted}
        where a.ended_at is null ${from} ${patch} ${state} ${named}
        order by a.progress_at, a.host_id limit ${query.limit + 1}
      ) as a
      join host h on h.id = a.host_id join host_detail d on d.host_id = h.id ${summaryJoins}
      order by a.progress_at, h.id`),
    readTotals(db),
  ])
  const shown = rows.slice(0, query.limit)
  const samplesOf = await readSamples(
    db,
    shown.map(({ id, number }) => ({ hostId: id, number })),
    samplesShown,
  )
  const last = shown.at(-1)
  return {
    items: shown.flatMap((row) => {
      const transition = transitionOf(row)
      if (!transition) return []
      const { id, number, lowWater, stuckAfterSeconds } = row
      const samples = samplesOf({ hostId: id, number }).map(({ at, remaining }) => ({ at, remaining }))
      return [{ ...transition, number, lowWater, stuckAfterSeconds, samples }]
    }),
    nextCursor: rows.length > query.limit && last ? cursorOf([last.progressAt.toISOString(), last.id]) : null,
    ...totals,
    now: new Date().toISOString(),
  }
}

export async function transitions(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/transitions',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'Running transitions, longest without progress first',
        querystring: transitionsQuery,
        response: { 200: transitionsPage, 400: problem, 401: problem },
      },
    },
    (request) => listTransitions(pool, request.query),
  )
}
