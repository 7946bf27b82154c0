import {
  type HostState,
  hostStates,
  type Overview,
  overview,
  problem,
  type TransitionSummary,
} from '@graftwatch/contract'
import type { HostTruth } from '@graftwatch/livepatch'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql, { join } from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { type SummaryRow, summaryColumns, summaryJoins, summaryOf } from './host-summary.ts'
import { type EventRow, eventColumns, eventOf } from './timeline.ts'

/** States that need someone, worst first; a forced host needs someone too, whatever its state. */
const needing = ['stuck', 'failed', 'reverting', 'unpatched', 'unknown', 'silent'] as const
const moving: readonly HostState[] = ['stuck', 'reverting', 'transitioning']

type Db = Pick<pg.Pool, 'query'>
type OpenRow = SummaryRow & { open: HostTruth['open'] }

async function readCounts(db: Db) {
  const { rows } = await db.query<{ state: HostState; demo: boolean; n: number }>({
    name: 'fleet-counts',
    text: 'select state, demo, sum(n)::int as n from fleet_count group by state, demo',
  })
  const counts = Object.fromEntries(hostStates.map((state) => [state, 0])) as Record<HostState, number>
  for (const { state, n } of rows) counts[state] += n
  const sum = (list: { n: number }[]) => list.reduce((total, { n }) => total + n, 0)
  return { counts, total: sum(rows), demoHosts: sum(rows.filter(({ demo }) => demo)) }
}

function transitionOf(row: OpenRow): TransitionSummary | null {
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

/** At most 7, by the index (state, state_since, id): one short range a state. */
async function readAttention(db: Db): Promise<Overview['attention']> {
  const ranges = needing.map(
    (state) => sql`(select ${summaryColumns}, d.truth -> 'open' as open
      from host h ${summaryJoins} left join host_detail d on d.host_id = h.id
      where h.state = ${state} and h.retired_at is null order by h.state_since, h.id limit 7)`,
  )
  const { rows } = await db.query<OpenRow>(sql`${join(ranges, ' union all ')} limit 7`)
  return rows.map((row) => ({ host: summaryOf(row), transition: transitionOf(row) }))
}

/** Longest without progress first. Open attempts are a partial index of a few thousand rows, whatever the fleet's size. */
async function readRunning(db: Db): Promise<TransitionSummary[]> {
  const { rows } = await db.query<OpenRow>(sql`
    select ${summaryColumns}, d.truth -> 'open' as open
    from (
      select a.host_id, a.progress_at from attempt a join host on host.id = a.host_id
      where a.ended_at is null and host.state = any(${moving}) order by a.progress_at, a.host_id limit 10
    ) as a
    join host h on h.id = a.host_id join host_detail d on d.host_id = h.id ${summaryJoins}
    order by a.progress_at, h.id`)
  return rows.flatMap((row) => transitionOf(row) ?? [])
}

async function readChanges(db: Db): Promise<Overview['changes']> {
  const { rows } = await db.query<EventRow>(sql`
    select ${eventColumns} from event e join host h on h.id = e.host_id
    where e.kind = 'state-changed' and e.recorded_at > now() - interval '24 hours'
    order by e.recorded_at desc, e.id desc limit 20`)
  return rows.map(eventOf)
}

/** The fleet in one answer. Counts come from counters; nothing here grows with the number of hosts. */
export async function readOverview(db: Db): Promise<Overview> {
  const [{ counts, total, demoHosts }, attention, running, changes] = await Promise.all([
    readCounts(db),
    readAttention(db),
    readRunning(db),
    readChanges(db),
  ])
  return {
    counts,
    total,
    demoHosts,
    flags: {},
    levels: {},
    view: null,
    attention,
    running,
    runningTotal: moving.reduce((sum, state) => sum + counts[state], 0),
    changes,
    now: new Date().toISOString(),
  }
}

export async function overviewRoute(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/overview',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'The fleet in one answer',
        response: { 200: overview, 401: problem },
      },
    },
    () => readOverview(pool),
  )
}
