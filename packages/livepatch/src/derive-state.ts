import type { HostReport, HostState, Mechanism, ReportPatch, StateReason } from '@graftwatch/contract'
import { mechanisms, severityOf } from '@graftwatch/contract/vocabulary'
import { clientWords } from './client-word.ts'
import { secondsBetween } from './host-clock.ts'
import { tracksTasks } from './parse/klp.ts'
import type { HostTruth, OpenAttempt } from './truth.ts'

type Memory = Pick<
  HostTruth,
  'state' | 'open' | 'failed' | 'lastEnabled' | 'bootId' | 'readAt' | 'release' | 'unpatchedTargets'
>
type Verdict = [HostState, StateReason]

const justBootedSeconds = 600
/** The kernel needs a second or two after its last task; longer, and one that nobody can see holds it. */
const finishingSeconds = 10

/** Mechanisms that change at once and have no transition: no strip, no progress, never stuck. */
export const isAtomic = (mechanism: Mechanism): boolean => mechanism !== 'klp' && mechanism !== 'kgraft'

export const isOn = (patch: ReportPatch): boolean => patch.enabled === true && !patch.inTransition

/**
 * The state of a host that just spoke, and its reason. Each mechanism is judged by itself, the first rule that holds wins
 * (docs/glossary.md has the table); of several the worst counts, and one without anything to do counts only alone.
 * `silent` is not here: it is the absence of a report. Never throws.
 */
export function deriveState(report: HostReport, memory: Memory): Verdict {
  const verdicts = presentMechanisms(report, memory).map((mechanism) => judge(mechanism, report, memory))
  const telling = verdicts.filter(([state]) => state !== 'notDue')
  const candidates = telling.length > 0 ? telling : verdicts
  return (
    candidates.toSorted(
      ([a, first], [b, second]) => severityOf(a) - severityOf(b) || doubt(second) - doubt(first),
    )[0] ?? ['unsupported', 'noMechanism']
  )
}

/** Of two mechanisms in one state the reason that claims less is shown. */
const doubt = (reason: StateReason): number => ['appliedAtOnce', 'applied', 'notTracked'].indexOf(reason)

function presentMechanisms(report: HostReport, { open, failed }: Memory): Mechanism[] {
  return mechanisms.filter(
    (mechanism) =>
      statusOf(report, mechanism) !== 'absent' ||
      open?.patch.mechanism === mechanism ||
      (failed && (failed.mechanism ?? 'klp') === mechanism) ||
      report.patches.some((patch) => patch.mechanism === mechanism),
  )
}

/** What its source says; one that is not in the report is absent. */
export const statusOf = (report: HostReport, mechanism: Mechanism): 'ok' | 'absent' | 'failed' =>
  report.sources.find(({ name }) => name === mechanism)?.status ?? 'absent'

/** The mechanism of an attempt at a patch that is listed no more: the first this host has. */
export const firstMechanism = (report: HostReport): Mechanism =>
  mechanisms.find((mechanism) => statusOf(report, mechanism) !== 'absent') ?? 'klp'

export const hasNoMechanism = (report: HostReport): boolean =>
  mechanisms.every((mechanism) => statusOf(report, mechanism) === 'absent')

function judge(mechanism: Mechanism, report: HostReport, memory: Memory): Verdict {
  const { open, failed } = memory
  if (open?.patch.mechanism === mechanism && !isUnseen(open, report, memory)) return judgeMoving(open, memory)
  const failure: Verdict | null =
    failed && (failed.mechanism ?? 'klp') === mechanism ? ['failed', failed.reason] : null
  // What is known to be bad stays known while a source fails.
  if (failure && statusOf(report, mechanism) === 'failed') return failure
  const unknown = unknownReason(mechanism, report, memory)
  if (unknown) return ['unknown', unknown]
  if (failure) return failure
  if (report.patches.some((patch) => patch.mechanism === mechanism && isOn(patch)))
    return ['migrated', appliedReason(mechanism, report)]
  return withoutPatch(mechanism, report, memory)
}

function appliedReason(mechanism: Mechanism, report: HostReport): StateReason {
  if (isAtomic(mechanism)) return 'appliedAtOnce'
  return mechanism === 'klp' && !tracksTasks(report.kernel.release) ? 'notTracked' : 'applied'
}

function judgeMoving(open: OpenAttempt, { readAt }: Memory): Verdict {
  const withoutProgress = secondsBetween(open.progressAt, readAt)
  if (withoutProgress >= open.stuckAfterSeconds) {
    if (open.isByAge ?? open.confidence !== 'full') return ['stuck', 'noProgressByAge']
    return ['stuck', open.remaining === 0 ? 'noProgressHidden' : 'noProgress']
  }
  if (open.moving === 'unpatching') return ['reverting', 'unpatching']
  if (open.moving === null) return ['transitioning', 'directionUnknown']
  if (open.remaining !== 0) return ['transitioning', 'patching']
  return ['transitioning', withoutProgress > finishingSeconds ? 'hidden' : 'finishing']
}

