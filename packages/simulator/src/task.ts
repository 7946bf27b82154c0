import type { TaskKind } from '@graftwatch/contract'
import type { StackSpec } from './stacks.ts'

/** Code a task runs while a transition moves: 0 what was there before, 1 the patch in transition. */
export type Universe = 0 | 1

/**
 * Why a task does not leave by itself.
 * - `interruptible`: sleeps; the kernel's nudge sends it out and it may fall asleep again in the new code.
 * - `uninterruptible`: sleeps in state D; only its event frees it.
 * - `vfork`: state D until the child named in `waitsFor` has called exec or exited.
 * - `running`: never off its CPU when the kernel looks.
 * - `boundary`: asleep in the kernel, anywhere: kGraft alone waits for it, since it has not come back to user space or to the point
 *   of its loop where a kernel thread switches.
 * - `ownLoop`: a kernel thread whose main loop is patched; it never returns from it.
 */
export type HoldKind = 'interruptible' | 'uninterruptible' | 'vfork' | 'running' | 'ownLoop' | 'boundary'

export interface HoldSpec {
  readonly kind: HoldKind
  /** The patch's name of the function the task sits in; null for `running`. */
  readonly function: string | null
  readonly stack: StackSpec | null
  /** Thread id of the child a `vfork` parent waits for. */
  readonly waitsFor?: number
}

export interface TaskSpec {
  readonly comm: string
  readonly kind?: TaskKind
  readonly unit?: string | null
  /** Absent: a new process with one thread. Given: another thread of that process. */
  readonly pid?: number
}

/** A process: its leader, and the names of its further threads. */
export interface ProcessSpec {
  readonly comm: string
  readonly kind?: TaskKind
  readonly unit?: string
  readonly threads?: readonly string[]
}

/** One thread as the kernel has it. */
export interface Task {
  readonly pid: number
  readonly tid: number
  readonly comm: string
  readonly kind: TaskKind
  readonly unit: string | null
  readonly startedAt: number
  /** As /proc shows it: -1 while no transition runs. */
  patchState: -1 | Universe
  /** When this transition first counted the task as not migrated; null when it does not. */
  pendingSince: number | null
  hold: HoldSpec | null
  /** Which code the task entered when it fell asleep. */
  holdUniverse: Universe
  /** Retries it still spends on a CPU. */
  busyRounds: number
}

/** The one-letter state in /proc/<tid>/stat. */
export const stateLetter = (task: Task): string => {
  switch (task.hold?.kind) {
    case undefined:
    case 'running':
      return 'R'
    case 'interruptible':
    case 'ownLoop':
    case 'boundary':
      return 'S'
    case 'uninterruptible':
    case 'vfork':
      return 'D'
  }
}
