import type { HostReport } from '@graftwatch/contract'
import {
  continueAttempt,
  failureAfter,
  identityOf,
  openAttempt,
  outcomeOf,
  toWrite,
  untoldAttempts,
} from './attempts.ts'
import { deriveFlags, deriveState } from './derive-state.ts'
import { type HostClock, hostClock } from './host-clock.ts'
import type { AttemptWrite, BlockerWrite, Change, HostFact, HostTruth } from './truth.ts'

const knownAttemptsMax = 32

/** Facts of one report, with what all of them share filled in. */
class Facts {
  readonly list: HostFact[] = []
  private readonly bootId: string
  private readonly now: string

  constructor(bootId: string, now: string) {
    this.bootId = bootId
    this.now = now
  }

  add(kind: HostFact['kind'], fields: Partial<HostFact> = {}): void {
    this.list.push({
      kind,
      occurredAt: this.now,
      bootId: this.bootId,
      patch: null,
      source: 'server',
      from: null,
      to: null,
      reason: null,
      detail: null,
      ...fields,
    })
  }
}

function firstTruth(report: HostReport, clock: HostClock): HostTruth {
  return {
    bootId: report.kernel.bootId,
    release: report.kernel.release,
    bootedAt: report.kernel.bootedAt,
    sequence: report.sequence,
    readAt: clock.now,
    firstContactAt: clock.now,
    state: 'unknown',
    reason: 'neverReported',
    stateSince: clock.now,
    sinceBefore: true,
    flags: [],
    attempts: 0,
    knownAttempts: [],
    open: null,
    failed: null,
    patches: [],
    lastEnabled: null,
    forced: [],
    unpatchedTargets: 0,
    dropped: report.agent.dropped,
  }
}

/** A failed source says nothing about patches; what it said before stays, so that unreadable never looks like removed. */
function carryOver(report: HostReport, previous: HostReport | null): HostReport {
  const klp = report.sources.find(({ name }) => name === 'klp')
  const isSameBoot = previous?.kernel.bootId === report.kernel.bootId
  if (klp?.status !== 'failed' || !previous || !isSameBoot) return report
  const kept = previous.patches.filter(({ mechanism }) => mechanism === 'klp')
  return { ...report, patches: [...kept, ...report.patches.filter(({ mechanism }) => mechanism !== 'klp')] }
}

interface Step {
  truth: HostTruth
  report: HostReport
  clock: HostClock
  facts: Facts
  attempts: AttemptWrite[]
  blockers: BlockerWrite[]
  isFirstContact: boolean
}

function releaseAll(step: Step, at: string): void {
  const { open } = step.truth
  for (const held of open?.held ?? [])
    if (held.recorded)
      step.blockers.push({
        number: open?.number ?? 0,
        direction: open?.moving ?? null,
        held,
        releasedAt: at,
      })
}

function endAttempt(step: Step, ended: AttemptWrite): void {
  const { truth, facts, report } = step
  step.attempts.push(ended)
  const replaces = report.patches.some(({ name, replace }) => name === ended.patch.name && replace === true)
  truth.failed = failureAfter(truth.failed, ended, replaces)
  facts.add('attempt-ended', {
    occurredAt: ended.endedAt ?? step.clock.now,
    patch: ended.patch.name,
    reason: ended.outcome,
    detail: ended.direction,
  })
}

function handleReboot(step: Step): void {
  const { truth, report, clock, facts } = step
  if (truth.bootId === report.kernel.bootId) return
  const bootedAt = report.kernel.bootedAt ? clock.at(report.kernel.bootedAt) : clock.now
  if (truth.open) {
    releaseAll(step, bootedAt)
    const ended = toWrite(truth.open, truth.bootId)
    endAttempt(step, { ...ended, endedAt: bootedAt, outcome: 'endedByReboot' })
  }
  facts.add('rebooted', { occurredAt: bootedAt, source: 'observed', detail: report.kernel.release })
  Object.assign(truth, {
    bootId: report.kernel.bootId,
    release: report.kernel.release,
    bootedAt: report.kernel.bootedAt,
    open: null,
    failed: null,
    forced: [],
    patches: [],
    unpatchedTargets: 0,
  })
}

