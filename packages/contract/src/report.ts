import * as z from 'zod'
import { count, instant, labels, name, sequence, smallCount, taskId, text } from './fields.ts'
import {
  agentCapabilities,
  agentLevels,
  attemptOutcomes,
  blockerCauses,
  clientVerdicts,
  confidenceReasons,
  confidences,
  directions,
  managers,
  mechanisms,
  patchStates,
  reportEventKinds,
  reportPatchesMax,
  sourceNames,
  sourceStatuses,
  stackOrigins,
  taskKinds,
} from './vocabulary.ts'

/**
 * The report an agent sends: one reading of one host. A fact the host cannot supply is null, never a guess; a failed source
 * says why and erases nothing the server knows. Unknown fields are refused, so that a typing error cannot look like silence.
 *
 * Versions: 1, 2026-11-23, first; frozen on 2026-11-26, with every mechanism read. A field more is a version more.
 */

/** What one source alone says, so that disagreement between sources stays visible. */
const claim = z.strictObject({ patch: name(128), state: z.enum(patchStates), raw: text(200) })

/** A client's own word. `checkedAt`: when it last asked its vendor, null when it does not tell; a stale word proves nothing. */
const clientVerdict = z.strictObject({
  value: z.enum(clientVerdicts),
  raw: text(200),
  checkedAt: instant.nullable(),
})

/** One place the agent read. `absent`: the host has no such thing. `failed`: it has, and reading it failed; `reason` says how. */
export const reportSource = z.strictObject({
  name: z.enum(sourceNames),
  status: z.enum(sourceStatuses),
  reason: text(300).nullish(),
  durationMs: z.number().min(0).max(86_400_000),
  claims: z.array(claim).max(64).optional(),
  /** What a vendor's client says of this kernel as a whole; null where the source is no client, or said nothing. */
  verdict: clientVerdict.nullish(),
})

/** A function of a patch. `position` is the n-th occurrence of the name in that object's symbols, null where the kernel does not say. */
const patchFunction = z.strictObject({ name: name(256), position: smallCount.nullable() })

/** What a patch changes in vmlinux or in one module. `patched` and `loaded` are null where the kernel does not tell. */
export const patchObject = z.strictObject({
  name: name(128),
  patched: z.boolean().nullable(),
  /** Whether the object is in the running kernel; a patch waits for a module that is not loaded. */
  loaded: z.boolean().nullish(),
  functions: z.array(patchFunction).max(2000),
})

const cves = z.array(z.string().regex(/^CVE-\d{4}-\d{4,9}$/)).max(4000)

export const reportPatch = z.strictObject({
  mechanism: z.enum(mechanisms),
  manager: z.enum(managers).nullable(),
  name: name(128),
  state: z.enum(patchStates),
  enabled: z.boolean().nullable(),
  inTransition: z.boolean(),
  /** Whether it replaces every older patch at once (atomic replace); null where the kernel does not tell. */
  replace: z.boolean().nullable(),
  /** 1 is the oldest enabled patch; null where the kernel does not tell. */
  stackOrder: smallCount.nullable(),
  /** True once the kernel log showed it; sysfs keeps no trace, so otherwise null. */
  forced: z.literal(true).nullable(),
  srcVersion: text(128).nullable(),
  version: text(128).nullable(),
  package: text(256).nullable(),
  cves: cves.nullable(),
  /** Uses of the patch's module, /sys/module/<name>/refcnt; above 0 a module left over cannot be removed. */
  refCount: smallCount.nullish(),
  /** Why it is not applied, in the words of the kernel or the client: an abort cause with its conflicts, a refusal. */
  failure: text(300).nullish(),
  objects: z.array(patchObject).max(256),
})

/**
 * Tasks (threads) by universe, at thread level. `total` = `migrated` + `remaining`; all four are null when no task could be
 * read (confidence `none`), since unreadable is not zero, and lower bounds when some could not (`partial`).
 * `idleHidden`: idle tasks the kernel counts and /proc cannot show, at most one for each possible CPU.
 */
export const taskCounts = z.strictObject({
  total: smallCount.nullable(),
  migrated: smallCount.nullable(),
  remaining: smallCount.nullable(),
  kthreadsRemaining: smallCount.nullable(),
  unreadable: smallCount,
  idleHidden: smallCount,
})

/** Threads that share a command name and kind; the universe strip draws these and invents nothing else. */
export const taskGroup = z.strictObject({
  comm: text(64),
  kind: z.enum(taskKinds),
  total: smallCount,
  remaining: smallCount,
})

/** A task that has not migrated. */
export const blockingTask = z.strictObject({
  pid: taskId,
  tid: taskId,
  comm: text(64),
  kind: z.enum(taskKinds),
  /** The kernel's one-letter task state, as in /proc/<tid>/stat. */
  state: z
    .string()
    .regex(/^[A-Za-z]$/)
    .nullable(),
  cause: z.enum(blockerCauses),
  /** /proc/<tid>/wchan; null where it reads 0 or may not be read. */
  waitChannel: text(256).nullable(),
  /** The patch's own name of the function the task is in, whatever alias the stack prints. */
  blockingFunction: text(256).nullable(),
  /** Index in `stack` of the frame that holds the task in the old code; null when none matches. */
  blockingFrame: z.int().min(0).max(127).nullish(),
  /** Innermost first, symbol names without offsets, module in brackets where there is one; null when it may not be read. */
  stack: z.array(text(300)).max(128).nullable(),
  /** Only in simulated reports: where the frames come from. */
  stackOrigin: z.enum(stackOrigins).nullish(),
  waitsFor: z.strictObject({ pid: taskId, comm: text(64) }).nullable(),
  unit: text(256).nullable(),
  /** Of its process, arguments separated by spaces. Only from an agent at level `full`, since it can hold secrets. */
  commandLine: text(256).optional(),
  taskStartedAt: instant.nullable(),
  firstSeenAt: instant,
})

