import { seededRandom } from './random.ts'
import type { HoldSpec, ProcessSpec, Task, TaskSpec, Universe } from './task.ts'
import { leaveSleep, type Transition } from './transition-engine.ts'

/** Tasks (threads) by universe; all 0 while no transition runs. `total` = `migrated` + `remaining`, always. */
export interface TaskTotals {
  total: number
  migrated: number
  remaining: number
  kthreadsRemaining: number
}

/** The tasks of one boot of a simulated kernel. */
export class TaskTable {
  readonly byTid = new Map<number, Task>()
  #nextTid = 1
  readonly #random: () => number

  constructor(seed: string, processes: readonly ProcessSpec[], bootedAt: number) {
    this.#random = seededRandom(seed)
    for (const { comm, kind = 'user', unit = null, threads = [] } of processes) {
      // Kernel threads come first and without gaps; between user processes, shorter-lived ones took their ids and left.
      if (kind === 'user' && this.#nextTid > 1) this.#nextTid += 1 + Math.floor(this.#random() * 9)
      const pid = this.spawn({ comm, kind, unit }, bootedAt, null)
      for (const thread of threads) this.spawn({ comm: thread, kind, unit, pid }, bootedAt, null)
    }
  }

  /** Adds a task; during a transition it starts where `parent` is, or already migrated. Returns its thread id. */
  spawn(spec: TaskSpec, now: number, transition: Transition | null, parent?: Task): number {
    const tid = this.#nextTid++
    const patchState = transition === null ? -1 : (parent?.patchState ?? transition.target)
    this.byTid.set(tid, {
      pid: spec.pid ?? tid,
      tid,
      comm: spec.comm,
      kind: spec.kind ?? 'user',
      unit: spec.unit ?? null,
      startedAt: now,
      patchState,
      pendingSince: transition === null || patchState === transition.target ? null : now,
      hold: null,
      holdUniverse: patchState === 1 ? 1 : 0,
      busyRounds: 0,
    })
    return tid
  }

  /** The task falls asleep, or starts to spin, in the code it runs now. An unknown thread id changes nothing. */
  hold(tid: number, hold: HoldSpec): void {
    const task = this.byTid.get(tid)
    if (task === undefined) return
    task.hold = hold
    task.holdUniverse = task.patchState === 1 ? 1 : 0
  }

  /** The task exits; a parent that waits for it in vfork goes on. */
  exit(tid: number, transition: Transition | null): void {
    this.byTid.delete(tid)
    for (const task of this.byTid.values()) {
      if (task.hold?.kind === 'vfork' && task.hold.waitsFor === tid) leaveSleep(task, transition)
    }
  }

  /** Start of a transition: every task is in the universe it comes from. */
  markAll(from: Universe, now: number): void {
    for (const task of this.byTid.values()) {
      task.patchState = from
      task.pendingSince = now
      task.holdUniverse = from
      // Nearly every task is asleep outside the patched functions and switches at the first look.
      task.busyRounds = this.#random() < 0.97 ? 0 : 1 + Math.floor(this.#random() * 2)
    }
  }

  /** End of a transition: no task has a patch state any more. */
  clearAll(): void {
    for (const task of this.byTid.values()) {
      task.patchState = -1
      task.pendingSince = null
    }
  }

  pending(): Task[] {
    return [...this.byTid.values()].filter((task) => task.pendingSince !== null)
  }

  totals(transition: Transition | null): TaskTotals {
    return countTasks(this.byTid.values(), transition)
  }
}

/** Counts these tasks by universe. */
export const countTasks = (tasks: Iterable<Task>, transition: Transition | null): TaskTotals => {
  const totals = { total: 0, migrated: 0, remaining: 0, kthreadsRemaining: 0 }
  if (transition === null) return totals
  for (const task of tasks) {
    totals.total += 1
    if (task.patchState === transition.target) totals.migrated += 1
    else {
      totals.remaining += 1
      if (task.kind === 'kthread') totals.kthreadsRemaining += 1
    }
  }
  return totals
}
