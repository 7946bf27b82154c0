import type { HostReport, Mechanism, ReportPatch } from '@graftwatch/contract'
import { mechanisms } from '@graftwatch/contract/vocabulary'
import { handleReboot, isReturnedBoot } from './boots.ts'
import { isAtomic, statusOf } from './derive-state.ts'
import { followClients, followWithdrawal } from './failures.ts'
import { closeIfOver, followTransition, recordUntold } from './follow-attempts.ts'
import { followLog } from './follow-log.ts'
import { followPatches } from './follow-patches.ts'
import { followState } from './follow-state.ts'
import { type HostClock, hostClock } from './host-clock.ts'
import { Facts, type Step } from './step.ts'
import type { Change, HostTruth } from './truth.ts'

function firstTruth(report: HostReport, clock: HostClock): HostTruth {
  return {
    bootId: report.kernel.bootId,
    release: report.kernel.release,
    bootedAt: report.kernel.bootedAt && clock.at(report.kernel.bootedAt),
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

/** A failed source says nothing; what it said before stays, so that unreadable never looks like removed. */
function carryOver(report: HostReport, previous: HostReport | null): HostReport {
  if (previous?.kernel.bootId !== report.kernel.bootId) return report
  const unread = (mechanism: Mechanism) => statusOf(report, mechanism) === 'failed'
  const hasUnreadPackages = report.sources.some(
    ({ name, status }) => name === 'packages' && status === 'failed',
  )
  if (!mechanisms.some(unread) && !hasUnreadPackages) return report
  const kept = previous.patches.filter(({ mechanism }) => unread(mechanism))
  const patches = [...kept, ...report.patches.filter(({ mechanism }) => !unread(mechanism))]
  if (!hasUnreadPackages) return { ...report, patches }
  // What one kernel would lose is not said of another, nor of patches that are gone.
  const isSame =
    report.reboot.installedKernel === previous.reboot.installedKernel &&
    previous.patches.every((known) => patches.some((patch) => isSameBuild(known, patch)))
  const fixesLost = report.reboot.fixesLost ?? (isSame ? previous.reboot.fixesLost : null)
  const reboot = report.reboot.pending === null ? previous.reboot : { ...report.reboot, fixesLost }
  const named = patches.map((patch) => {
    const before = previous.patches.find((known) => isSameBuild(known, patch))
    return {
      ...patch,
      package: patch.package ?? before?.package ?? null,
      cves: patch.cves ?? before?.cves ?? null,
    }
  })
  return { ...report, patches: named, available: previous.available, reboot }
}

const isSameBuild = (a: ReportPatch, b: ReportPatch): boolean =>
  a.mechanism === b.mechanism && a.name === b.name && a.srcVersion === b.srcVersion

/** What applies at once is never under way, whatever a report says of it. */
function withoutAtomicTransition(report: HostReport): HostReport {
  return report.transition && isAtomic(report.transition.mechanism) ? { ...report, transition: null } : report
}

/**
 * Folds one report into what the server knows of a host: pure, deterministic, and the only place where state is decided.
 *
 * `previous` is null at first contact, which makes a baseline and no "changed" facts. Reports must come in order of `sequence`;
 * the caller keeps late ones out, and gives those that {@link isReturnedBoot} names a host of their own: here they change
 * nothing. `received.at` is the server's clock in ms; `received.sentAt` the host's when it sent, or null; `received.labels`
 * the labels that count when they are not the report's. Returns everything to write. Throws on nothing a valid report can hold.
 */
export function reduce(
  previous: { truth: HostTruth; report: HostReport } | null,
  incoming: HostReport,
  received: { at: number; sentAt: number | null; labels?: Record<string, string> },
): Change {
  const clock = hostClock(incoming, received.at, received.sentAt)
  if (previous && isReturnedBoot(previous.truth, incoming)) {
    const truth = { ...structuredClone(previous.truth), sequence: incoming.sequence }
    const nothing = { facts: [], attempts: [], blockers: [], bootGap: null, sample: null }
    return { truth, report: previous.report, ...nothing }
  }
  const report = carryOver(withoutAtomicTransition(incoming), previous?.report ?? null)
  const truth: HostTruth = previous ? structuredClone(previous.truth) : firstTruth(report, clock)
  // Two readings may not run backwards on the server's clock, or durations would be negative.
  const now = clock.now < truth.readAt ? truth.readAt : clock.now
  const facts = new Facts(report.kernel.bootId, now)
  const step: Step = {
    truth,
    report,
    labels: received.labels ?? report.host.labels,
    clock: { ...clock, now },
    facts,
    attempts: [],
    blockers: [],
    isFirstContact: previous === null,
    readBefore: previous?.truth.readAt ?? null,
    rebootedAt: null,
    bootGap: null,
  }

  if (step.isFirstContact) facts.add('first-contact', { detail: report.host.hostname })
  handleReboot(step)
  truth.readAt = now
  truth.sequence = report.sequence
  followLog(step, previous?.report ?? null)
  closeIfOver(step)
  recordUntold(step)
  const sample = followTransition(step)
  followPatches(step)
  followClients(step)
  followWithdrawal(step)
  followState(step)
  if (report.agent.dropped > truth.dropped)
    facts.add('reports-dropped', { detail: String(report.agent.dropped - truth.dropped) })
  truth.dropped = report.agent.dropped
  const { attempts, blockers, bootGap } = step
  return { truth, report, facts: facts.list, attempts, blockers, bootGap, sample }
}
