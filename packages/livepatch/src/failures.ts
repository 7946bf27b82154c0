import type { HostReport, Mechanism } from '@graftwatch/contract'
import { spokenOf } from './client-word.ts'
import { secondsBetween } from './host-clock.ts'
import { compareOnDisk, isNewer } from './patch-order.ts'
import type { Step } from './step.ts'
import type { AttemptWrite, FailedLoad, HostTruth } from './truth.ts'

/** How long kpatch waits before it takes a stalled load back: 15 s, then 60 s more; and what readings may be late by. */
const selfReversal = { fromSeconds: 60, toSeconds: 100 }

type Ended = Pick<AttemptWrite, 'direction' | 'outcome' | 'startedAt' | 'endedAt' | 'patch'>

/**
 * What a finished attempt leaves behind: a failure to remember, or one that is over.
 *
 * `reversedAt`: when it turned around, null where nobody saw it. `isApplied`: whether the patch is on now, null while that is
 * open; a force makes tasks follow the transition wherever it goes, so a load forced on its way back did not end applied.
 */
export function failureAfter(
  failed: FailedLoad | null,
  ended: Ended,
  seen: { replaces: boolean; isApplied: boolean | null; reversedAt: string | null },
): FailedLoad | null {
  if (ended.direction !== 'patching' || ended.endedAt === null) return failed
  const { name, mechanism } = ended.patch
  const isForcedBack = ended.outcome === 'forced' && seen.isApplied === false
  if (ended.outcome === 'completed' || (ended.outcome === 'forced' && !isForcedBack))
    return failed && isOvercome(failed, name, seen.replaces) ? null : failed
  if (ended.outcome === 'endedByReboot') return failed
  const seconds = secondsBetween(ended.startedAt, seen.reversedAt ?? ended.endedAt)
  const isBySelf = seconds >= selfReversal.fromSeconds && seconds <= selfReversal.toSeconds && !isForcedBack
  // What a client reported of this try is the same failure told less exactly.
  const before = failed?.patch === name && !failed.isReported ? failed : null
  return {
    patch: name,
    mechanism,
    reason: ended.outcome === 'refused' ? 'refused' : isBySelf ? 'selfReversed' : 'reversed',
    at: ended.endedAt,
    tries: (before?.tries ?? 0) + 1,
    firstAt: before?.firstAt ?? ended.startedAt,
  }
}

/** Whether a patch that came on makes good for the one that failed. */
export const isOvercome = (failed: FailedLoad, name: string, replaces: boolean): boolean =>
  name === failed.patch || replaces || isNewer(name, failed.patch)

/** Tries at the patch that failed, the running one included; 0 when nothing failed. More than one is a retry loop. */
export function triesOf({ failed, open }: Pick<HostTruth, 'failed' | 'open'>): number {
  if (!failed) return 0
  const isTrying = open?.patch.name === failed.patch && open.direction !== 'unpatching'
  return failed.tries + (isTrying ? 1 : 0)
}

/** What a source other than the kernel's own log says failed, in the report's order. */
function reportedFailures(report: HostReport): Pick<FailedLoad, 'patch' | 'mechanism' | 'reason'>[] {
  const own = (mechanism: Mechanism, patch: string) =>
    ({
      patch,
      mechanism,
      // These apply at once or not at all: what failed was never begun.
      reason: mechanism === 'klp' || mechanism === 'kgraft' ? 'reportedByClient' : 'refused',
    }) as const
  const claimed = report.sources.flatMap(({ name, status, verdict, claims = [] }) => {
    const mechanism = spokenOf(name)
    const failed = claims.filter(({ state }) => state === 'failed').map(({ patch }) => own(mechanism, patch))
    if (failed.length > 0 || status !== 'ok' || verdict?.value !== 'failed') return failed
    // The client names no patch: it is the one that it, or the kernel, tells of last.
    const last =
      claims.at(-1)?.patch ?? report.patches.findLast((patch) => patch.mechanism === mechanism)?.name
    return [own(mechanism, last ?? name)]
  })
  const listed = report.patches.filter(({ state }) => state === 'failed')
  return [...claimed, ...listed.map(({ mechanism, name }) => own(mechanism, name))]
}

/** A client's word that applying failed holds as long as it says so; the kernel's own record of a failure is kept before it. */
export function followClients({ truth, report, clock }: Step): void {
  const told = reportedFailures(report)
  const { failed } = truth
  if (failed?.isReported) {
    const isUnheard = report.sources.some(({ name, status }) => status === 'failed' && name !== 'kernel-log')
    if (!isUnheard && !told.some(({ patch }) => patch === failed.patch)) truth.failed = null
  }
  const [first] = told
  if (first && !truth.failed)
    truth.failed = { ...first, at: clock.now, tries: 1, firstAt: clock.now, isReported: true }
}

/** A failure is over when its target is taken from the disk and nothing newer came. What cannot be compared may be newer. */
export function followWithdrawal({ truth, report }: Step): void {
  const { failed } = truth
  if (!failed || failed.isReported) return
  if (report.sources.some(({ name, status }) => status === 'failed' && name !== 'kernel-log')) return
  const target = report.patches.find(({ name }) => name === failed.patch)
  const named = target ?? { name: failed.patch, package: null, version: null }
  const isOffered = report.available.some(
    (entry) =>
      (entry.forKernel === truth.release || entry.forKernel === report.kernel.release) &&
      (compareOnDisk(entry, named) ?? 0) >= 0,
  )
  if (isOffered) failed.isOffered = true
  else if (failed.isOffered) truth.failed = null
}
