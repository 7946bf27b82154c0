import {
  type HostState,
  type Overview,
  overview,
  overviewQuery,
  problem,
  type TransitionSummary,
} from '@graftwatch/contract'
import type { HostTruth } from '@graftwatch/livepatch'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { readCounts } from './counts.ts'
import { type SummaryRow, summaryColumns, summaryJoins, summaryOf } from './host-summary.ts'
import { readOverviewThen } from './overview-then.ts'
import { resolvePast, slow } from './past.ts'
import { type EventRow, eventColumns, eventOf } from './timeline.ts'

const moving: readonly HostState[] = ['stuck', 'reverting', 'transitioning']

type Db = Pick<pg.Pool, 'query'>
export type OpenRow = SummaryRow & { open: HostTruth['open'] }

export function transitionOf(row: OpenRow): TransitionSummary | null {
  const { open } = row
  if (!open) return null
  const [worst] = open.held.toSorted((a, b) => (a.firstSeenAt < b.firstSeenAt ? -1 : 1))
  return {
    host: summaryOf(row),
    patch: open.patch.name,
    direction: open.moving,
    startedAt: open.startedAt,
    startedBefore: open.startedBefore,
    progressAt: open.progressAt,
    total: open.total,
    remaining: open.remaining,
    worst: worst
      ? {
          comm: worst.task.comm,
          tid: worst.tid,
          cause: worst.task.cause,
          blockingFunction: worst.task.blockingFunction,
          unit: worst.task.unit,
          firstSeenAt: worst.firstSeenAt,
        }
      : null,
  }
}

/** Severities of the states that need someone; see severity of host in the migration. */
const needingMax = 6 * 16

/** At most 7, worst first; then forced hosts, whatever their state, since each needs someone. */
async function readAttention(db: Db): Promise<Overview['attention']> {
  const { rows } = await db.query<OpenRow>(sql`
    select ${summaryColumns}, d.truth -> 'open' as open
    from (
      (select id, severity, state_since, false as forced from host
        where severity < ${needingMax} and retired_at is null and flags & 4096 = 0
        order by severity, state_since, id limit 7)
      union all
      (select id, severity, state_since, true from host
        where flags & 1 = 1 and severity >= ${needingMax} and retired_at is null and flags & 4096 = 0
        order by state_since, id limit 7)
    ) as a
    join host h on h.id = a.id ${summaryJoins} left join host_detail d on d.host_id = h.id
    order by a.forced, a.severity, a.state_since, h.id limit 7`)
  return rows.map((row) => ({ host: summaryOf(row), transition: transitionOf(row) }))
}

/** Longest without progress first. Open attempts are a partial index of a few thousand rows, whatever the fleet's size. */
async function readRunning(db: Db): Promise<TransitionSummary[]> {
  const { rows } = await db.query<OpenRow>(sql`
    select ${summaryColumns}, d.truth -> 'open' as open
    from (
      select a.host_id, a.progress_at from attempt a join host on host.id = a.host_id
      where a.ended_at is null and host.state = any(${moving}) and host.retired_at is null and host.flags & 4096 = 0
      order by a.progress_at, a.host_id limit 10
    ) as a
    join host h on h.id = a.host_id join host_detail d on d.host_id = h.id ${summaryJoins}
    order by a.progress_at, h.id`)
  return rows.flatMap((row) => transitionOf(row) ?? [])
}

async function readChanges(db: Db): Promise<Overview['changes']> {
  const { rows } = await db.query<EventRow>(sql`
    select ${eventColumns} from event e
    where e.kind = 'state-changed' and e.recorded_at > now() - interval '24 hours'
    order by e.recorded_at desc, e.id desc limit 20`)
  return rows.map(eventOf)
}

/** The fleet in one answer. Counts come from counters; nothing here grows with the number of hosts. */
export async function readOverview(db: Db): Promise<Overview> {
  const [counts, attention, running, changes] = await Promise.all([
    readCounts(db),
    readAttention(db),
    readRunning(db),
    readChanges(db),
  ])
  return {
    ...counts,
    attention,
    running,
    runningTotal: moving.reduce((sum, state) => sum + counts.counts[state], 0),
    changes,
    view: null,
    now: new Date().toISOString(),
  }
}

export async function overviewRoute(
  app: FastifyInstance,
  deps: Pick<Deps, 'pool' | 'slowPool' | 'config'>,
): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/overview',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'The fleet in one answer',
        querystring: overviewQuery,
        response: { 200: overview, 400: problem, 401: problem },
      },
    },
    async (request) => {
      const view = await resolvePast(deps.pool, request.query, deps.config.retention.eventDays)
      return await (view ? readOverviewThen(slow(deps), view) : readOverview(deps.pool))
    },
  )
}
