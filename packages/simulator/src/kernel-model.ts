import type { AttemptOutcome, Direction } from '@graftwatch/contract'
import { type HostProfile, type KernelGeneration, kernelGeneration } from './host-profile.ts'
import type { KernelAttempt, KernelEvent, KernelOptions } from './kernel-records.ts'
import type { LoadedPatch, PatchSpec } from './patch.ts'
import { seededUuid } from './random.ts'
import type { HoldSpec, Task, TaskSpec } from './task.ts'
import { TaskTable, type TaskTotals } from './task-table.ts'
import {
  beginTransition,
  idleLooks,
  isHeld,
  leaveSleep,
  lookAt,
  noteProgress,
  nudge,
  passLooks,
  retriesPerNudge,
  retryMs,
  reverse,
  switchTask,
  type Transition,
} from './transition-engine.ts'

/** TAINT_DIE: the kernel has oopsed since it booted. */
const died = 128

/** A pure, deterministic model of one live-patchable kernel. Time only moves through {@link KernelModel.advance}. */
export class KernelModel {
  readonly profile: HostProfile
  readonly generation: KernelGeneration
  readonly patches: LoadedPatch[] = []
  attempts: KernelAttempt[] = []
  events: KernelEvent[] = []
  transition: Transition | null = null
  now: number
  bootedAt: number
  bootId: string
  taint = 0
  #tasks: TaskTable
  #bootNumber: number
  #eventNumber = 0
  readonly #options: KernelOptions

  constructor(options: KernelOptions) {
    this.#options = options
    this.profile = options.profile
    this.generation = kernelGeneration(options.profile.kernelRelease)
    this.now = options.bootedAt
    this.#bootNumber = options.bootNumber ?? 0
    this.bootedAt = options.bootedAt
    this.bootId = seededUuid(this.#bootSeed)
    this.#tasks = new TaskTable(this.#bootSeed, this.profile.processes, this.bootedAt)
  }

  get #bootSeed(): string {
    return `${this.#options.seed}/boot-${this.#bootNumber}`
  }

  /** False between a reboot's start and its end. */
  get isUp(): boolean {
    return this.now >= this.bootedAt
  }

  /** The release that uname says; some vendors' patches rewrite it, which is no reboot. */
  get uname(): string {
    const suffix = this.patches.findLast(({ enabled, spec }) => enabled && spec.releaseSuffix)
    return `${this.profile.kernelRelease}${suffix?.spec.releaseSuffix ?? ''}`
  }

  /** Every task in /proc, by thread id. */
  get tasks(): ReadonlyMap<number, Task> {
    return this.#tasks.byTid
  }

  /** Moves the clock on; retries, nudges, kpatch's give-up and completion happen at their times. */
  advance(seconds: number): void {
    const until = Math.round(this.now + seconds * 1_000)
    for (let due = this.#nextDue(); due !== null && due <= until; due = this.#nextDue()) {
      this.now = due
      if (this.transition?.givesUpAt === due) this.reverse()
      else this.#retry()
      this.#passIdleLooks(until)
    }
    this.now = until
  }

  /** Loads a patch. `busy`: another transition holds the only slot; the kernel refuses and logs nothing. */
  load(spec: PatchSpec): 'started' | 'busy' {
    if (this.transition !== null) return 'busy'
    const known = this.patches.findIndex((other) => other.spec.name === spec.name)
    if (known >= 0) this.patches.splice(known, 1)
    const patch: LoadedPatch = { spec, enabled: true, leftover: false, forced: false }
    this.patches.push(patch)
    this.taint |= this.profile.patchTaint
    // kGraft's first line is that of the transition.
    if (this.profile.mechanism !== 'kgraft') this.#log('patch-enabling', spec.name)
    this.#begin(patch, 'patching')
    return 'started'
  }

  /** Disables an enabled patch. `busy` as for {@link load}; also when no such patch is enabled. */
  disable(name: string): 'started' | 'busy' {
    const patch = this.patches.find((other) => other.spec.name === name && other.enabled)
    if (this.transition !== null || patch === undefined) return 'busy'
    patch.enabled = false
    this.#begin(patch, 'unpatching')
    return 'started'
  }

  /** Turns the running transition around, as writing `enabled` does; without one, nothing happens. */
  reverse(): void {
    const { transition } = this
    if (transition === null) return
    this.#keepBlockers(transition)
    reverse(this.tasks.values(), transition, this.now)
    transition.patch.enabled = transition.target === 1
    this.#log('transition-reversed', transition.patch.spec.name)
    this.#noteProgress()
  }

  /** Somebody writes `force`: every remaining task counts as switched, whatever it runs. The line in the log is the only trace. */
  force(): void {
    const { transition } = this
    if (transition === null) return
    this.#keepBlockers(transition)
    for (const task of this.pending()) switchTask(task, transition)
    transition.isForced = true
    transition.patch.forced = true
    transition.idleRounds = 0
    this.#log('forced', transition.patch.spec.name)
    this.#noteProgress()
  }

  /** A fault in the kernel that does not end it: a line of the log, and a taint that stays. */
  oops(): void {
    this.taint |= died
    this.#log('oops', null)
  }

  /** A new task, already migrated if a transition runs; returns its thread id. */
  spawn(spec: TaskSpec): number {
    return this.#tasks.spawn(spec, this.now, this.transition)
  }

