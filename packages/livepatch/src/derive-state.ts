import type { HostFlag, HostReport, HostState, ReportPatch, StateReason } from '@graftwatch/contract'
import { secondsBetween } from './host-clock.ts'
import type { HostTruth } from './truth.ts'

/** Seconds without a new low of remaining tasks after which a transition counts as stuck. */
export function stuckAfterSeconds(transition: {
  confidence: string
  signalsByItself?: boolean | null | undefined
}): number {
  if (transition.confidence !== 'full') return 300
  return transition.signalsByItself === false ? 600 : 120
}

type Memory = Pick<
  HostTruth,
  | 'state'
  | 'open'
  | 'failed'
  | 'lastEnabled'
  | 'bootId'
  | 'readAt'
  | 'release'
  | 'unpatchedTargets'
  | 'forced'
>

const justBootedSeconds = 600

function transitionState(memory: Memory): [HostState, StateReason] | null {
  const { open } = memory
  if (!open) return null
  if (secondsBetween(open.progressAt, memory.readAt) >= open.stuckAfterSeconds)
    return ['stuck', open.confidence === 'full' ? 'noProgress' : 'noProgressByAge']
  if (open.moving === 'unpatching') return ['reverting', 'unpatching']
  if (open.moving === null) return ['transitioning', 'directionUnknown']
  return ['transitioning', open.remaining === 0 ? 'finishing' : 'patching']
}

/** Whether nobody could read if the open attempt still runs. It was stuck: that stays, since a known bad fact outlives a failed source. */
function isUnseen(report: HostReport, memory: Memory): boolean {
  const klp = report.sources.find((source) => source.name === 'klp')
  return klp?.status === 'failed' && report.transition === null && memory.state !== 'stuck'
}

function unknownReason(report: HostReport, memory: Memory): StateReason | null {
  const klp = report.sources.find((source) => source.name === 'klp')
  if (klp?.status === 'failed') return klp.reason?.includes('no-sysfs') ? 'noSysfs' : 'sourceFailed'
  const isOneUnread = report.patches.some(
    ({ mechanism, enabled, state }) => mechanism === 'klp' && enabled === null && state !== 'leftover',
  )
  if (isOneUnread && !report.patches.some(isOn)) return 'sourceFailed'
  if (memory.unpatchedTargets >= 2) return 'targetNotPatched'
  return null
}

const isOn = (patch: ReportPatch) => patch.enabled === true && !patch.inTransition

function hasNoMechanism(report: HostReport): boolean {
  const mechanisms = report.sources.filter(({ name }) => name !== 'kernel-log' && name !== 'packages')
  return mechanisms.every(({ status }) => status === 'absent')
}

/** Nothing is enabled: is something due for this kernel, and why is it not on? */
function withoutPatch(report: HostReport, memory: Memory): [HostState, StateReason] {
  const before = memory.lastEnabled
  if (before?.bootId === memory.bootId) {
    const listed = report.patches.some((patch) => patch.name === before.patch && patch.state !== 'leftover')
    return ['unpatched', listed ? 'disabled' : 'removed']
  }
  const isDue =
    report.available.some((entry) => entry.forKernel === memory.release) || before?.release === memory.release
  if (!isDue) return ['notDue', 'noneKnown']
  const bootedAt = report.kernel.bootedAt
  const isFresh = bootedAt !== null && secondsBetween(bootedAt, report.collectedAt) < justBootedSeconds
  return ['unpatched', isFresh ? 'justBooted' : 'notLoaded']
}

/**
 * The state of a host that just spoke, and its reason; the first rule that holds wins (docs/glossary.md has the table).
 * `silent` is not here: it is the absence of a report. Never throws.
 */
export function deriveState(report: HostReport, memory: Memory): [HostState, StateReason] {
  const moving = transitionState(memory)
  if (moving && !isUnseen(report, memory)) return moving
  const unknown = unknownReason(report, memory)
  if (unknown) return ['unknown', unknown]
  if (memory.failed) return ['failed', memory.failed.reason]
  const on = report.patches.filter(isOn)
  if (on.length > 0) {
    const isAtomic = on.every(({ mechanism }) => mechanism !== 'klp' && mechanism !== 'kgraft')
    return ['migrated', isAtomic ? 'appliedAtOnce' : 'applied']
  }
  if (hasNoMechanism(report)) return ['unsupported', 'noMechanism']
  return withoutPatch(report, memory)
}

/** SUSE's first live patch of a kernel and Amazon's `-1.0-0` package are enabled and fix nothing. */
function isPlaceholder(patch: ReportPatch): boolean {
  return (patch.manager === 'klp' && /^livepatch_1_/.test(patch.name)) || /-1\.0-0$/.test(patch.package ?? '')
}

/** A right is missing where it matters: a kernel without a mechanism has nothing to see. */
function isBlind(report: HostReport): boolean {
  if (hasNoMechanism(report)) return false
  if (report.agent.level === 'progress') return true
  if (report.transition && report.transition.confidence !== 'full')
    return report.transition.confidenceReason !== 'race' && report.transition.confidenceReason !== 'edge'
  return report.sources.some(({ status, reason }) => status === 'failed' && /EACCES|EPERM/.test(reason ?? ''))
}

/** Facts beside the state, in the vocabulary's order. Never throws. */
export function deriveFlags(
  report: HostReport,
  memory: Pick<HostTruth, 'forced' | 'failed'>,
  isSkewed: boolean,
): HostFlag[] {
  const on = report.patches.filter(isOn)
  const waits = report.patches.some(
    (patch) => patch.enabled === true && patch.objects.some((object) => object.loaded === false),
  )
  const mechanisms = new Set(on.map((patch) => patch.mechanism))
  const flags: [HostFlag, boolean][] = [
    ['forced', memory.forced.length > 0],
    ['placeholder', on.length > 0 && on.every(isPlaceholder)],
    ['waitingForModule', waits],
    ['retrying', (memory.failed?.tries ?? 0) > 1],
    ['rebootPending', report.reboot.pending === true],
    ['wouldRegress', (report.reboot.fixesLost?.length ?? 0) > 0],
    ['blind', isBlind(report)],
    ['conflict', mechanisms.size > 1],
    ['clockSkew', isSkewed],
  ]
  return flags.filter(([, holds]) => holds).map(([flag]) => flag)
}
