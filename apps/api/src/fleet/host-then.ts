import type { Attempt, Blocker, Direction, HostDetail, PastView, Transition } from '@graftwatch/contract'
import { remedyFor, signatureOf } from '@graftwatch/livepatch'
import type pg from 'pg'
import sql from 'sql-template-tag'
import { readAttempts, withCauses, withinBudget } from './host-attempts.ts'
import { hostUnknownThen } from './host-missing.ts'
import { labelsOf, type SummaryRow, statusOf } from './host-summary.ts'
import { joinsThen, periodThen, summaryThen } from './past.ts'

type Db = Pick<pg.Pool, 'query'>
type PatchRow = Pick<
  HostDetail['patches'][number],
  'mechanism' | 'name' | 'state' | 'enabled' | 'stackOrder'
> & {
  build: string
}

interface Row extends SummaryRow {
  machineId: string
  enrolledAt: Date
  bootId: string | null
  kernelVersion: string | null
  architecture: string | null
  recordedAt: Date
  patches: PatchRow[] | null
}

interface Sample {
  at: Date
  remaining: number | null
  total: number | null
  kthreadsRemaining: number | null
  unreadable: number
  idleHidden: number
  direction: Direction | null
  confidence: Transition['confidence']
  stuckAfterSeconds: number
}

const samplesMax = 2000

async function readRow(db: Db, id: string, view: PastView): Promise<Row> {
  const { rows } = await db.query<Row>(sql`
    select ${summaryThen}, ever.machine_id as "machineId", ever.enrolled_at as "enrolledAt", h.boot_id as "bootId",
      k.version as "kernelVersion", k.architecture, h.recorded_at as "recordedAt",
      (select jsonb_agg(jsonb_build_object('mechanism', hp.mechanism, 'name', hp.name, 'build', hp.build, 'state', e ->> 1,
          'enabled', e -> 2, 'stackOrder', e -> 3) order by (e ->> 3)::int, hp.name)
        from jsonb_array_elements(h.patches) as e join patch hp on hp.id = (e ->> 0)::int) as patches
    from host_ever ever cross join lateral (${periodThen(view, sql`ever.host_id`)}) as h ${joinsThen}
    where ever.host_id = ${id}::bigint`)
  if (!rows[0]) throw hostUnknownThen(id, view.asOf)
  return rows[0]
}

/** Blocking tasks of an attempt that still ran then. Their readings were replaced since, so each is told by its signature. */
async function readHeld(db: Db, id: string, number: number, view: PastView): Promise<Blocker[]> {
  const { rows } = await db.query<{
    tid: number
    firstSeenAt: Date
    taskStartedAt: Date
    direction: Direction
    function: string | null
    kind: Blocker['kind']
    comm: string
    unit: string | null
  }>(sql`
    select b.tid, b.first_seen_at as "firstSeenAt", b.task_started_at as "taskStartedAt", g.direction, g.function, g.kind,
      g.comm, g.unit
    from blocker b join signature g on g.id = b.signature_id
    where b.host_id = ${id}::bigint and b.number = ${number} and b.first_seen_at <= ${view.asOf}::timestamptz
      and b.recorded_at <= ${view.knownAt}::timestamptz
      and not coalesce(b.released_at <= ${view.asOf}::timestamptz and b.release_recorded_at <= ${view.knownAt}::timestamptz, false)
    order by b.first_seen_at, b.tid limit 40`)
  return rows.map(({ function: name, firstSeenAt, taskStartedAt, direction, ...row }) => {
    const task = {
      ...row,
      pid: row.tid,
      state: null,
      cause: name === null ? ('running' as const) : ('sleeping-in-patched-function' as const),
      waitChannel: null,
      blockingFunction: name,
      blockingFrame: null,
      stack: null,
      stackOrigin: null,
      waitsFor: null,
      taskStartedAt: taskStartedAt.toISOString(),
      firstSeenAt: firstSeenAt.toISOString(),
    }
    return {
      ...task,
      signature: signatureOf(direction, task).key,
      causeId: null,
      remedy: remedyFor({ task, direction, patch: '', signalsByItself: null }),
    }
  })
}

/** The samples in the last direction, oldest first: of those the fewest remaining tasks is the low-water mark. */
function lastRun(samples: readonly Sample[]): Sample[] {
  const direction = samples.at(-1)?.direction ?? null
  const turned = samples.findLastIndex((sample) => sample.direction !== direction)
  return samples.slice(turned + 1)
}

