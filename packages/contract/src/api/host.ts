import * as z from 'zod'
import { count, instant, labelKey, labelValue, text } from '../fields.ts'
import { hostReport, patchObject, reportSource, taskCounts, taskGroup } from '../report.ts'
import {
  agentCapabilities,
  agentLevels,
  attemptOutcomes,
  blockerCauses,
  confidenceReasons,
  confidences,
  directions,
  hostEventKinds,
  hostFlags,
  hostStates,
  managers,
  mechanisms,
  patchStates,
  stackOrigins,
  taskKinds,
} from '../vocabulary.ts'
import { pastQuery, pastView } from './past.ts'

/** `id` is the decimal host id; ids are never reused. */
export const hostId = z.string().regex(/^[1-9]\d{0,15}$/, { message: 'must be a host id, such as 42' })

/**
 * The labels that count for a host: those of its enrollment token, of its agent and of operators, at most 64 of each. Without an end
 * here: one host that has more must not keep the lists it is in from being answered.
 */
const labelsTogether = z.record(labelKey, labelValue)

/** A state and how old it is. `lastState` is set while `silent`: what the host was when it last spoke. */
export const hostStatus = z
  .strictObject({
    state: z.enum(hostStates),
    reason: z.string().nullable(),
    since: instant,
    /** True when the state began before the first contact; `since` is then the first contact, a lower bound of the age. */
    sinceBefore: z.boolean(),
    lastState: z.enum(hostStates).nullable(),
    flags: z.array(z.enum(hostFlags)),
    /** Server time of the last accepted report or heartbeat; null before the first. */
    lastSeenAt: instant.nullable(),
    /** Seconds until the next word was promised; older than three of these is stale. */
    intervalSeconds: z.int(),
  })
  .meta({ id: 'HostStatus' })

/** How far the running transition of a host in a list is. Null counts: its tasks cannot be read. */
export const transitionGist = z.strictObject({
  direction: z.enum(directions).nullable(),
  total: z.int().nullable(),
  remaining: z.int().nullable(),
  /** Last new low of the remaining tasks. */
  progressAt: instant,
})

/** A host in a list. */
export const hostSummary = z
  .strictObject({
    id: hostId,
    hostname: z.string(),
    /** A simulated host of the demo fleet. */
    demo: z.boolean(),
    os: z.string().nullable(),
    kernelRelease: z.string().nullable(),
    patch: z.string().nullable(),
    labels: labelsTogether,
    status: hostStatus,
    /** Null while nothing moves, and where the answer is about the past. */
    transition: transitionGist.nullable(),
    /**
     * The 48 half hours before the answer's `now`, oldest first, one character each: the place of that half hour's worst state in
     * the list of host states (`0` stuck … `9` migrated), or `-` where nothing was known yet. Null where it was not asked for.
     */
    ticks: z
      .string()
      .regex(/^[0-9-]{48}$/)
      .nullable(),
    /** When it was taken out of the fleet; null while it is in it. */
    retiredAt: instant.nullable(),
  })
  .meta({ id: 'HostSummary' })
export type HostSummary = z.infer<typeof hostSummary>

/** What a cause means and what frees it; described for people, never done by Graftwatch. */
export const remedy = z
  .strictObject({
    /** What the kernel says, in one sentence. */
    kernelSays: z.string(),
    /** What that means here. */
    meaning: z.string(),
    /** The safe first step. */
    safeStep: z.string(),
    /** A command that only reads, to check on the host. */
    check: z.string().nullable(),
    /** What goes wrong when it is done another way. */
    risk: z.string(),
    /** What never to do for this cause. */
    never: z.string(),
  })
  .meta({ id: 'Remedy' })
export type Remedy = z.infer<typeof remedy>

export const blocker = z
  .strictObject({
    pid: z.int(),
    tid: z.int(),
    comm: z.string(),
    kind: z.enum(taskKinds),
    state: z.string().nullable(),
    cause: z.enum(blockerCauses),
    waitChannel: z.string().nullable(),
    blockingFunction: z.string().nullable(),
    /** Index in `stack` of the frame that holds the task; null when none matches. */
    blockingFrame: z.int().nullable(),
    /** Null when it may not be read, and where the answer leaves it out: see HostDetail. */
    stack: z.array(z.string()).nullable(),
    stackOrigin: z.enum(stackOrigins).nullable(),
    waitsFor: z.strictObject({ pid: z.int(), comm: z.string() }).nullable(),
    unit: z.string().nullable(),
    /** Of its process; absent unless its agent is at level `full`. */
    commandLine: z.string().optional(),
    taskStartedAt: instant.nullable(),
    /** When this task was first seen holding the transition. */
    firstSeenAt: instant,
    /** The same cause on other hosts has the same signature. */
    signature: z.string(),
    /** Its id, as `cause` in lists of hosts and in /v1/blockers/:id; null before it is stored. */
    causeId: z.string().nullable(),
    remedy,
  })
  .meta({ id: 'Blocker' })
