import type { AttemptOutcome, Direction, ReportEvent } from '@graftwatch/contract'
import type { HostProfile } from './host-profile.ts'
import type { Task } from './task.ts'

/** One try to load or unload a patch, with the tasks that held it last. */
export interface KernelAttempt {
  readonly patch: string
  readonly direction: Direction
  readonly startedAt: number
  endedAt: number | null
  outcome: AttemptOutcome | null
  blockers: readonly Task[]
}

/** A line of the kernel log, numbered through all boots. */
export interface KernelEvent {
  readonly number: number
  readonly at: number
  readonly kind: ReportEvent['kind']
  /** Null for what no patch is named in. */
  readonly patch: string | null
}

export interface KernelOptions {
  readonly profile: HostProfile
  /** The same seed and calls give the same kernel. */
  readonly seed: string
  readonly bootedAt: number
  /** Counts boots of this host; part of the boot id. */
  readonly bootNumber?: number
  /** Looks until the last idle task of this machine switches. */
  readonly idleRounds?: number
  /** When after the start the kernel first looks again; real kernels round to their own second. */
  readonly firstRetryMs?: number
}
