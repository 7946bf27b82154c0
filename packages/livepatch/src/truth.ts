import type {
  AttemptOutcome,
  BlockingTask,
  Confidence,
  Direction,
  HostEventKind,
  HostFlag,
  HostReport,
  HostState,
  Manager,
  Mechanism,
  PatchState,
  StateReason,
} from '@graftwatch/contract'

/** A patch fleet-wide. `build` is the module's srcversion, empty where it carries none. */
export interface PatchIdentity {
  mechanism: Mechanism
  name: string
  build: string
}

/** A task that holds the open attempt. Identity is (tid, taskStartedAt): a tid alone is reused. */
export interface HeldTask {
  tid: number
  taskStartedAt: string
  firstSeenAt: string
  task: BlockingTask
  /** Whether it was there long enough to be written down as a blocker. */
  recorded: boolean
}

/** The running transition. Times are the host's, shifted onto the server's clock when the host's is skewed. */
export interface OpenAttempt {
  number: number
  patch: PatchIdentity
  manager: Manager | null
  /** What the attempt set out to do; a reversal does not change it. */
  direction: Direction | null
  /** Where tasks move now. */
  moving: Direction | null
  startedAt: string
  startedAtSource: 'kernel-log' | 'observed'
  startedBefore: boolean
  directionSince: string
  progressAt: string
  lowWater: number | null
  /** The low of the way it set out on, once it has turned around; absent before, and in documents written before. */
  lowBeforeTurn?: number | null
  total: number | null
  remaining: number | null
  confidence: Confidence
  signalsByItself: boolean | null
  signaledAt: string | null
  stuckAfterSeconds: number
  /** Whether only age counts, since tasks cannot be read; absent in documents written before. */
  isByAge?: boolean
  /** At most 40, longest held first; stacks for the first 20. */
  held: HeldTask[]
  sampledAt: string
  sampledRemaining: number | null
  readAt: string
}

/** A load of this boot that did not end applied. `tries` counts attempts at the same patch that ended, `firstAt` is the first's start. */
export interface FailedLoad {
  patch: string
  /** Absent in documents written before: klp. */
  mechanism?: Mechanism
  reason: 'reversed' | 'selfReversed' | 'refused' | 'reportedByClient'
  at: string
  tries: number
  firstAt?: string
  /** Whether a client says so; the failure then ends with its word. */
  isReported?: boolean
  /** Whether the disk held it or a newer one since it failed; when no longer, the target was withdrawn. */
  isOffered?: boolean
}

/** A patch as it was last read; what is optional is absent in documents written before. */
export interface KnownPatch {
  name: string
  build: string
  mechanism?: Mechanism
  enabled: boolean
  applied: boolean
  state: PatchState
  /** The patch that took its place, while its folder is still there. */
  replacedBy?: string
}

/**
 * A module of a live patch that is loaded and listed no more. Replaced and disabled ones look alike on the host; `by` is what
 * took its place, null when it was disabled. One whose leaving nobody saw is not here: left over, reason unknown.
 */
export interface Leftover {
  patch: string
  by: string | null
}

/** What the server remembers of a host between reports: the whole memory of {@link reduce}, plain JSON. */
export interface HostTruth {
  bootId: string
  /** The last 8 boots before this one, oldest first; absent in documents written before. See {@link isReturnedBoot}. */
  earlierBoots?: string[]
  /** As first read in this boot: some live patches rewrite it. */
  release: string
  bootedAt: string | null
  sequence: number
  readAt: string
  firstContactAt: string
  state: HostState
  reason: StateReason
  stateSince: string
  sinceBefore: boolean
  flags: HostFlag[]
  attempts: number
  /**
   * Newest attempts by what identifies them in reports, which tell of each again and again. At most 128, twice what a report
   * can hold. `toldAt` is the start in the host's own words: it stays the same when the host's clock is set right.
   */
  knownAttempts: { number: number; patch: string; startedAt: string; toldAt: string | null }[]
  open: OpenAttempt | null
  failed: FailedLoad | null
  patches: KnownPatch[]
  /** At most 32; absent in documents written before, and while there is none. */
  leftovers?: Leftover[]
  /** The kernel release on which a patch was last seen enabled, and in which boot. */
  lastEnabled: { release: string; bootId: string; patch: string; mechanism?: Mechanism } | null
  /** Patches forced in this boot; the kernel itself keeps no trace. */
  forced: string[]
  /** Readings in a row in which a loaded target was not patched. */
  unpatchedTargets: number
  dropped: number
  /** Events of its log that were kept on this day of the server's clock; absent before the first. */
  told?: { day: string; kept: number }
}

/** Something that happened, for the host's history. `occurredAt` is bounded by the server's clock. */
export interface HostFact {
  kind: HostEventKind
  occurredAt: string
  bootId: string
  patch: string | null
  source: 'kernel-log' | 'observed' | 'server'
  from: HostState | null
  to: HostState | null
  reason: string | null
  detail: string | null
  /** The host's own instant of a fact that every report tells again; what it is known by, whatever the clocks do. */
  toldAt?: string
}

export interface AttemptWrite {
  number: number
  bootId: string
  patch: PatchIdentity
  direction: Direction | null
  startedAt: string
  startedAtSource: 'kernel-log' | 'observed'
  startedBefore: boolean
  endedAt: string | null
  outcome: AttemptOutcome | null
  total: number | null
  remaining: number | null
  lowWater: number | null
  progressAt: string
  confidence: Confidence
  /** Why it was refused or given up, in the words of the kernel or the client; null where nobody said. */
  failure: string | null
}

export interface BlockerWrite {
  number: number
  direction: Direction | null
  held: HeldTask
  releasedAt: string | null
}

/** What one report changes. Everything to write is here; nothing is written by {@link reduce}. */
export interface Change {
  truth: HostTruth
  /** The report as kept: what a failed source could not tell is carried over from the one before. */
  report: HostReport
  facts: HostFact[]
  attempts: AttemptWrite[]
  blockers: BlockerWrite[]
  /** When the present boot began, where a patch was on again before its first report: unpatched(justBooted) lasted from then on. */
  bootGap: string | null
  sample: { number: number; at: string; remaining: number | null; total: number | null } | null
}