/** A patch says that it moves and no transition was reported: the agent read and tried again, and the two still contradict. */
export const isContradiction = (report: HostReport, mechanism: Mechanism): boolean =>
  !isAtomic(mechanism) &&
  report.transition === null &&
  report.patches.some((patch) => patch.mechanism === mechanism && patch.inTransition)

/** Whether nobody could read if the open attempt still runs. It was stuck: that stays, since a known bad fact outlives a failed source. */
function isUnseen(open: OpenAttempt, report: HostReport, memory: Memory): boolean {
  if (memory.state === 'stuck' || report.transition !== null) return false
  const { mechanism } = open.patch
  return statusOf(report, mechanism) === 'failed' || isContradiction(report, mechanism)
}

function unknownReason(mechanism: Mechanism, report: HostReport, memory: Memory): StateReason | null {
  const source = report.sources.find(({ name }) => name === mechanism)
  if (source?.status === 'failed') return source.reason?.includes('no-sysfs') ? 'noSysfs' : 'sourceFailed'
  if (isContradiction(report, mechanism)) return 'contradiction'
  const own = report.patches.filter((patch) => patch.mechanism === mechanism)
  const isOneUnread = own.some(({ enabled, state }) => enabled === null && state !== 'leftover')
  if (isOneUnread && !isAtomic(mechanism) && !own.some(isOn)) return 'sourceFailed'
  if (memory.unpatchedTargets >= 2 && hasBareTarget(report, mechanism)) return 'targetNotPatched'
  return null
}

/** Whether an enabled patch of this mechanism leaves a loaded target alone, which it must not. */
export const hasBareTarget = (report: HostReport, mechanism: Mechanism): boolean =>
  report.patches.some(
    (patch) =>
      patch.mechanism === mechanism &&
      patch.enabled === true &&
      !patch.inTransition &&
      patch.objects.some(({ loaded, patched }) => loaded === true && patched === false),
  )

/** Nothing is enabled: is something due for this kernel, and why is it not on? */
function withoutPatch(mechanism: Mechanism, report: HostReport, memory: Memory): Verdict {
  const own = report.patches.filter((patch) => patch.mechanism === mechanism)
  const before = (memory.lastEnabled?.mechanism ?? mechanism) === mechanism ? memory.lastEnabled : null
  if (before?.bootId === memory.bootId) {
    const isListed = own.some(({ name, state }) => name === before.patch && state !== 'leftover')
    return ['unpatched', isListed ? 'disabled' : 'removed']
  }
  // A module of a live patch stays in memory only after the patch was on: in this boot, before anybody looked.
  if (own.some(({ state }) => state === 'disabled')) return ['unpatched', 'disabled']
  if (own.some(({ state }) => state === 'leftover') && !report.patches.some(isOn))
    return ['unpatched', 'removed']
  const isOnDisk = report.available.some(
    (entry) =>
      isForKernel(entry.forKernel, report, memory) && mechanismOf(entry.package, report) === mechanism,
  )
  const words = clientWords(report, mechanism)
  // Also where the client is wrong that it is on: there is one.
  const isWithClient = words.some((word) => ['applied', 'pending', 'update-available'].includes(word))
  const isListed = own.some(({ state }) => state !== 'leftover')
  if (!isOnDisk && !isWithClient && !isListed && before?.release !== memory.release)
    return ['notDue', words.includes('none-due') ? 'clientSaysNone' : 'noneKnown']
  if (isJustBooted(report)) return ['unpatched', 'justBooted']
  // A client that is off does not know what is due: it explains why what is due is not on, and makes nothing due by itself.
  return ['unpatched', words.includes('off') ? 'clientOff' : 'notLoaded']
}

const isForKernel = (release: string, report: HostReport, memory: Pick<Memory, 'release'>): boolean =>
  release === memory.release || release === report.kernel.release

/** The mechanism a package on disk is for, among those this host has; most packages do not name theirs. */
function mechanismOf(packageName: string, report: HostReport): Mechanism {
  const named: Mechanism = /^kgraft-patch/.test(packageName)
    ? 'kgraft'
    : /^(uptrack-updates|ksplice)/.test(packageName)
      ? 'ksplice'
      : 'klp'
  if (statusOf(report, named) !== 'absent') return named
  return mechanisms.find((mechanism) => statusOf(report, mechanism) !== 'absent') ?? named
}

function isJustBooted({ kernel, collectedAt }: HostReport): boolean {
  return kernel.bootedAt !== null && secondsBetween(kernel.bootedAt, collectedAt) < justBootedSeconds
}
