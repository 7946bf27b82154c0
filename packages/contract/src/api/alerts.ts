import * as z from 'zod'
import {
  alertConditions,
  alertNoteKinds,
  alertSeverities,
  alertStatuses,
  deliveryKinds,
  deliveryStatuses,
} from '../alert-vocabulary.ts'
import { count, instant, labels, name, text } from '../fields.ts'
import { hostStates } from '../vocabulary.ts'
import { hostId, remedy } from './host.ts'
import { cause } from './transitions.ts'

export const alertId = z.string().regex(/^[1-9]\d{0,17}$/, { message: 'must be the id of an alert' })
export const alertParams = z.strictObject({ id: alertId })

/**
 * One alert: every host on which one rule's condition holds for one reason and one owner. It is `pending` until the condition has
 * held on one host for as long as the rule says, `firing` until it holds on none, then `resolved`. A host that falls silent stays.
 */
export const alertSummary = z
  .strictObject({
    id: alertId,
    rule: z.strictObject({ id: z.string(), name: z.string() }),
    condition: z.enum(alertConditions),
    severity: z.enum(alertSeverities),
    status: z.enum(alertStatuses),
    /** The rule's summary, filled in: what a page at night begins with. */
    summary: z.string(),
    /** What the alert is known by outside: `alertname`, `severity`, `condition`, and the labels the rule groups by. */
    labels: z.record(z.string(), z.string()),
    /** Since when the condition has held on the host that has had it longest. */
    since: instant,
    /** When a pending alert fires if it holds on; null once it fired, and where all its hosts had it when they were first seen. */
    dueAt: instant.nullable(),
    firingAt: instant.nullable(),
    resolvedAt: instant.nullable(),
    /** Hosts on which it holds now; once resolved, the most there were. */
    hosts: count,
    /** Of them, silent since; nobody knows whether it still holds there. */
    silentHosts: count,
    /** The longest held, at most 3. */
    examples: z.array(
      z.strictObject({ id: hostId, hostname: z.string(), state: z.enum(hostStates), since: instant }),
    ),
    /** Who has it; null while nobody does. */
    acknowledged: z.strictObject({ by: z.string(), at: instant, note: z.string().nullable() }).nullable(),
    /** Until when nothing is sent, by a silence or a maintenance window that covers all its hosts; null when it is told. */
    silencedUntil: instant.nullable(),
    /** Whether to get up, and why. */
    actNow: z.strictObject({ now: z.boolean(), why: z.string() }),
    /** The first safe step. */
    firstStep: z.string(),
    /** What blocks, where the condition is held by tasks; null elsewhere. */
    signature: z
      .strictObject({
        id: z.string(),
        function: z.string().nullable(),
        kind: cause.shape.kind,
        comm: z.string(),
        unit: z.string().nullable(),
        direction: cause.shape.direction,
      })
      .nullable(),
    /** A simulated stall that somebody asked for. It counts nowhere. */
    drill: z.boolean(),
    demo: z.boolean(),
  })
  .meta({ id: 'AlertSummary' })
export type AlertSummary = z.infer<typeof alertSummary>

export const alertsQuery = z.strictObject({
  status: z.enum(alertStatuses).optional(),
  severity: z.enum(alertSeverities).optional(),
  /** A host the alert is or was about. */
  host: hostId.optional(),
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type AlertsQuery = z.infer<typeof alertsQuery>

/** Firing first, then pending, then resolved; within these the worst severity, then the newest first. */
export const alertsPage = z
  .strictObject({
    items: z.array(alertSummary),
    nextCursor: z.string().nullable(),
    firing: count,
    pending: count,
    now: instant,
  })
  .meta({ id: 'AlertsPage' })
export type AlertsPage = z.infer<typeof alertsPage>

/** One try to send. `answer`: how the receiver answered, or why none came; at most 500 characters. */
export const deliveryAttempt = z.strictObject({
  at: instant,
  milliseconds: count,
  status: z.int().nullable(),
  answer: z.string(),
})
export type DeliveryAttempt = z.infer<typeof deliveryAttempt>

export const delivery = z
  .strictObject({
    id: z.string(),
    channel: z.strictObject({ id: z.string(), name: z.string(), type: z.string() }),
    alertId: alertId.nullable(),
    kind: z.enum(deliveryKinds),
    status: z.enum(deliveryStatuses),
    createdAt: instant,
    deliveredAt: instant.nullable(),
    /** Newest last, at most 20. */
    attempts: z.array(deliveryAttempt),
    nextAttemptAt: instant.nullable(),
    /** The alert is over, or its channel was told of it since: sent again, it would say what is no longer so, and is refused. */
    overtaken: z.boolean(),
  })
  .meta({ id: 'Delivery' })
export type Delivery = z.infer<typeof delivery>

/** Something that happened to an alert. `by`: who did it; null for the server itself. */
export const alertNote = z.strictObject({
  at: instant,
  kind: z.enum(alertNoteKinds),
  by: z.string().nullable(),
  text: z.string().nullable(),
  hosts: count.nullable(),
})
export type AlertNote = z.infer<typeof alertNote>

/** An alert with its evidence: timeline oldest first (at most 200), deliveries newest first (at most 50), hosts longest held first (at most 50). */
export const alertDetail = z
  .strictObject({
    alert: alertSummary,
    description: z.string(),
    runbookUrl: z.string().nullable(),
    /** What to do about the task that has held longest; null where no task holds it. */
    remedy: remedy.nullable(),
    members: z.array(
      z.strictObject({
        id: hostId,
        hostname: z.string(),
        state: z.enum(hostStates),
        since: instant,
        leftAt: instant.nullable(),
        evidence: z.string(),
      }),
    ),
    notes: z.array(alertNote),
    deliveries: z.array(delivery),
    now: instant,
  })
  .meta({ id: 'AlertDetail' })
export type AlertDetail = z.infer<typeof alertDetail>

export const acknowledgeAlert = z
  .strictObject({ note: text(1000).nullable().default(null) })
  .meta({ id: 'AcknowledgeAlert' })
export const commentAlert = z.strictObject({ text: name(4000) }).meta({ id: 'CommentAlert' })

/**
 * A fire drill: one simulated stall goes through the rule `stuck`, the routes and the channels, marked as a drill, and resolves by
 * itself after `seconds`. `labels`: those it would have on a host, which decide rule, route and group.
 */
export const startDrill = z
  .strictObject({ labels: labels.default({}), seconds: z.int().min(10).max(3600).default(60) })
  .meta({ id: 'StartDrill' })
export type StartDrill = z.infer<typeof startDrill>
export const drillStarted = z.strictObject({ alertId }).meta({ id: 'DrillStarted' })
