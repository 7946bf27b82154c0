import type { Direction, Manager } from '@graftwatch/contract'
import type { LoadedPatch } from './patch.ts'
import type { Task, Universe } from './task.ts'

/** The kernel looks again about once a second. */
export const retryMs = 1_000
/** It nudges remaining tasks on every 15th look. */
export const retriesPerNudge = 15
/** kpatch waits 15 s, then 60 s more, then takes the patch out again. */
export const kpatchGivesUpMs = 75_000

/** A running klp transition. */
export interface Transition {
  readonly patch: LoadedPatch
  /** The names of every function that changes hands. */
  readonly functions: ReadonlySet<string>
  readonly startedAt: number
  /** Where tasks go: 1 while patching, 0 while unpatching. */
  target: Universe
  directionSince: number
  isReversed: boolean
  /** Somebody wrote `force`. */
  isForced: boolean
  retries: number
  nextRetryAt: number
  /** Fewest remaining tasks so far in this direction, and since when. */
  lowWater: number
  progressAt: number
  /** First nudge; the kernel logs only this one. */
  signaledAt: number | null
  nudges: number
  /** Looks until the last idle task has switched; big idle hosts need about three. */
  idleRounds: number
  /** When kpatch gives up; null for other managers and after it did. */
  givesUpAt: number | null
}

/** A transition that starts now; the caller marks the tasks. */
export const beginTransition = (
  patch: LoadedPatch,
  direction: Direction,
  now: number,
  manager: Manager | null,
  machine: { readonly idleRounds?: number; readonly firstRetryMs?: number },
): Transition => ({
  patch,
  functions: new Set(patch.spec.objects.flatMap((object) => object.functions)),
  startedAt: now,
  target: direction === 'patching' ? 1 : 0,
  directionSince: now,
  isReversed: false,
  isForced: false,
  retries: 0,
  nextRetryAt: now + (machine.firstRetryMs ?? retryMs),
  lowWater: Number.POSITIVE_INFINITY,
  progressAt: now,
  signaledAt: null,
  nudges: 0,
  idleRounds: machine.idleRounds ?? 1,
  givesUpAt: manager === 'kpatch' && direction === 'patching' ? now + kpatchGivesUpMs : null,
})

/**
 * Whether the kernel's look finds the task in code that changes hands. A sleeper that entered the code the transition aims
 * for holds nothing; a task that is always running cannot be looked at.
 */
export const isHeld = (task: Task, transition: Transition): boolean => {
  const { hold } = task
  if (hold === null) return false
  if (hold.kind === 'running' || hold.kind === 'boundary') return true
  return (
    task.holdUniverse !== transition.target &&
    hold.function !== null &&
    transition.functions.has(hold.function)
  )
}

/** Puts the task into the universe the transition aims for. */
export const switchTask = (task: Task, transition: Transition): void => {
  task.patchState = transition.target
  task.pendingSince = null
}

/** A task came back from its sleep to user space: it switches there. Kernel threads wait for the next look instead. */
export const leaveSleep = (task: Task, transition: Transition | null): void => {
  task.hold = null
  if (transition !== null && task.kind === 'user' && task.patchState !== transition.target) {
    switchTask(task, transition)
  }
}

/**
 * The nudge: every remaining interruptible sleeper leaves and falls asleep again in the new code; nothing else moves. User
 * tasks switch on their way through user space, kernel threads at the next look.
 */
export const nudge = (pending: Iterable<Task>, transition: Transition): void => {
  transition.nudges += 1
  for (const task of pending) {
    if (task.hold?.kind !== 'interruptible') continue
    task.holdUniverse = transition.target
    if (task.kind === 'user') switchTask(task, transition)
  }
}

/** One look at the remaining tasks: those that are off their CPU and out of the changing code switch. */
export const lookAt = (pending: Iterable<Task>, transition: Transition): void => {
  for (const task of pending) {
    if (isHeld(task, transition)) continue
    if (task.busyRounds > 0) task.busyRounds -= 1
    else switchTask(task, transition)
  }
}

/**
 * How many of the next looks, up to `until`, change nothing: what remains is held in a way neither a look nor a nudge ends, and
 * the first nudge, which the kernel logs, is behind. Transitions held for days cost no more than those held for a minute.
 */
export const idleLooks = (
  pending: readonly Task[],
  transition: Transition,
  signalsByItself: boolean,
  until: number,
): number => {
  if (transition.idleRounds > 0 || pending.length === 0) return 0
  if (signalsByItself && transition.signaledAt === null) return 0
  const staysPut = (task: Task) =>
    isHeld(task, transition) && !(signalsByItself && task.hold?.kind === 'interruptible')
  if (!pending.every(staysPut)) return 0
  // The look that falls on kpatch's give-up does not happen.
  const last = Math.min(until, (transition.givesUpAt ?? Number.POSITIVE_INFINITY) - 1)
  return Math.max(0, Math.floor((last - transition.nextRetryAt) / retryMs) + 1)
}

/** Lets `looks` of them pass at once. */
export const passLooks = (transition: Transition, looks: number, signalsByItself: boolean): void => {
  const nudgesBefore = Math.floor(transition.retries / retriesPerNudge)
  transition.retries += looks
  transition.nextRetryAt += looks * retryMs
  if (signalsByItself) transition.nudges += Math.floor(transition.retries / retriesPerNudge) - nudgesBefore
}

/** Keeps the low-water mark: children of an unmigrated parent come and go, and that is no progress. */
export const noteProgress = (transition: Transition, remaining: number, now: number): void => {
  if (remaining >= transition.lowWater) return
  transition.lowWater = remaining
  transition.progressAt = now
}

/** Turns the transition around; tasks that had not moved are at once where they should be. */
export const reverse = (tasks: Iterable<Task>, transition: Transition, now: number): void => {
  transition.target = transition.target === 1 ? 0 : 1
  transition.directionSince = now
  transition.isReversed = !transition.isReversed
  transition.retries = 0
  transition.nextRetryAt = now + retryMs
  transition.idleRounds = 1
  transition.givesUpAt = null
  transition.lowWater = Number.POSITIVE_INFINITY
  for (const task of tasks) {
    task.pendingSince = task.patchState === transition.target ? null : now
    task.busyRounds = 0
  }
}
