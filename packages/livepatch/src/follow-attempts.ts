import {
  continueAttempt,
  identityOf,
  openAttempt,
  outcomeOf,
  toldEnd,
  toWrite,
  untoldAttempts,
} from './attempts.ts'
import { firstMechanism, isContradiction, statusOf } from './derive-state.ts'
import { failureAfter } from './failures.ts'
import { keptEvidence } from './held-tasks.ts'
import type { Step } from './step.ts'
import type { AttemptWrite, BlockerWrite, Change, HostTruth } from './truth.ts'

const knownAttemptsMax = 128

/** Ends what still holds the open attempt; the caller tells of it, or of the reboot that did it. */
export function releaseAll(step: Step, at: string): BlockerWrite[] {
  const { open } = step.truth
  const released = (open?.held ?? [])
    .filter(({ recorded }) => recorded)
    .map((held) => ({
      number: open?.number ?? 0,
      direction: open?.moving ?? null,
      held,
      releasedAt: at,
    }))
  step.blockers.push(...released)
  return released
}

function tellOfTasks({ facts }: Step, patch: string, blockers: readonly BlockerWrite[]): void {
  for (const { held, releasedAt } of blockers) {
    const { task, tid, firstSeenAt } = held
    if (releasedAt === null && task.stack === null && task.cause === 'running') continue
    facts.add(releasedAt ? 'task-released' : 'task-blocking', {
      occurredAt: releasedAt ?? firstSeenAt,
      patch,
      source: 'observed',
      detail: `${task.comm} (${tid})${task.blockingFunction ? ` in ${task.blockingFunction}` : ''}`,
    })
  }
}

/** Tells of an attempt's end and remembers what failed. `reversedAt`: when it turned around; null where nobody saw that. */
export function endAttempt(step: Step, ended: AttemptWrite, reversedAt: string | null = null): void {
  const { truth, facts, report } = step
  step.attempts.push(ended)
  const patch = report.patches.find(({ name }) => name === ended.patch.name)
  truth.failed = failureAfter(truth.failed, ended, {
    replaces: patch?.replace === true,
    // In transition again: what came of the try before cannot be seen any more.
    isApplied: patch?.inTransition ? null : patch?.enabled === true,
    reversedAt,
  })
  facts.add('attempt-ended', {
    bootId: ended.bootId,
    occurredAt: ended.endedAt ?? step.clock.now,
    patch: ended.patch.name,
    reason: ended.outcome,
    detail: ended.direction,
  })
}

function remember(truth: HostTruth, attempt: HostTruth['knownAttempts'][number]): void {
  truth.knownAttempts = [...truth.knownAttempts, attempt].slice(-knownAttemptsMax)
}

/**
 * The open attempt is over once its source answers and names another transition, or none; or when the agent tells of its end
 * and the same patch is being tried again already, as retrying loaders do.
 */
export function closeIfOver(step: Step): void {
  const { truth, report, clock } = step
  const { open } = truth
  if (!open) return
  const known = truth.knownAttempts.findLast(({ number }) => number === open.number)
  const told = toldEnd(open, known?.toldAt ?? null, report, clock)
  if (report.transition?.patch === open.patch.name && told === null) return
  const { mechanism } = open.patch
  if (statusOf(report, mechanism) === 'failed' || isContradiction(report, mechanism)) return
  const before = truth.patches.find(({ name }) => name === open.patch.name)
  const seen = outcomeOf(open, report, before?.applied ?? false, clock)
  const outcome = seen.outcome === 'forced' ? seen.outcome : (told?.outcome ?? seen.outcome)
  const direction = open.direction ?? told?.direction ?? seen.direction
  const endedAt = told && told.endedAt >= open.startedAt ? told.endedAt : clock.now
  tellOfTasks(step, open.patch.name, releaseAll(step, endedAt))
  const hasTurned = open.direction !== null && open.moving !== open.direction
  // Who held it on the way it set out on let go where it turned around.
  const kept = { number: open.number, direction, releasedAt: hasTurned ? open.directionSince : endedAt }
  step.blockers.push(...keptEvidence(told?.blocking ?? [], hasTurned ? [] : open.held, clock, kept))
  endAttempt(
    step,
    {
      ...toWrite(open, truth.bootId),
      direction,
      endedAt,
      outcome,
      failure: told?.failure ?? null,
      // How near it came counts the tasks of the way it set out on.
      ...(hasTurned && { lowWater: open.lowBeforeTurn ?? null }),
      // Forced tasks were declared done, not migrated: what was counted last stays.
      ...(outcome === 'completed' && { remaining: 0, lowWater: 0 }),
    },
    hasTurned ? open.directionSince : null,
  )
  truth.open = null
}

export function followTransition(step: Step): Change['sample'] {
  const { truth, report, clock, facts } = step
  const { transition } = report
  if (!transition) return null
  if (!truth.open) {
    truth.attempts += 1
    truth.open = openAttempt(step, transition, truth.attempts)
    const { startedAt } = truth.open
    remember(truth, {
      number: truth.attempts,
      patch: transition.patch,
      startedAt,
      toldAt: transition.startedAt,
    })
  }
  const { open, isReversal, blockers, isSample } = continueAttempt(truth.open, step)
  truth.open = open
  step.blockers.push(...blockers)
  step.attempts.push(toWrite(open, truth.bootId))
  if (isReversal && !report.events.some(({ kind }) => kind === 'transition-reversed'))
    facts.add('transition-reversed', {
      patch: open.patch.name,
      source: 'observed',
      detail: open.moving,
    })
  tellOfTasks(step, open.patch.name, blockers)
  if (!isSample) return null
  return { number: open.number, at: clock.now, remaining: open.remaining, total: open.total }
}

export function recordUntold(step: Step): void {
  const { truth, report, clock } = step
  for (const attempt of untoldAttempts(truth, report, clock)) {
    truth.attempts += 1
    const { patch: name, startedAt, toldAt } = attempt
    remember(truth, { number: truth.attempts, patch: name, startedAt, toldAt })
    const patch = report.patches.find(({ name }) => name === attempt.patch)
    const { direction, endedAt: releasedAt, blocking = [] } = attempt
    step.blockers.push(
      ...keptEvidence(blocking, [], clock, { number: truth.attempts, direction, releasedAt }),
    )
    endAttempt(step, {
      number: truth.attempts,
      bootId: truth.bootId,
      patch: patch
        ? identityOf(patch)
        : { mechanism: firstMechanism(report), name: attempt.patch, build: '' },
      direction: attempt.direction,
      startedAt: attempt.startedAt,
      startedAtSource: 'kernel-log',
      startedBefore: false,
      endedAt: attempt.endedAt,
      outcome: attempt.outcome,
      total: null,
      remaining: null,
      lowWater: null,
      progressAt: attempt.endedAt,
      confidence: 'none',
      failure: attempt.failure ?? null,
    })
  }
}