function remember(truth: HostTruth, number: number, patch: string, startedAt: string): void {
  truth.knownAttempts = [...truth.knownAttempts, { number, patch, startedAt }].slice(-knownAttemptsMax)
}

/** The open attempt is over once its source answers and names another transition, or none. */
function closeIfOver(step: Step): void {
  const { truth, report, clock } = step
  const { open } = truth
  if (!open || report.transition?.patch === open.patch.name) return
  const isSilentSource = report.sources.some(({ name, status }) => name === 'klp' && status === 'failed')
  if (isSilentSource) return
  const before = truth.patches.find(({ name }) => name === open.patch.name)
  const { outcome, direction } = outcomeOf(open, report, before?.applied ?? false)
  const told = report.attempts.findLast(({ patch, endedAt }) => patch === open.patch.name && endedAt !== null)
  const endedAt = told?.endedAt ? clock.at(told.endedAt) : clock.now
  releaseAll(step, endedAt)
  const isDone = outcome === 'completed' || outcome === 'forced'
  endAttempt(step, {
    ...toWrite(open, truth.bootId),
    direction,
    endedAt: endedAt < open.startedAt ? clock.now : endedAt,
    outcome,
    ...(isDone && { remaining: 0, lowWater: 0 }),
  })
  truth.open = null
}

function followTransition(step: Step): Change['sample'] {
  const { truth, report, clock, facts } = step
  const { transition } = report
  if (!transition) return null
  if (!truth.open) {
    truth.attempts += 1
    truth.open = openAttempt(report, transition, truth.attempts, clock, step.isFirstContact)
    remember(truth, truth.attempts, transition.patch, truth.open.startedAt)
  }
  const { open, isReversal, blockers, isSample } = continueAttempt(truth.open, report, clock)
  truth.open = open
  step.blockers.push(...blockers)
  step.attempts.push(toWrite(open, truth.bootId))
  if (isReversal && !report.events.some(({ kind }) => kind === 'transition-reversed'))
    facts.add('transition-reversed', {
      patch: open.patch.name,
      source: 'observed',
      detail: open.moving,
    })
  for (const { held, releasedAt } of blockers) {
    if (releasedAt === null && held.task.stack === null && held.task.cause === 'running') continue
    facts.add(releasedAt ? 'task-released' : 'task-blocking', {
      occurredAt: releasedAt ?? held.firstSeenAt,
      patch: open.patch.name,
      source: 'observed',
      detail: `${held.task.comm} (${held.tid})${held.task.blockingFunction ? ` in ${held.task.blockingFunction}` : ''}`,
    })
  }
  if (!isSample) return null
  return { number: open.number, at: clock.now, remaining: open.remaining, total: open.total }
}

function recordUntold(step: Step): void {
  const { truth, report, clock } = step
  for (const attempt of untoldAttempts(truth, report, clock)) {
    truth.attempts += 1
    remember(truth, truth.attempts, attempt.patch, attempt.startedAt)
    const patch = report.patches.find(({ name }) => name === attempt.patch)
    endAttempt(step, {
      number: truth.attempts,
      bootId: truth.bootId,
      patch: patch ? identityOf(patch) : { mechanism: 'klp', name: attempt.patch, build: '' },
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
    })
  }
}