export const reportTransition = z.strictObject({
  mechanism: z.enum(mechanisms),
  patch: name(128),
  /** Null until two samples or the kernel log agree; the agent confirms. */
  direction: z.enum(directions).nullable(),
  startedAt: instant,
  startedAtSource: z.enum(['kernel-log', 'observed']),
  /** Last new low of the remaining tasks that this agent saw itself, over consistent readings; null or absent before the first. */
  progressAt: instant.nullish(),
  tasks: taskCounts,
  groups: z.array(taskGroup).max(200),
  confidence: z.enum(confidences),
  confidenceReason: z.enum(confidenceReasons).nullish(),
  /** Whether this kernel nudges blocked tasks by itself (5.1 and newer); null where unknown. */
  signalsByItself: z.boolean().nullish(),
  blocking: z.array(blockingTask).max(100),
  blockingOmitted: smallCount,
})

export const reportAttempt = z.strictObject({
  patch: name(128),
  direction: z.enum(directions).nullable(),
  startedAt: instant,
  endedAt: instant.nullable(),
  outcome: z.enum(attemptOutcomes).nullable(),
  /** Why it was refused, as the kernel or a client put it. */
  failure: text(300).nullish(),
  /** The tasks last seen to hold it, with the stacks taken while it ran: a tool that gives up takes the live evidence with it. */
  blocking: z.array(blockingTask).max(20).optional(),
})

export const reportEvent = z.strictObject({
  at: instant,
  kind: z.enum(reportEventKinds),
  patch: name(128).nullable(),
  source: z.enum(['kernel-log', 'observed']),
})

/** One reading of one host; see the head of this file. */
export const hostReport = z
  .strictObject({
    reportVersion: z.literal(1),
    /** Per agent installation; only grows, by no more than 2^32 at a time. */
    sequence,
    collectedAt: instant,
    /**
     * 16 hex digits over everything that is not volatile (sequence, times of reading, durations). Opaque to the server, which
     * compares it with the one in heartbeats to learn that nothing changed. Absent: the server asks for a report each time.
     */
    stateHash: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .optional(),
    agent: z.strictObject({
      version: name(64),
      runtime: text(64),
      level: z.enum(agentLevels),
      /** Reports the spool had to drop since installation. */
      dropped: count,
      /** Capabilities without which something could not be read here; [] when nothing is missing. */
      missingCapabilities: z.array(z.enum(agentCapabilities)).max(8).optional(),
    }),
    host: z.strictObject({
      machineId: name(128),
      hostname: name(253),
      os: z.strictObject({
        id: text(64).nullable(),
        versionId: text(64).nullable(),
        name: text(256).nullable(),
      }),
      architecture: text(32).nullable(),
      labels,
    }),
    kernel: z.strictObject({
      release: name(128),
      version: text(256).nullable(),
      bootId: name(64),
      bootedAt: instant.nullable(),
      taint: count.nullable(),
      livepatchTaint: z.boolean().nullable(),
      /** The release whose fixes the running code has, where a client keeps account of it (Ksplice, KernelCare). */
      effectiveRelease: text(128).nullish(),
      /** /proc/sys/kernel/ftrace_enabled; false can switch every klp redirection off on old kernels. */
      ftraceEnabled: z.boolean().nullish(),
    }),
    sources: z.array(reportSource).min(1).max(16),
    patches: z.array(reportPatch).max(reportPatchesMax),
    transition: reportTransition.nullable(),
    /** Live patches on disk for this kernel. */
    available: z
      .array(
        z.strictObject({
          package: name(256),
          version: text(128),
          forKernel: text(128),
          /** The patch it would load, as sysfs would name it; null where the package does not tell. */
          patch: name(128).nullish(),
          cves: cves.nullish(),
        }),
      )
      .max(64),
    reboot: z.strictObject({
      /** Whether the next boot brings a newer kernel, by proof; null where that is not known, as in a container. */
      pending: z.boolean().nullable(),
      /** One sentence for people: what was found, also where it makes no reboot pending. */
      reason: text(300).nullable(),
      /** The release the next boot starts; where the boot loader's files do not tell, the newest installed of the running flavor. */
      installedKernel: text(128).nullable(),
      /** CVEs that running code fixes and the next boot would not; null where unknown. */
      fixesLost: z.array(text(32)).max(4000).nullable(),
    }),
    attempts: z.array(reportAttempt).max(64),
    events: z.array(reportEvent).max(256),
  })
  .meta({ id: 'HostReport', description: 'One reading of one host' })

export type HostReport = z.infer<typeof hostReport>
export type ReportSource = z.infer<typeof reportSource>
export type ReportPatch = z.infer<typeof reportPatch>
export type PatchObject = z.infer<typeof patchObject>
export type ReportTransition = z.infer<typeof reportTransition>
export type BlockingTask = z.infer<typeof blockingTask>
export type TaskCounts = z.infer<typeof taskCounts>
export type TaskGroup = z.infer<typeof taskGroup>
export type ReportAttempt = z.infer<typeof reportAttempt>
export type ReportEvent = z.infer<typeof reportEvent>

/** Bytes a report may have after decompression. */
export const reportLimitBytes = 1024 * 1024
