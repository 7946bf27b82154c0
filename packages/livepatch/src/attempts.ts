import type { AttemptOutcome, HostReport, ReportPatch, ReportTransition } from '@graftwatch/contract'
import { holdTasks, keyOf } from './held-tasks.ts'
import { type HostClock, secondsBetween } from './host-clock.ts'
import type { Step } from './step.ts'
import { stuckAfterSeconds } from './stuck-threshold.ts'
import type { AttemptWrite, HostTruth, OpenAttempt, PatchIdentity } from './truth.ts'

/** Two samples further apart say nothing about the time between, unless the same task holds in both. */
const sampleGapSeconds = 60
/** Two starts of one attempt may differ by this: the log's and the one observed, or two readings of a skewed clock. */
const sameStartSeconds = 3

export const identityOf = (patch: Pick<ReportPatch, 'mechanism' | 'name' | 'srcVersion'>): PatchIdentity => ({
  mechanism: patch.mechanism,
  name: patch.name,
  build: patch.srcVersion ?? '',
})

function identityByName(report: HostReport, { patch: name, mechanism }: ReportTransition): PatchIdentity {
  const patch = report.patches.find((candidate) => candidate.name === name)
  return patch ? identityOf(patch) : { mechanism, name, build: '' }
}

export function toWrite(open: OpenAttempt, bootId: string): AttemptWrite {
  const { number, patch, startedAt, startedAtSource, startedBefore, total, remaining, lowWater } = open
  return {
    number,
    bootId,
    patch,
    direction: open.direction,
    startedAt,
    startedAtSource,
    startedBefore,
    endedAt: null,
    outcome: null,
    total,
    remaining,
    lowWater,
    progressAt: open.progressAt,
    confidence: open.confidence,
    failure: null,
  }
}

/** The attempt a transition's first report opens. The agent's own low-water time is the baseline, when it watched before us. */
export function openAttempt(
  { report, clock, labels, isFirstContact }: Step,
  transition: ReportTransition,
  number: number,
): OpenAttempt {
  const isByAge = transition.confidence !== 'full' && !isSpoiled(transition)
  const startedAt = clock.at(transition.startedAt)
  const patch = report.patches.find((candidate) => candidate.name === transition.patch)
  return {
    number,
    patch: identityByName(report, transition),
    manager: patch?.manager ?? null,
    direction: transition.direction,
    moving: transition.direction,
    startedAt,
    startedAtSource: transition.startedAtSource,
    startedBefore: isFirstContact && transition.startedAtSource === 'observed',
    directionSince: startedAt,
    progressAt: transition.progressAt ? clock.at(transition.progressAt) : clock.now,
    lowWater: null,
    total: null,
    remaining: null,
    confidence: transition.confidence,
    signalsByItself: transition.signalsByItself ?? null,
    signaledAt: null,
    stuckAfterSeconds: stuckAfterSeconds({ ...transition, isByAge }, labels),
    isByAge,
    held: [],
    sampledAt: '',
    sampledRemaining: null,
    readAt: clock.now,
  }
}

/** A reading that was disturbed says nothing about what can be read here. */
const isSpoiled = ({ confidenceReason }: ReportTransition): boolean =>
  confidenceReason === 'race' || confidenceReason === 'edge'

/** Whether only age counts now. A host that is stuck by its counts stays so when they can no longer be read. */
function countsByAge(open: OpenAttempt, transition: ReportTransition): boolean {
  if (transition.confidence === 'full') return false
  const wasByAge = open.isByAge ?? open.confidence !== 'full'
  const wasStuck = secondsBetween(open.progressAt, open.readAt) >= open.stuckAfterSeconds
  return wasByAge || !(isSpoiled(transition) || wasStuck)
}

/** When a transition turned around: the log's word, where it falls between the two readings, else the second of them. */
function reversedAt(open: OpenAttempt, report: HostReport, clock: HostClock): string {
  const told = report.events
    .filter(({ kind, patch }) => kind === 'transition-reversed' && patch === open.patch.name)
    .map(({ at }) => clock.at(at))
    .find((at) => at > open.readAt && at <= clock.now)
  return told ?? clock.now
}

