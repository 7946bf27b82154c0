import * as z from 'zod'
import { instant } from '../fields.ts'
import { agentLevels, blockerCauses, directions, hostFlags, hostStates } from '../vocabulary.ts'
import { hostEvent, hostId, hostSummary } from './host.ts'
import { pastQuery, pastView } from './past.ts'

/** A running transition in a list; `worst` is its longest-held blocking task. */
export const transitionSummary = z
  .strictObject({
    host: hostSummary,
    patch: z.string(),
    direction: z.enum(directions).nullable(),
    startedAt: instant,
    startedBefore: z.boolean(),
    progressAt: instant,
    total: z.int().nullable(),
    remaining: z.int().nullable(),
    worst: z
      .strictObject({
        comm: z.string(),
        tid: z.int(),
        cause: z.enum(blockerCauses),
        blockingFunction: z.string().nullable(),
        unit: z.string().nullable(),
        firstSeenAt: instant,
      })
      .nullable(),
  })
  .meta({ id: 'TransitionSummary' })
export type TransitionSummary = z.infer<typeof transitionSummary>

export const overviewQuery = z.strictObject(pastQuery)

/** The fleet in one answer; never scans the hosts. */
export const overview = z
  .strictObject({
    /** Hosts by state, every state present. */
    counts: z.record(z.enum(hostStates), z.int()),
    total: z.int(),
    demoHosts: z.int(),
    /** Hosts by flag; only flags that some host wears. About the past: absent flags are 0, too. */
    flags: z.partialRecord(z.enum(hostFlags), z.int()),
    /** Hosts by what their agent may read. Empty about the past. */
    levels: z.partialRecord(z.enum(agentLevels), z.int()),
    /** Hosts that need someone, worst first, at most 7. */
    attention: z.array(z.strictObject({ host: hostSummary, transition: transitionSummary.nullable() })),
    /** Running transitions, longest without progress first, at most 10. */
    running: z.array(transitionSummary),
    runningTotal: z.int(),
    /** State changes of the last 24 h, newest first, at most 20. */
    changes: z.array(hostEvent),
    view: pastView.nullable(),
    /** The server's clock when it answered; about the past: the instant asked for. */
    now: instant,
  })
  .meta({ id: 'Overview' })
export type Overview = z.infer<typeof overview>

/**
 * What `GET /v1/events` streams (SSE). `hosts`: these hosts changed; at most 500 ids, else `fleet`. `fleet`: too much to name.
 * `resync`: the stream may have missed something; fetch again. Sent first on every connection.
 * `beat`: nothing changed, and the connection lives; every 15 s without another message.
 */
export const liveMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hosts'), hostIds: z.array(hostId) }),
  z.strictObject({ type: z.literal('fleet') }),
  z.strictObject({ type: z.literal('resync') }),
  z.strictObject({ type: z.literal('beat') }),
])
export type LiveMessage = z.infer<typeof liveMessage>
