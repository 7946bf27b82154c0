import {
  type Attempt,
  type Blocker,
  type BlockingTask,
  type HostDetail,
  type HostReport,
  hostDetail,
  hostParams,
  problem,
  type Transition,
} from '@graftwatch/contract'
import { type HostTruth, type OpenAttempt, remedyFor, signatureOf } from '@graftwatch/livepatch'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { hostMissing } from './host-missing.ts'
import { labelsOf, type SummaryRow, statusOf, summaryColumns, summaryJoins } from './host-summary.ts'

const attemptsShown = 20
/** Of an attempt that ended: who held it longest. */
const blockersShown = 3
/** Newest attempts whose blockers still carry their stacks. */
const attemptsWithStacks = 3
const stackBytesMax = 384 * 1024

type Row = SummaryRow & {
  machineId: string
  architecture: string | null
  enrolledAt: Date
  report: HostReport | null
  truth: HostTruth | null
  reportedAt: Date | null
}

interface AttemptRow extends Omit<Attempt, 'startedAt' | 'endedAt' | 'blockers'> {
  startedAt: Date
  endedAt: Date | null
  blockers: { task: BlockingTask; firstSeenAt: string }[]
}

type Told = { task: BlockingTask; firstSeenAt: string; taskStartedAt?: string | null }

function blockerOf(
  { task, firstSeenAt }: Told,
  about: { direction: Transition['direction']; patch: string; signalsByItself: boolean | null },
): Blocker {
  return {
    pid: task.pid,
    tid: task.tid,
    comm: task.comm,
    kind: task.kind,
    state: task.state,
    cause: task.cause,
    waitChannel: task.waitChannel,
    blockingFunction: task.blockingFunction,
    blockingFrame: task.blockingFrame ?? null,
    stack: task.stack,
    stackOrigin: task.stackOrigin ?? null,
    waitsFor: task.waitsFor,
    unit: task.unit,
    taskStartedAt: task.taskStartedAt,
    firstSeenAt: new Date(firstSeenAt).toISOString(),
    signature: signatureOf(about.direction, task).key,
    causeId: null,
    remedy: remedyFor({ task, ...about }),
  }
}

function transitionOf(report: HostReport, open: OpenAttempt): Transition | null {
  const { transition } = report
  if (!transition) return null
  const about = { direction: open.moving, patch: open.patch.name, signalsByItself: open.signalsByItself }
  return {
    mechanism: transition.mechanism,
    patch: open.patch.name,
    direction: open.moving,
    startedAt: open.startedAt,
    startedAtSource: open.startedAtSource,
    startedBefore: open.startedBefore,
    directionSince: open.directionSince,
    progressAt: open.progressAt,
    lowWater: open.lowWater,
    tasks: transition.tasks,
    groups: transition.groups,
    confidence: transition.confidence,
    confidenceReason: transition.confidenceReason ?? null,
    signalsByItself: open.signalsByItself,
    signaledAt: open.signaledAt,
    stuckAfterSeconds: open.stuckAfterSeconds,
    blocking: open.held
      .toSorted((a, b) => (a.firstSeenAt < b.firstSeenAt ? -1 : 1))
      .map((held) => blockerOf(held, about)),
    blockingOmitted: transition.blockingOmitted + Math.max(0, transition.blocking.length - open.held.length),
    readAt: open.readAt,
  }
}

async function readAttempts(db: Pick<pg.Pool, 'query'>, hostId: string): Promise<Attempt[]> {
  const { rows } = await db.query<AttemptRow>(sql`
    select a.number, p.name as patch, a.direction, a.started_at as "startedAt", a.started_at_source as "startedAtSource",
      a.started_before as "startedBefore", a.ended_at as "endedAt", a.outcome, a.total, a.remaining,
      a.low_water as "lowWater", coalesce(b.list, '[]') as blockers
    from (select *, row_number() over (order by number desc) as place from attempt
          where host_id = ${hostId}::bigint order by number desc limit ${attemptsShown}) as a
    join patch p on p.id = a.patch_id
    left join lateral (
      select jsonb_agg(jsonb_build_object('firstSeenAt', first_seen_at,
        'task', case when a.place > ${attemptsWithStacks} then detail || '{"stack": null}' else detail end)
        order by first_seen_at) as list
      from (select detail, first_seen_at from blocker where host_id = a.host_id and number = a.number
            order by first_seen_at limit ${blockersShown}) as oldest
    ) as b on true
    order by a.number desc`)
  return rows.map(({ blockers, startedAt, endedAt, ...row }) => ({
    ...row,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    blockers: blockers.map((told) =>
      blockerOf(told, { direction: row.direction, patch: row.patch, signalsByItself: null }),
    ),
  }))
}

/**
 * Leaves out stacks once those shown are as long as a page can bear: a host may send 128 frames of 300 characters for every task.
 * Those of the running transition come first, the longest held before the others.
 */
function withinBudget(running: Transition | null, attempts: Attempt[]) {
  let left = stackBytesMax
  const fit = (blocker: Blocker): Blocker => {
    left -= Buffer.byteLength(JSON.stringify(blocker.stack))
    return left >= 0 ? blocker : { ...blocker, stack: null, blockingFrame: null }
  }
  return {
    transition: running && { ...running, blocking: running.blocking.map(fit) },
    attempts: attempts.map((attempt) => ({ ...attempt, blockers: attempt.blockers.map(fit) })),
  }
}

/** Everything about one host. Throws HOST_NOT_FOUND. */
export async function readHost(db: Pick<pg.Pool, 'query'>, id: string): Promise<HostDetail> {
  const [{ rows }, attempts] = await Promise.all([
    db.query<Row>(sql`
      select ${summaryColumns}, h.machine_id as "machineId", h.architecture, h.enrolled_at as "enrolledAt",
        d.report, d.truth, d.reported_at as "reportedAt"
      from host h ${summaryJoins} left join host_detail d on d.host_id = h.id where h.id = ${id}::bigint`),
    readAttempts(db, id),
  ])
  const [row] = rows
  if (!row) throw hostMissing(id)
  const { report, truth } = row
  return {
    id: row.id,
    hostname: row.hostname,
    machineId: row.machineId,
    demo: row.demo,
    os: row.os,
    architecture: row.architecture,
    labels: labelsOf(row.labels),
    enrolledAt: row.enrolledAt.toISOString(),
    status: statusOf(row),
    kernel: report?.kernel ?? null,
    agent: report && {
      version: report.agent.version,
      runtime: report.agent.runtime,
      level: report.agent.level,
      dropped: report.agent.dropped,
      sequence: report.sequence,
    },
    retiredAt: null,
    setLabels: {},
    view: null,
    sources: report?.sources ?? [],
    patches: report?.patches ?? [],
    ...withinBudget(report && truth?.open ? transitionOf(report, truth.open) : null, attempts),
    reportedAt: row.reportedAt?.toISOString() ?? null,
    now: new Date().toISOString(),
  }
}

export async function host(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/hosts/:id',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'Everything about one host',
        params: hostParams,
        response: { 200: hostDetail, 400: problem, 401: problem, 404: problem },
      },
    },
    (request) => readHost(pool, request.params.id),
  )
}