  /**
   * A child of `parent`: same name and unit unless told otherwise, and the same universe, so that `remaining` may rise.
   * Returns its thread id. Throws RangeError when there is no such parent.
   */
  fork(parent: number, spec: Partial<TaskSpec> = {}): number {
    const task = this.tasks.get(parent)
    if (task === undefined) throw new RangeError(`no task ${parent}`)
    const { comm, kind, unit } = task
    return this.#tasks.spawn({ comm, kind, unit, ...spec }, this.now, this.transition, task)
  }

  /** The task falls asleep, or starts to spin, in the code it runs now. */
  hold(tid: number, hold: HoldSpec): void {
    this.#tasks.hold(tid, hold)
  }

  /** What the task waited for happened. */
  release(tid: number): void {
    const task = this.tasks.get(tid)
    if (task !== undefined) leaveSleep(task, this.transition)
    this.#noteProgress()
  }

  /** The task exits; a parent that waits for it in vfork goes on. */
  exit(tid: number): void {
    this.#tasks.exit(tid, this.transition)
    this.#noteProgress()
  }

  /** Reboots: patches, tasks, log and attempts are gone; the host is back, with a new boot id, after `downSeconds`. */
  reboot(downSeconds: number): void {
    this.#bootNumber += 1
    this.bootedAt = this.now + downSeconds * 1_000
    this.bootId = seededUuid(this.#bootSeed)
    this.#tasks = new TaskTable(this.#bootSeed, this.profile.processes, this.bootedAt)
    this.patches.length = 0
    this.attempts = []
    this.events = []
    this.transition = null
    this.taint = 0
  }

  /** As if the patch had been loaded and completed long ago: no event, no attempt. */
  startWith(spec: PatchSpec): void {
    this.patches.push({ spec, enabled: true, leftover: false, forced: false })
    this.taint |= this.profile.patchTaint
  }

  totals(): TaskTotals {
    return this.#tasks.totals(this.transition)
  }

  /** Tasks that have not migrated, in thread id order as long as none was forked meanwhile. */
  pending(): Task[] {
    return this.#tasks.pending()
  }

  #nextDue(): number | null {
    if (this.transition === null) return null
    return Math.min(this.transition.nextRetryAt, this.transition.givesUpAt ?? Number.POSITIVE_INFINITY)
  }

  #begin(patch: LoadedPatch, direction: Direction): void {
    const { name } = patch.spec
    const startedAt = this.now
    this.attempts.push({ patch: name, direction, startedAt, endedAt: null, outcome: null, blockers: [] })
    if (!this.generation.tracksTasks) {
      this.#settle(patch, direction)
      this.#endAttempt('completed')
      return
    }
    const transition = beginTransition(patch, direction, this.now, this.profile.manager, this.#options)
    this.transition = transition
    this.#tasks.markAll(transition.target === 1 ? 0 : 1, this.now)
    this.#log('transition-started', name)
    lookAt(this.pending(), transition)
    this.#noteProgress()
  }

  #noteProgress(): void {
    if (this.transition !== null) noteProgress(this.transition, this.pending().length, this.now)
  }

  #retry(): void {
    const { transition } = this
    if (transition === null) return
    transition.retries += 1
    transition.nextRetryAt = this.now + retryMs
    lookAt(this.pending(), transition)
    if (transition.idleRounds > 0) transition.idleRounds -= 1
    const remaining = this.pending()
    if (remaining.length === 0 && transition.idleRounds === 0) {
      this.#complete(transition)
      return
    }
    this.#noteProgress()
    this.#keepBlockers(transition)
    if (!this.generation.signalsByItself || transition.retries % retriesPerNudge !== 0) return
    nudge(remaining, transition)
    this.#noteProgress()
    if (transition.signaledAt === null) {
      transition.signaledAt = this.now
      this.#log('tasks-signaled', transition.patch.spec.name)
    }
  }

  #passIdleLooks(until: number): void {
    const { transition, generation } = this
    if (transition === null) return
    const looks = idleLooks(this.pending(), transition, generation.signalsByItself, until)
    if (looks > 0) passLooks(transition, looks, generation.signalsByItself)
  }

  #keepBlockers(transition: Transition): void {
    const attempt = this.attempts.at(-1)
    if (attempt === undefined || transition.isReversed) return
    const held = this.pending().filter((task) => isHeld(task, transition))
    if (held.length > 0) attempt.blockers = held.map((task) => ({ ...task }))
  }

  #complete(transition: Transition): void {
    this.transition = null
    this.#tasks.clearAll()
    this.#settle(transition.patch, transition.target === 1 ? 'patching' : 'unpatching')
    this.#endAttempt(transition.isForced ? 'forced' : transition.isReversed ? 'reversed' : 'completed')
    this.#log('transition-completed', transition.patch.spec.name)
  }

  #settle(patch: LoadedPatch, direction: Direction): void {
    if (direction === 'unpatching') {
      patch.enabled = false
      if (!this.generation.keepsDisabledPatches) this.patches.splice(this.patches.indexOf(patch), 1)
      return
    }
    if (!patch.spec.replace) return
    for (const other of this.patches) {
      if (other === patch) continue
      other.enabled = false
      other.leftover = true
    }
  }

  #endAttempt(outcome: AttemptOutcome): void {
    const attempt = this.attempts.at(-1)
    if (attempt === undefined) return
    attempt.endedAt = this.now
    attempt.outcome = outcome
  }

  #log(kind: KernelEvent['kind'], patch: string | null): void {
    this.#eventNumber += 1
    this.events.push({ number: this.#eventNumber, at: this.now, kind, patch })
    // The ring buffer of a real kernel wraps as well, and a report carries at most this many.
    if (this.events.length > 256) this.events.shift()
  }
}