/** A running attempt after one more reading: direction, low-water mark, who holds it. */
export function continueAttempt(
  open: OpenAttempt,
  { report, clock, labels }: Pick<Step, 'report' | 'clock' | 'labels'>,
) {
  const transition = report.transition
  if (!transition) throw new TypeError('continueAttempt needs a report with a transition')
  const next: OpenAttempt = { ...open, readAt: clock.now, confidence: transition.confidence }
  next.isByAge = countsByAge(open, transition)
  next.stuckAfterSeconds = stuckAfterSeconds({ ...transition, isByAge: next.isByAge }, labels)
  next.signalsByItself = transition.signalsByItself ?? open.signalsByItself
  next.direction = open.direction ?? transition.direction
  const isReversal =
    open.moving !== null && transition.direction !== null && open.moving !== transition.direction
  next.moving = transition.direction ?? open.moving
  // A first reading counts for the direction it guessed; once that is known, its number means nothing.
  if (open.moving === null && next.moving !== null) next.lowWater = null
  if (isReversal) {
    const at = reversedAt(open, report, clock)
    Object.assign(next, { directionSince: at, progressAt: at, lowWater: null })
    if (open.moving === open.direction) next.lowBeforeTurn = open.lowWater
  }

  const { held, writes } = holdTasks(next, transition, clock, open.moving)
  // Where tasks cannot be read at all, age is all there is, and it grows between readings too.
  const hasTasks = transition.confidence !== 'none' || open.confidence !== 'none'
  const wasBlind = hasTasks && secondsBetween(open.readAt, clock.now) > sampleGapSeconds
  const stillHeld = open.held.some((task) => held.some((other) => keyOf(other) === keyOf(task)))
  if (wasBlind && open.sampledAt !== '' && !stillHeld) next.progressAt = clock.now
  next.held = held

  const { remaining, total } = transition.tasks
  next.remaining = remaining
  next.total = total
  if (transition.confidence === 'full' && remaining !== null && transition.direction === next.moving) {
    const low = next.lowWater
    if (low === null) next.lowWater = remaining
    else if (remaining < low) Object.assign(next, { lowWater: remaining, progressAt: clock.now })
  }
  // Reports repeat what happened before: an earlier attempt's signal is not this one's.
  const signals = report.events
    .filter(({ kind, patch }) => kind === 'tasks-signaled' && (patch === null || patch === transition.patch))
    .map(({ at }) => clock.at(at))
  next.signaledAt ??= signals.find((at) => at >= next.startedAt) ?? null
  const isSample =
    open.sampledAt === '' ||
    open.sampledRemaining !== remaining ||
    secondsBetween(open.sampledAt, clock.now) >= 60
  if (isSample) Object.assign(next, { sampledAt: clock.now, sampledRemaining: remaining })
  return { open: next, isReversal, blockers: writes, isSample }
}

/** Whether two instants can be the start of one attempt. */
export const isSameStart = (a: string, b: string): boolean =>
  Math.abs(secondsBetween(a, b)) < sameStartSeconds

/** What the report says of this attempt's end; null while it says nothing of it. */
export function toldEnd(open: OpenAttempt, toldAt: string | null, report: HostReport, clock: HostClock) {
  const told = report.attempts.findLast(
    (attempt) =>
      attempt.patch === open.patch.name &&
      (isSameStart(clock.at(attempt.startedAt), open.startedAt) ||
        (toldAt !== null && isSameStart(attempt.startedAt, toldAt))),
  )
  if (!told?.endedAt || !told.outcome) return null
  const { direction, outcome, failure = null, blocking = [] } = told
  return { endedAt: clock.at(told.endedAt), outcome, direction, failure, blocking }
}

/** How an attempt ended that is no longer running, as far as the patches now listed tell. */
export function outcomeOf(
  open: OpenAttempt,
  report: HostReport,
  wasEnabledBefore: boolean,
  clock: HostClock,
): { outcome: AttemptOutcome; direction: 'patching' | 'unpatching'; isApplied: boolean } {
  const patch = report.patches.find((candidate) => candidate.name === open.patch.name)
  const isApplied = patch?.enabled === true && !patch.inTransition
  const direction = open.direction ?? (isApplied || !wasEnabledBefore ? 'patching' : 'unpatching')
  const isForced = report.events.some(
    ({ kind, at, patch: name }) =>
      kind === 'forced' && (name === null || name === open.patch.name) && clock.at(at) >= open.startedAt,
  )
  if (isForced) return { outcome: 'forced', direction, isApplied }
  return {
    outcome: isApplied === (direction === 'patching') ? 'completed' : 'reversed',
    direction,
    isApplied,
  }
}

/** Attempts the agent tells of that began and ended between two reports, in the order in which they began. */
export function untoldAttempts(
  truth: Pick<HostTruth, 'knownAttempts'>,
  report: HostReport,
  clock: HostClock,
) {
  const untold = report.attempts.flatMap((attempt) => {
    if (attempt.endedAt === null || attempt.outcome === null) return []
    const toldAt = attempt.startedAt
    const startedAt = clock.at(toldAt)
    const isKnown = truth.knownAttempts.some(
      (known) =>
        known.patch === attempt.patch &&
        (isSameStart(known.startedAt, startedAt) ||
          (known.toldAt !== null && isSameStart(known.toldAt, toldAt))),
    )
    if (isKnown) return []
    const endedAt = clock.at(attempt.endedAt)
    return [
      {
        ...attempt,
        toldAt,
        startedAt,
        endedAt: endedAt < startedAt ? startedAt : endedAt,
        outcome: attempt.outcome,
      },
    ]
  })
  return untold.sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt))
}