async function readTransition(
  db: Db,
  id: string,
  attempt: Attempt,
  view: PastView,
): Promise<Transition | null> {
  const [{ rows }, blocking] = await Promise.all([
    db.query<Sample & { mechanism: Transition['mechanism'] }>(sql`
      select * from (
        select s.at, s.remaining, s.total, s.kthreads_remaining as "kthreadsRemaining", s.unreadable,
          s.idle_hidden as "idleHidden", s.direction, s.confidence, s.stuck_after_seconds as "stuckAfterSeconds", p.mechanism,
          s.recorded_at
        from sample s join attempt a using (host_id, number) join patch p on p.id = a.patch_id
        where s.host_id = ${id}::bigint and s.number = ${attempt.number} and s.at <= ${view.asOf}::timestamptz
          and s.recorded_at <= ${view.knownAt}::timestamptz
        order by s.at desc, s.recorded_at desc limit ${samplesMax}) as newest
      order by at, recorded_at`),
    readHeld(db, id, attempt.number, view),
  ])
  const last = rows.at(-1)
  if (!last) return null
  const run = lastRun(rows)
  const counted = run.filter(({ remaining }) => remaining !== null)
  const lowWater = counted.length === 0 ? null : Math.min(...counted.map(({ remaining }) => remaining ?? 0))
  const low = counted.find(({ remaining }) => remaining === lowWater)
  const { total, remaining, kthreadsRemaining, unreadable, idleHidden } = last
  const migrated = total === null || remaining === null ? null : total - remaining
  return {
    mechanism: last.mechanism,
    patch: attempt.patch,
    direction: last.direction,
    startedAt: attempt.startedAt,
    startedAtSource: attempt.startedAtSource,
    startedBefore: attempt.startedBefore,
    directionSince: run.length === rows.length ? attempt.startedAt : (run[0]?.at ?? last.at).toISOString(),
    progressAt: low?.at.toISOString() ?? attempt.startedAt,
    lowWater,
    tasks: { total, migrated, remaining, kthreadsRemaining, unreadable, idleHidden },
    groups: [],
    confidence: last.confidence,
    confidenceReason: null,
    signalsByItself: null,
    signaledAt: null,
    stuckAfterSeconds: last.stuckAfterSeconds,
    blocking,
    blockingOmitted: 0,
    readAt: last.at.toISOString(),
  }
}

const patchOf = ({ build, ...row }: PatchRow, moving: string | undefined): HostDetail['patches'][number] => ({
  ...row,
  manager: null,
  inTransition: row.name === moving,
  replace: null,
  forced: null,
  srcVersion: build === '' ? null : build,
  version: null,
  package: null,
  cves: null,
  refCount: null,
  failure: null,
  left: null,
  objects: [],
})

/**
 * One host as it was, from what history keeps: no objects of patches, no sources, and no stacks of a transition that still ran then.
 * Also of a host that was removed since. Throws HOST_NOT_FOUND when nothing was known of it then.
 */
export async function readHostThen(db: Db, id: string, view: PastView): Promise<HostDetail> {
  const known = sql`a.started_at <= ${view.asOf}::timestamptz and a.recorded_at <= ${view.knownAt}::timestamptz`
  const over = sql`coalesce(a.ended_at <= ${view.asOf}::timestamptz and a.end_recorded_at <= ${view.knownAt}::timestamptz, false)`
  const [row, ended, open] = await Promise.all([
    readRow(db, id, view),
    readAttempts(db, id, sql`${known} and ${over}`),
    readAttempts(db, id, sql`${known} and not ${over}`),
  ])
  const [running] = open
  const transition = running ? await readTransition(db, id, running, view) : null
  const runningThen = running && {
    ...running,
    direction: transition?.direction ?? null,
    endedAt: null,
    outcome: null,
    failure: null,
    total: transition?.tasks.total ?? null,
    remaining: transition?.tasks.remaining ?? null,
    lowWater: transition?.lowWater ?? null,
    blockers: transition?.blocking.slice(0, 3) ?? [],
  }
  return {
    id: row.id,
    hostname: row.hostname,
    machineId: row.machineId,
    demo: row.demo,
    os: row.os,
    architecture: row.architecture || null,
    labels: labelsOf(row.labels),
    enrolledAt: row.enrolledAt.toISOString(),
    status: statusOf(row),
    kernel:
      row.kernelRelease === null || row.bootId === null
        ? null
        : {
            release: row.kernelRelease,
            version: row.kernelVersion || null,
            bootId: row.bootId,
            bootedAt: null,
            taint: null,
            livepatchTaint: null,
            effectiveRelease: null,
            ftraceEnabled: null,
          },
    agent: null,
    sources: [],
    available: null,
    reboot: null,
    patches: (row.patches ?? []).map((patch) => patchOf(patch, transition?.patch)),
    ...(await withCauses(
      db,
      withinBudget(transition, [...(runningThen ? [runningThen] : []), ...ended].slice(0, 20)),
    )),
    retiredAt: row.retiredAt?.toISOString() ?? null,
    setLabels: {},
    view,
    reportedAt: row.recordedAt.toISOString(),
    now: view.asOf,
  }
}