function followPatches(step: Step): void {
  const { truth, report, facts } = step
  const now = report.patches
    .filter(({ state }) => state !== 'leftover')
    .map((patch) => ({
      name: patch.name,
      build: patch.srcVersion ?? '',
      enabled: patch.enabled === true,
      applied: patch.enabled === true && !patch.inTransition,
      state: patch.state,
    }))
  const replacing = report.patches.find(({ enabled, replace }) => enabled === true && replace === true)
  if (!step.isFirstContact) {
    for (const patch of now) {
      const before = truth.patches.find(({ name }) => name === patch.name)
      if (patch.applied && !before?.applied)
        facts.add('patch-enabled', { patch: patch.name, source: 'observed' })
      // Right after an atomic replace the old patch reads 0/0 for a moment: that is no "disabled".
      if (before?.applied && !patch.enabled && replacing?.name !== patch.name && !replacing)
        facts.add('patch-disabled', { patch: patch.name, source: 'observed' })
    }
    for (const before of truth.patches)
      if (before.applied && !now.some(({ name }) => name === before.name))
        facts.add('patch-removed', {
          patch: before.name,
          source: 'observed',
          detail: replacing ? `replaced by ${replacing.name}` : null,
        })
  }
  truth.patches = now
  const on = now.findLast(({ applied }) => applied)
  if (on) truth.lastEnabled = { release: truth.release, bootId: truth.bootId, patch: on.name }
}

function followLog(step: Step): void {
  const { truth, report, clock, facts } = step
  for (const event of report.events)
    facts.add(event.kind, { occurredAt: clock.at(event.at), patch: event.patch, source: event.source })
  const forced = [
    ...report.patches.filter((patch) => patch.forced === true).map(({ name }) => name),
    ...report.events.filter(({ kind }) => kind === 'forced').map(({ patch }) => patch ?? 'unknown'),
  ]
  truth.forced = [...new Set([...truth.forced, ...forced])].slice(0, 32)
}

function followState(step: Step): void {
  const { truth, report, clock, facts, isFirstContact } = step
  const hasBareTarget = report.patches.some(
    (patch) =>
      patch.enabled === true &&
      !patch.inTransition &&
      patch.objects.some((object) => object.loaded === true && object.patched === false),
  )
  truth.unpatchedTargets = hasBareTarget ? truth.unpatchedTargets + 1 : 0
  const [state, reason] = deriveState(report, truth)
  if (state !== truth.state && !isFirstContact) {
    facts.add('state-changed', {
      from: truth.state,
      to: state,
      reason,
      patch: truth.open?.patch.name ?? null,
    })
    truth.stateSince = clock.now
    truth.sinceBefore = false
  }
  truth.state = state
  truth.reason = reason
  const flags = deriveFlags(report, truth, clock.isSkewed)
  if (flags.includes('clockSkew') && !truth.flags.includes('clockSkew')) facts.add('clock-skewed')
  truth.flags = flags
}

/**
 * Folds one report into what the server knows of a host: pure, deterministic, and the only place where state is decided.
 *
 * `previous` is null at first contact, which makes a baseline and no "changed" facts. Reports must come in order of `sequence`;
 * the caller keeps late ones out. `received.at` is the server's clock in ms; `received.sentAt` the host's when it sent, or null.
 * Returns everything to write. Throws on nothing a valid report can hold.
 */
export function reduce(
  previous: { truth: HostTruth; report: HostReport } | null,
  incoming: HostReport,
  received: { at: number; sentAt: number | null },
): Change {
  const clock = hostClock(incoming, received.at, received.sentAt)
  const report = carryOver(incoming, previous?.report ?? null)
  const truth: HostTruth = previous ? structuredClone(previous.truth) : firstTruth(report, clock)
  // Two readings may not run backwards on the server's clock, or durations would be negative.
  const now = clock.now < truth.readAt ? truth.readAt : clock.now
  const steady: HostClock = { ...clock, now }
  const facts = new Facts(report.kernel.bootId, now)
  const isFirstContact = previous === null
  const step: Step = { truth, report, clock: steady, facts, attempts: [], blockers: [], isFirstContact }

  if (isFirstContact) facts.add('first-contact', { detail: report.host.hostname })
  handleReboot(step)
  truth.readAt = now
  truth.sequence = report.sequence
  truth.release = report.kernel.release
  followLog(step)
  closeIfOver(step)
  recordUntold(step)
  const sample = followTransition(step)
  followPatches(step)
  followState(step)
  if (report.agent.dropped > truth.dropped)
    facts.add('reports-dropped', { detail: String(report.agent.dropped - truth.dropped) })
  truth.dropped = report.agent.dropped
  return { truth, report, facts: facts.list, attempts: step.attempts, blockers: step.blockers, sample }
}
