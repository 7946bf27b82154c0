import {
  type HostDetail,
  type HostReport,
  hostDetail,
  hostParams,
  hostQuery,
  problem,
  type Transition,
} from '@graftwatch/contract'
import type { HostTruth, OpenAttempt } from '@graftwatch/livepatch'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { blockerOf, readAttempts, withCauses, withinBudget } from './host-attempts.ts'
import { hostMissing } from './host-missing.ts'
import { labelsOf, type SummaryRow, statusOf, summaryColumns, summaryJoins } from './host-summary.ts'
import { readHostThen } from './host-then.ts'
import { resolvePast, slow } from './past.ts'

type Row = SummaryRow & {
  machineId: string
  architecture: string | null
  enrolledAt: Date
  report: HostReport | null
  truth: HostTruth | null
  setLabels: Record<string, string>
  reportedAt: Date | null
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

function patchesOf(report: HostReport, truth: HostTruth | null): HostDetail['patches'] {
  const left = new Map((truth?.leftovers ?? []).map(({ patch, by }) => [patch, { replacedBy: by }]))
  return report.patches.map(({ refCount = null, failure = null, ...patch }) => ({
    ...patch,
    refCount,
    failure,
    left: patch.state === 'leftover' ? (left.get(patch.name) ?? null) : null,
  }))
}

/** Everything about one host. Throws HOST_NOT_FOUND. */
export async function readHost(db: Pick<pg.Pool, 'query'>, id: string): Promise<HostDetail> {
  const [{ rows }, attempts] = await Promise.all([
    db.query<Row>(sql`
      select ${summaryColumns}, h.machine_id as "machineId", h.architecture, h.enrolled_at as "enrolledAt",
        h.set_labels as "setLabels", d.report, d.truth, d.reported_at as "reportedAt"
      from host h ${summaryJoins} left join host_detail d on d.host_id = h.id where h.id = ${id}::bigint`),
    readAttempts(db, id),
  ])
  const [row] = rows
  if (!row) throw hostMissing(id)
  const { report, truth } = row
  const held = withinBudget(report && truth?.open ? transitionOf(report, truth.open) : null, attempts)
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
    kernel: report && {
      ...report.kernel,
      effectiveRelease: report.kernel.effectiveRelease ?? null,
      ftraceEnabled: report.kernel.ftraceEnabled ?? null,
    },
    agent: report && {
      version: report.agent.version,
      runtime: report.agent.runtime,
      level: report.agent.level,
      dropped: report.agent.dropped,
      sequence: report.sequence,
      missingCapabilities: report.agent.missingCapabilities ?? null,
    },
    retiredAt: row.retiredAt?.toISOString() ?? null,
    setLabels: row.setLabels,
    view: null,
    sources: report?.sources ?? [],
    patches: report ? patchesOf(report, truth) : [],
    available: report?.available ?? null,
    reboot: report?.reboot ?? null,
    ...(await withCauses(db, held)),
    reportedAt: row.reportedAt?.toISOString() ?? null,
    now: new Date().toISOString(),
  }
}

export async function host(
  app: FastifyInstance,
  deps: Pick<Deps, 'pool' | 'slowPool' | 'config'>,
): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/hosts/:id',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'Everything about one host',
        params: hostParams,
        querystring: hostQuery,
        response: { 200: hostDetail, 400: problem, 401: problem, 404: problem },
      },
    },
    async ({ params, query }) => {
      const view = await resolvePast(deps.pool, query, deps.config.retention.eventDays)
      return await (view ? readHostThen(slow(deps), params.id, view) : readHost(deps.pool, params.id))
    },
  )
}
