import {
  type HostState,
  hostFlags,
  hostStates,
  type Overview,
  type PastView,
  type TransitionSummary,
} from '@graftwatch/contract'
import type pg from 'pg'
import sql from 'sql-template-tag'
import { type SummaryRow, summaryOf } from './host-summary.ts'
import {
  countedThen,
  eventsThen,
  fleetThen,
  joinsThen,
  periodThen,
  severityThen,
  summaryThen,
} from './past.ts'
import { type EventRow, eventColumns, eventOf } from './timeline.ts'

type Db = Pick<pg.Pool, 'query'>

interface AttemptThen {
  patch: string
  startedAt: Date
  startedBefore: boolean
  direction: TransitionSummary['direction']
  total: number | null
  remaining: number | null
  progressAt: Date
  worst: TransitionSummary['worst']
}

/**
 * Transitions that ran then, by host. Counts are those of the last sample of that time; progress is the earliest sample with the
 * fewest remaining tasks. The worst blocking task is told by its signature, since the reading of a task that is kept is its last.
 */
async function readRunningThen(db: Db, { asOf, knownAt }: PastView): Promise<Map<string, AttemptThen>> {
  const { rows } = await db.query<AttemptThen & { hostId: string }>(sql`
    select a.host_id::text as "hostId", p.name as patch, a.started_at as "startedAt", a.started_before as "startedBefore",
      s.direction, s.total, s.remaining, coalesce(low.at, a.started_at) as "progressAt", w.worst
    from attempt a join patch p on p.id = a.patch_id
    left join lateral (
      select direction, total, remaining from sample
      where host_id = a.host_id and number = a.number and at <= ${asOf}::timestamptz and recorded_at <= ${knownAt}::timestamptz
      order by at desc, recorded_at desc limit 1) as s on true
    left join lateral (
      select at from sample
      where host_id = a.host_id and number = a.number and at <= ${asOf}::timestamptz and recorded_at <= ${knownAt}::timestamptz
        and direction is not distinct from s.direction and remaining is not null
      order by remaining, at limit 1) as low on true
    left join lateral (
      select jsonb_build_object('comm', g.comm, 'tid', b.tid, 'cause', case when g.function is null then 'running'
          else 'sleeping-in-patched-function' end, 'blockingFunction', g.function, 'unit', g.unit,
          'firstSeenAt', to_char(b.first_seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as worst
      from blocker b join signature g on g.id = b.signature_id
      where b.host_id = a.host_id and b.number = a.number and b.first_seen_at <= ${asOf}::timestamptz
        and b.recorded_at <= ${knownAt}::timestamptz
        and not coalesce(b.released_at <= ${asOf}::timestamptz and b.release_recorded_at <= ${knownAt}::timestamptz, false)
      order by b.first_seen_at, b.tid limit 1) as w on true
    where a.started_at <= ${asOf}::timestamptz and a.recorded_at <= ${knownAt}::timestamptz
      and not coalesce(a.ended_at <= ${asOf}::timestamptz and a.end_recorded_at <= ${knownAt}::timestamptz, false)
    order by "progressAt", a.host_id`)
  return new Map(rows.map(({ hostId, ...attempt }) => [hostId, attempt]))
}

function transitionOf(row: SummaryRow, open: AttemptThen): TransitionSummary {
  return {
    ...open,
    host: summaryOf(row),
    startedAt: open.startedAt.toISOString(),
    progressAt: open.progressAt.toISOString(),
  }
}

/**
 * The overview as it was at `asOf`, as far as was known at `knownAt`: a function of these two alone. Reads one period a host there
 * ever was, so it grows with the fleet.
 */
export async function readOverviewThen(db: Db, view: PastView): Promise<Overview> {
  const [{ rows: fleet }, running, { rows: events }] = await Promise.all([
    db.query<{ state: HostState; flags: number; demo: boolean; n: number }>(sql`
      select h.state, h.flags, h.demo, count(*)::int as n from ${fleetThen(view)} where ${countedThen} group by 1, 2, 3`),
    readRunningThen(db, view),
    db.query<EventRow>(sql`
      select ${eventColumns} from event e
      where e.kind = 'state-changed' and ${eventsThen(view)} and e.occurred_at > ${view.asOf}::timestamptz - interval '24 hours'
        and e.recorded_at > ${view.asOf}::timestamptz - interval '24 hours'
      order by e.occurred_at desc, e.id desc limit 20`),
  ])
  const ids = [...running.keys()]
  const [{ rows: worst }, { rows: moving }] = await Promise.all([
    db.query<SummaryRow>(sql`
      select ${summaryThen} from ${fleetThen(view)} ${joinsThen}
      where ${countedThen} and (${severityThen} < 96 or h.flags & 1 = 1)
      order by (${severityThen} >= 96), ${severityThen}, h.state_since, h.host_id limit 7`),
    db.query<SummaryRow>(sql`
      select ${summaryThen}
      from unnest(${ids}::bigint[]) with ordinality as m (id, place)
      cross join lateral (${periodThen(view, sql`m.id`)}) as h ${joinsThen}
      where ${countedThen} and h.state in ('stuck', 'reverting', 'transitioning') order by m.place limit 10`),
  ])
  const transitionFor = (row: SummaryRow) => {
    const open = running.get(row.id)
    return open ? transitionOf(row, open) : null
  }
  const sum = (of: (row: (typeof fleet)[number]) => boolean) =>
    fleet.reduce((total, row) => total + (of(row) ? row.n : 0), 0)
  const counts = Object.fromEntries(
    hostStates.map((state) => [state, sum((row) => row.state === state)]),
  ) as Overview['counts']
  const flags = hostFlags.flatMap((flag, bit) => {
    const n = sum((row) => (row.flags & (1 << bit)) !== 0)
    return n > 0 ? [[flag, n] as const] : []
  })
  return {
    counts,
    total: sum(() => true),
    demoHosts: sum(({ demo }) => demo),
    flags: Object.fromEntries(flags),
    levels: {},
    attention: worst.map((row) => ({ host: summaryOf(row), transition: transitionFor(row) })),
    running: moving.flatMap((row) => transitionFor(row) ?? []),
    runningTotal: counts.stuck + counts.reverting + counts.transitioning,
    changes: events.map(eventOf),
    view,
    now: view.asOf,
  }
}
