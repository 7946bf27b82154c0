import type { ReportTransition, TaskCounts } from '@graftwatch/contract/report'
import type { ConfidenceReason, Direction } from '@graftwatch/contract/vocabulary'

/**
 * What one or two readings of a transition allow to say. Pure: reading is the agent's, time comes in.
 *
 * A single sample can lie: at the start of a load `enabled` may read 0 with every task at 0, which looks like an unpatching
 * that is done; at both edges tasks read -1. So a direction needs two samples that agree, or the kernel log.
 */

/** Threads by what their `patch_state` read. A task that vanished meanwhile appears nowhere. */
export interface TaskTally {
  /** Threads that /proc listed and that still existed when they were read. */
  listed: number
  /** In the universe of the patch in transition: 1. */
  patched: number
  /** In the previous universe: 0. */
  original: number
  /** -1: the transition had not reached the task yet, or was over. */
  outside: number
  unreadable: number
  /** Kernel threads among `patched` and `original`. */
  kthreadsPatched: number
  kthreadsOriginal: number
}

/** What can spoil a scan, as the agent found it; see {@link judgeTally}. */
export interface ScanConditions {
  /** State changed under the scan every time it was tried. */
  raced: boolean
  timedOut: boolean
  /** /proc hides processes from this reader. */
  hidepid: boolean
  /** The reader sees only a PID namespace. */
  pidNamespace: boolean
  /** Errors of the unreadable tasks were about rights. */
  deniedByRights: boolean
}

export interface JudgedTally {
  tasks: TaskCounts
  confidence: ReportTransition['confidence']
  confidenceReason: ConfidenceReason | null
}

/** The universe a transition aims for: migrated tasks read this value. */
export const targetOf = (direction: Direction): 0 | 1 => (direction === 'patching' ? 1 : 0)

/** The direction `enabled` suggests; nothing more than a candidate, see {@link confirmDirection}. */
export const candidateOf = (enabled: boolean): Direction => (enabled ? 'patching' : 'unpatching')

/** Whether most tasks stand outside the transition: its first or last moment. Counts of it mean nothing. */
export function isEdge(tally: TaskTally): boolean {
  return tally.outside > tally.patched + tally.original
}

/**
 * Counts and how far to trust them. All counts but `unreadable` are null when no listed task could be read, whatever the
 * error was: unreadable is not zero.
 */
export function judgeTally(
  tally: TaskTally,
  direction: Direction,
  idleHidden: number,
  conditions: ScanConditions,
): JudgedTally {
  const readable = tally.patched + tally.original + tally.outside
  if (readable === 0) {
    const reason = conditions.timedOut ? 'timeout' : tally.listed === 0 ? 'unreadable' : 'eacces'
    const none = { total: null, migrated: null, remaining: null, kthreadsRemaining: null }
    return {
      tasks: { ...none, unreadable: tally.unreadable, idleHidden },
      confidence: 'none',
      confidenceReason: conditions.hidepid && !conditions.timedOut ? 'hidepid' : reason,
    }
  }
  const isPatching = direction === 'patching'
  const migrated = isPatching ? tally.patched : tally.original
  const remaining = isPatching ? tally.original : tally.patched
  const kthreadsRemaining = isPatching ? tally.kthreadsOriginal : tally.kthreadsPatched
  const reason = doubt(tally, conditions)
  return {
    tasks: {
      total: migrated + remaining,
      migrated,
      remaining,
      kthreadsRemaining,
      unreadable: tally.unreadable,
      idleHidden,
    },
    confidence: reason === null ? 'full' : 'partial',
    confidenceReason: reason,
  }
}

/** The gravest doubt first: what makes the numbers wrong, before what makes them incomplete. */
function doubt(tally: TaskTally, conditions: ScanConditions): ConfidenceReason | null {
  if (conditions.raced) return 'race'
  if (isEdge(tally)) return 'edge'
  if (conditions.timedOut) return 'timeout'
  if (conditions.hidepid) return 'hidepid'
  if (conditions.pidNamespace) return 'pidns'
  if (tally.unreadable > 0) return conditions.deniedByRights ? 'eacces' : 'unreadable'
  return tally.outside > 0 ? 'edge' : null
}

/**
 * The direction as far as it is known, null while it is not.
 *
 * `candidate` is this sample's, `previous` the one of the sample before (null: there was none), `logged` what the kernel log
 * said last of this transition (null: nothing). The log confirms at once when it agrees; two samples in a row outweigh it,
 * since the log may have wrapped or stopped being readable.
 */
export function confirmDirection(
  candidate: Direction,
  previous: Direction | null,
  logged: Direction | null,
): Direction | null {
  return candidate === logged || candidate === previous ? candidate : null
}