export type Blocker = z.infer<typeof blocker>

/** A running transition as the server knows it. */
export const transition = z
  .strictObject({
    mechanism: z.enum(mechanisms),
    patch: z.string(),
    direction: z.enum(directions).nullable(),
    /** The whole story's start; a reversal does not restart it. */
    startedAt: instant,
    startedAtSource: z.enum(['kernel-log', 'observed']),
    /** True when it was already running at first contact and the kernel log did not reach back. */
    startedBefore: z.boolean(),
    /** Start in the present direction. */
    directionSince: instant,
    /** Last new low of the remaining tasks. */
    progressAt: instant,
    /** Lowest count of remaining tasks so far in this direction; null while no task could be read. */
    lowWater: z.int().nullable(),
    tasks: taskCounts,
    groups: z.array(taskGroup),
    confidence: z.enum(confidences),
    confidenceReason: z.enum(confidenceReasons).nullable(),
    signalsByItself: z.boolean().nullable(),
    /** First time the kernel said it nudges the remaining tasks; it repeats about every 15 s unseen. */
    signaledAt: instant.nullable(),
    /** Seconds without a new low after which the host counts as stuck. */
    stuckAfterSeconds: z.int(),
    /** Longest held first, at most 40; stacks for the oldest 20. */
    blocking: z.array(blocker),
    blockingOmitted: count,
    /** When the agent read this. */
    readAt: instant,
  })
  .meta({ id: 'Transition' })
export type Transition = z.infer<typeof transition>

/** One try to load or unload a patch. `blockers`: those seen first, at most 3. */
export const attempt = z
  .strictObject({
    number: z.int(),
    patch: z.string(),
    direction: z.enum(directions).nullable(),
    startedAt: instant,
    startedAtSource: z.enum(['kernel-log', 'observed']),
    startedBefore: z.boolean(),
    endedAt: instant.nullable(),
    outcome: z.enum(attemptOutcomes).nullable(),
    total: z.int().nullable(),
    remaining: z.int().nullable(),
    lowWater: z.int().nullable(),
    /** Why it was refused or given up, in the words of the kernel or the client; null where nobody said. */
    failure: z.string().nullable(),
    blockers: z.array(blocker),
  })
  .meta({ id: 'Attempt' })
export type Attempt = z.infer<typeof attempt>

/** What a patch changes in one object, without what differs from host to host. */
export const patchObjectShown = z.strictObject({ name: z.string(), functions: z.array(z.string()) })

export const hostPatch = z
  .strictObject({
    mechanism: z.enum(mechanisms),
    manager: z.enum(managers).nullable(),
    name: z.string(),
    state: z.enum(patchStates),
    enabled: z.boolean().nullable(),
    inTransition: z.boolean(),
    replace: z.boolean().nullable(),
    stackOrder: z.int().nullable(),
    forced: z.literal(true).nullable(),
    srcVersion: z.string().nullable(),
    version: z.string().nullable(),
    package: z.string().nullable(),
    cves: z.array(z.string()).nullable(),
    /** Uses of its module; above 0 one that is left over cannot be removed. Null where it was not read. */
    refCount: z.int().nullable(),
    /** Why it is not applied, in the words of the kernel or the client. */
    failure: z.string().nullable(),
    /** Of a `leftover` whose leaving was seen: what took its place, null when it was disabled. Null: nobody saw, reason unknown. */
    left: z.strictObject({ replacedBy: z.string().nullable() }).nullable(),
    objects: z.array(patchObject),
  })
  .meta({ id: 'HostPatch' })

/**
 * Everything the host page shows. Null `kernel` means the host enrolled and has not reported yet.
 *
 * About the past (`view` set): `patches` have no objects, `sources`, `agent`, `available` and `reboot` are empty, and tasks of a transition that was still
 * running then have no stacks, since only the last reading of a task is kept.
 *
 * About 1 MB at most, whatever a host sends: stacks are left out (null) beyond the 20 tasks that hold a running transition
 * longest, beyond the newest 3 attempts, and once those shown have 384 KiB. `patches` and `sources` are as the host sent them.
 */
