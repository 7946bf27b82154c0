import type { Direction, ReportTransition } from '@graftwatch/contract'
import { iso } from './instant.ts'
import type { KernelModel } from './kernel-model.ts'
import { reportBlocker } from './report-blocker.ts'
import type { Task } from './task.ts'
import { groupTasks } from './task-groups.ts'
import { countTasks } from './task-table.ts'
import type { Transition } from './transition-engine.ts'

/** Blockers a report may carry. */
const blockerLimit = 100

/** What an agent knows of a running transition beside what the kernel shows now. */
export interface TransitionView {
  /** Null until it is confirmed. */
  readonly direction: Direction | null
  /** When this agent first saw the transition, in ms. */
  readonly seenAt: number
  /** The tasks it may list, in a pid namespace of its own; null: all. Others are left out, and the counts are partial. */
  readonly sees: ((task: Task) => boolean) | null
}

/** A running transition as the agent of this host reports it. */
export const reportTransition = (
  kernel: KernelModel,
  transition: Transition,
  { direction, seenAt, sees }: TransitionView,
): ReportTransition => {
  const { kernelLogReadable, cpus, mechanism = 'klp' } = kernel.profile
  // kGraft leaves idle tasks alone, and no file tells which of its kernels nudge.
  const isKgraft = mechanism === 'kgraft'
  const isPartial = sees !== null
  const tasks = [...kernel.tasks.values()].filter((task) => sees === null || sees(task))
  const pending = tasks.filter((task) => task.pendingSince !== null)
  return {
    mechanism,
    patch: transition.patch.spec.name,
    direction,
    startedAt: iso(kernelLogReadable ? transition.startedAt : seenAt),
    startedAtSource: kernelLogReadable ? 'kernel-log' : 'observed',
    progressAt: iso(Math.max(transition.progressAt, kernelLogReadable ? 0 : seenAt)),
    tasks: { ...countTasks(tasks, transition), unreadable: 0, idleHidden: isKgraft ? 0 : cpus },
    groups: groupTasks(tasks, transition),
    confidence: isPartial ? 'partial' : 'full',
    ...(isPartial && { confidenceReason: 'pidns' as const }),
    signalsByItself: isKgraft ? null : kernel.generation.signalsByItself,
    blocking: pending.slice(0, blockerLimit).map((task) => reportBlocker(task, kernel)),
    blockingOmitted: Math.max(0, pending.length - blockerLimit),
  }
}
