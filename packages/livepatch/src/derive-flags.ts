import type { HostFlag, HostReport, Mechanism, ReportPatch } from '@graftwatch/contract'
import { mechanisms } from '@graftwatch/contract/vocabulary'
import { clientWords, spokenOf } from './client-word.ts'
import { hasNoMechanism, isOn, statusOf } from './derive-state.ts'
import { triesOf } from './failures.ts'
import { compareOnDisk } from './patch-order.ts'
import type { HostTruth } from './truth.ts'

/** SUSE's first live patch of a kernel and Amazon's `-1.0-0` package are enabled and fix nothing. */
function isPlaceholder({ manager, name, package: from }: ReportPatch): boolean {
  return (manager === 'klp' && /^livepatch_1(_|$)/.test(name)) || /-1\.0-0(\.|$)/.test(from ?? '')
}

/** A right is missing where it matters: a kernel without a mechanism has nothing to see. */
function isBlind(report: HostReport): boolean {
  if (hasNoMechanism(report)) return false
  if (report.agent.level === 'progress' || (report.agent.missingCapabilities?.length ?? 0) > 0) return true
  if (report.transition && report.transition.confidence !== 'full')
    return report.transition.confidenceReason !== 'race' && report.transition.confidenceReason !== 'edge'
  return report.sources.some(({ status, reason }) => status === 'failed' && /EACCES|EPERM/.test(reason ?? ''))
}

/**
 * Whether something newer waits for the open transition to end. The kernel refuses a second one with EBUSY and logs nothing,
 * so only what is on disk, or loaded and not moving, or pending in a client's words shows it.
 */
function isQueued(report: HostReport, { open, release }: Pick<HostTruth, 'open' | 'release'>): boolean {
  if (!open) return false
  const moving = report.patches.find(({ name }) => name === open.patch.name)
  const named = moving ?? { name: open.patch.name, package: null, version: null }
  const isForKernel = (kernel: string) => kernel === release || kernel === report.kernel.release
  return (
    report.available.some(
      (entry) => isForKernel(entry.forKernel) && (compareOnDisk(entry, named) ?? 0) > 0,
    ) ||
    report.patches.some(
      ({ name, state, inTransition, enabled }) =>
        name !== open.patch.name && state === 'pending' && !inTransition && enabled !== true,
    ) ||
    report.sources.some(({ claims = [] }) =>
      claims.some(
        ({ patch, state }) => state === 'pending' && !report.patches.some(({ name }) => name === patch),
      ),
    )
  )
}

/**
 * Whether two sources contradict each other about a patch that is not moving: applied, says one; not, says the other. `pending`
 * is no word against anybody.
 */
function isDisagreed(report: HostReport): boolean {
  const words = new Map<string, Set<boolean>>()
  for (const { claims = [] } of report.sources)
    for (const { patch, state } of claims) {
      if (state === 'pending' || report.patches.some((other) => other.name === patch && other.inTransition))
        continue
      words.set(patch, (words.get(patch) ?? new Set()).add(state === 'applied'))
    }
  return (
    [...words.values()].some(({ size }) => size > 1) ||
    mechanisms.some((mechanism) => isAppliedInWordsOnly(report, mechanism))
  )
}

/** A client says applied, and the kernel, which was read, has nothing of that mechanism on or moving. */
function isAppliedInWordsOnly(report: HostReport, mechanism: Mechanism): boolean {
  const isBare = !report.patches.some(
    (patch) => patch.mechanism === mechanism && (isOn(patch) || patch.inTransition),
  )
  if (statusOf(report, mechanism) !== 'ok' || !isBare) return false
  return (
    clientWords(report, mechanism).includes('applied') ||
    report.sources.some(
      ({ name, claims = [] }) =>
        spokenOf(name) === mechanism && claims.some(({ state }) => state === 'applied'),
    )
  )
}

/** What a client says that only a vendor can know: that it has something newer, that it builds nothing for this kernel. */
const isSaid = (report: HostReport, word: 'update-available' | 'unsupported'): boolean =>
  mechanisms.some((mechanism) => clientWords(report, mechanism).includes(word))

/** Facts beside the state, in the vocabulary's order. Never throws. */
export function deriveFlags(
  report: HostReport,
  memory: Pick<HostTruth, 'forced' | 'failed' | 'open' | 'release'>,
  isSkewed: boolean,
): HostFlag[] {
  const on = report.patches.filter(isOn)
  const waits = report.patches.some(
    (patch) => patch.enabled === true && patch.objects.some((object) => object.loaded === false),
  )
  const applied = new Set(on.map((patch) => patch.mechanism))
  const flags: [HostFlag, boolean][] = [
    ['forced', memory.forced.length > 0],
    ['behind', on.length > 0 && isSaid(report, 'update-available')],
    ['placeholder', on.length > 0 && on.every(isPlaceholder)],
    ['waitingForModule', waits],
    ['uncovered', isSaid(report, 'unsupported')],
    ['queued', isQueued(report, memory)],
    ['retrying', triesOf(memory) > 1],
    ['rebootPending', report.reboot.pending === true],
    ['wouldRegress', (report.reboot.fixesLost?.length ?? 0) > 0],
    ['disagree', isDisagreed(report)],
    ['blind', isBlind(report)],
    ['conflict', applied.size > 1],
    ['clockSkew', isSkewed],
  ]
  return flags.filter(([, holds]) => holds).map(([flag]) => flag)
}
