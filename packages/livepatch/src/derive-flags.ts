import type { HostFlag, HostReport, ReportPatch } from '@graftwatch/contract'
import { hasNoMechanism, isOn } from './derive-state.ts'
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
  if (report.agent.level === 'progress') return true
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
 * Whether two sources contradict each other about a patch that is not moving: applied, says one; not, says the other. A client
 * that says applied while the kernel lists nothing contradicts it too. `pending` is no word against anybody.
 */
function isDisagreed(report: HostReport): boolean {
  const words = new Map<string, Set<boolean>>()
  for (const { claims = [] } of report.sources)
    for (const { patch, state } of claims) {
      if (state === 'pending' || report.patches.some((other) => other.name === patch && other.inTransition))
        continue
      words.set(patch, (words.get(patch) ?? new Set()).add(state === 'applied'))
    }
  if ([...words.values()].some(({ size }) => size > 1)) return true
  const kernel = report.sources.find(({ name }) => name === 'klp')
  const client = report.sources.find(({ name }) => name === 'canonical')
  const isKernelBare =
    kernel?.status === 'ok' && !report.patches.some((patch) => isOn(patch) || patch.inTransition)
  return isKernelBare && client?.claims?.some(({ state }) => state === 'applied') === true
}

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
    ['placeholder', on.length > 0 && on.every(isPlaceholder)],
    ['waitingForModule', waits],
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
