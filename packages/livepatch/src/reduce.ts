import type { HostReport, ReportEvent, ReportPatch } from '@graftwatch/contract'
import { isNewer, toWrite } from './attempts.ts'
import { deriveFlags, deriveState } from './derive-state.ts'
import { closeIfOver, endAttempt, followTransition, recordUntold, releaseAll } from './follow-attempts.ts'
import { type HostClock, hostClock } from './host-clock.ts'
import { Facts, type Step } from './step.ts'
import type { Change, HostTruth } from './truth.ts'

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

function handleReboot(step: Step): void {
  const { truth, report, clock, facts } = step
  if (truth.bootId === report.kernel.bootId) return
  const bootedAt = report.kernel.bootedAt ? clock.at(report.kernel.bootedAt) : clock.now
  if (truth.open) {
    // It ran when it was last read, whatever the host's clock says of its boot.
    const endedAt = bootedAt < truth.open.readAt ? truth.open.readAt : bootedAt
    releaseAll(step, endedAt)
    const ended = toWrite(truth.open, truth.bootId)
    endAttempt(step, { ...ended, endedAt, outcome: 'endedByReboot' })
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

function followPatches(step: Step): void {
  const { truth, report, facts } = step
  const now = report.patches
    .filter(({ state }) => state !== 'leftover')
    .map((patch) => {
      const before = truth.patches.find(({ name }) => name === patch.name)
      // Unreadable is not disabled: what was known of it holds.
      const enabled = patch.enabled ?? before?.enabled ?? false
      return {
        name: patch.name,
        build: patch.srcVersion ?? '',
        enabled,
        applied: enabled && !patch.inTransition,
        state: patch.state,
      }
    })
  const replacing = report.patches.find((patch) => patch.enabled === true && replacesOthers(step, patch))
  if (!step.isFirstContact) {
    for (const patch of now) {
      const before = truth.patches.find(({ name }) => name === patch.name)
      if (patch.applied && !before?.applied) {
        facts.add('patch-enabled', { patch: patch.name, source: 'observed' })
        // A try that succeeded between two readings, on a host whose log cannot be read: nobody tells of the attempt.
        const { failed } = truth
        if (failed && (patch.name === failed.patch || isNewer(patch.name, failed.patch))) truth.failed = null
      }
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

/** Kernels before 6.11 do not say; then a load that completed in this very reading is what took the older patch away. */
function replacesOthers({ attempts }: Step, patch: ReportPatch): boolean {
  if (patch.replace !== null) return patch.replace
  return attempts.some(
    (attempt) =>
      attempt.patch.name === patch.name &&
      attempt.direction === 'patching' &&
      attempt.outcome === 'completed',
  )
}

/** A log that repeats itself without end must not fill the history. A busy host tells of a few dozen a day. */
const toldPerDay = 2000

const gistOf = ({ at, kind, patch, source }: ReportEvent) => JSON.stringify([at, kind, patch, source])

/** Events that the report before did not tell of already, as many as a day may have. */
function newlyTold({ truth, report, clock, facts }: Step, previous: HostReport | null): ReportEvent[] {
  const isSameBoot = previous?.kernel.bootId === report.kernel.bootId
  const before = new Set(isSameBoot ? previous.events.map(gistOf) : [])
  const fresh = report.events.filter((event) => !before.has(gistOf(event)))
  if (fresh.length === 0) return []
  const day = clock.now.slice(0, 10)
  const kept = truth.told?.day === day ? truth.told.kept : 0
  const taken = fresh.slice(0, toldPerDay - Math.min(kept, toldPerDay))
  // One above the limit: that events were left out is told once a day.
  if (taken.length < fresh.length && kept <= toldPerDay)
    facts.add('reports-dropped', { detail: `events beyond ${toldPerDay} on ${day}` })
  truth.told = { day, kept: taken.length < fresh.length ? toldPerDay + 1 : kept + taken.length }
  return taken
}

function followLog(step: Step, previous: HostReport | null): void {
  const { truth, report, clock, facts } = step
  for (const event of newlyTold(step, previous))
    facts.add(event.kind, {
      occurredAt: clock.at(event.at),
      toldAt: event.at,
      patch: event.patch,
      source: event.source,
    })
  const forced = [
    ...report.patches.filter((patch) => patch.forced === true).map(({ name }) => name),
    ...report.events.filter(({ kind }) => kind === 'forced').map(({ patch }) => patch ?? 'unknown'),
  ]
  truth.forced = [...new Set([...truth.forced, ...forced])].slice(0, 32)
}

/**
 * When a state of a running transition really began, which can be before this reading: stuck since its threshold passed, moving
 * since its start. Null for states without a transition, and when it was already moving before anybody looked.
 */
function beganAt(truth: HostTruth, state: HostTruth['state']): string | null {
  const { open } = truth
  if (!open) return null
  if (state === 'stuck') {
    const passed = Date.parse(open.progressAt) + open.stuckAfterSeconds * 1000
    return new Date(Math.min(passed, Date.parse(truth.readAt))).toISOString()
  }
  return open.startedBefore ? null : open.directionSince
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
  const since = beganAt(truth, state)
  if (isFirstContact && since !== null) Object.assign(truth, { stateSince: since, sinceBefore: false })
  if (state !== truth.state && !isFirstContact) {
    facts.add('state-changed', {
      occurredAt: since ?? clock.now,
      from: truth.state,
      to: state,
      reason,
      patch: truth.open?.patch.name ?? null,
    })
    truth.stateSince = since ?? clock.now
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
  followLog(step, previous?.report ?? null)
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