export const hostDetail = z
  .strictObject({
    id: hostId,
    hostname: z.string(),
    machineId: z.string(),
    demo: z.boolean(),
    os: z.string().nullable(),
    architecture: z.string().nullable(),
    labels: labelsTogether,
    enrolledAt: instant,
    status: hostStatus,
    kernel: z
      .strictObject({
        release: z.string(),
        version: z.string().nullable(),
        bootId: z.string(),
        bootedAt: instant.nullable(),
        taint: z.int().nullable(),
        livepatchTaint: z.boolean().nullable(),
        /** The release whose fixes the running code has, where a client keeps account of it. */
        effectiveRelease: z.string().nullable(),
        /** False: on old kernels a patch that reads enabled may redirect nothing. */
        ftraceEnabled: z.boolean().nullable(),
      })
      .nullable(),
    agent: z
      .strictObject({
        version: z.string(),
        runtime: z.string(),
        level: z.enum(agentLevels),
        dropped: count,
        sequence: z.int(),
        /** Capabilities without which something could not be read; null where the agent does not say. */
        missingCapabilities: z.array(z.enum(agentCapabilities)).nullable(),
      })
      .nullable(),
    sources: z.array(reportSource),
    patches: z.array(hostPatch),
    /** Live patches on disk for this kernel, as the agent sent them; null about the past. */
    available: hostReport.shape.available.nullable(),
    /** What the next boot brings and loses, as the agent sent it; null about the past. */
    reboot: hostReport.shape.reboot.nullable(),
    transition: transition.nullable(),
    /** Newest first, at most 20. */
    attempts: z.array(attempt),
    retiredAt: instant.nullable(),
    /** What an operator set and what an enrollment token brought; `labels` is all of it over what the agent says. */
    setLabels: labelsTogether,
    view: pastView.nullable(),
    /** Server time of the last full report; patches and transition are as of then. */
    reportedAt: instant.nullable(),
    /** The server's clock when it answered; ages are counted from here. */
    now: instant,
  })
  .meta({ id: 'HostDetail' })
export type HostDetail = z.infer<typeof hostDetail>

/** A fact of a host's history. `occurredAt` is the host's time, bounded by the server's; `recordedAt` is the server's. */
export const hostEvent = z
  .strictObject({
    id: z.string(),
    hostId,
    hostname: z.string(),
    demo: z.boolean(),
    kind: z.enum(hostEventKinds),
    occurredAt: instant,
    recordedAt: instant,
    patch: z.string().nullable(),
    /** Where the fact comes from: the kernel's own log, two readings of the agent, or the server's reckoning. */
    source: z.enum(['kernel-log', 'observed', 'server']),
    from: z.enum(hostStates).nullable(),
    to: z.enum(hostStates).nullable(),
    reason: z.string().nullable(),
    /** The task, function or number the sentence needs; already fit to show. */
    detail: text(500).nullable(),
  })
  .meta({ id: 'HostEvent' })
export type HostEvent = z.infer<typeof hostEvent>

export const hostTimeline = z
  .strictObject({ items: z.array(hostEvent), nextCursor: z.string().nullable() })
  .meta({ id: 'HostTimeline' })
export type HostTimeline = z.infer<typeof hostTimeline>

export const hostParams = z.strictObject({ id: hostId })
export const hostQuery = z.strictObject(pastQuery)
export const attemptParams = z.strictObject({
  id: hostId,
  number: z.coerce.number().int().min(1).max(1_000_000_000),
})

/** One attempt, how its remaining tasks fell, and how long the same patch took elsewhere. */
export const attemptDetail = z
  .strictObject({
    attempt,
    /** Oldest first, at most 500: every low and rise that was kept, thinned evenly beyond that. */
    samples: z.array(
      z.strictObject({ at: instant, remaining: z.int().nullable(), total: z.int().nullable() }),
    ),
    /**
     * Seconds from start to completion of attempts at this patch, in this direction, on other hosts: of the newest 10,000. Null
     * below 20 completed attempts in this database.
     */
    elsewhere: z
      .strictObject({ completed: count, medianSeconds: z.number(), p95Seconds: z.number() })
      .nullable(),
    now: instant,
  })
  .meta({ id: 'AttemptDetail' })
export type AttemptDetail = z.infer<typeof attemptDetail>
export const timelineQuery = z.strictObject({
  cursor: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  ...pastQuery,
})
