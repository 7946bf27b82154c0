import type { HostReport } from '@graftwatch/contract'
import { toWrite } from './attempts.ts'
import { endAttempt, releaseAll } from './follow-attempts.ts'
import type { Step } from './step.ts'
import type { HostTruth } from './truth.ts'

const earlierBootsMax = 8

/**
 * Whether the report comes from a kernel that this host has left: a boot id never comes back by rebooting, so two machines
 * report under one identity (or one went back to a snapshot of its memory). Only the last 8 boots before this one are known.
 * Such a report belongs to a host of its own; {@link reduce} leaves this one as it is. Pure, never throws.
 */
export function isReturnedBoot(
  truth: Pick<HostTruth, 'bootId' | 'earlierBoots'>,
  report: { kernel: Pick<HostReport['kernel'], 'bootId'> },
): boolean {
  const { bootId } = report.kernel
  return bootId !== truth.bootId && (truth.earlierBoots ?? []).includes(bootId)
}

/** A new boot id, and nothing else, is a reboot: some live patches rewrite the release. Ends what the old kernel had under way. */
export function handleReboot(step: Step): void {
  const { truth, report, clock, facts } = step
  if (truth.bootId === report.kernel.bootId) return
  const bootedAt = report.kernel.bootedAt ? clock.at(report.kernel.bootedAt) : clock.now
  // The old kernel ran when it was last read, whatever the host's clock says of its boot.
  const rebootedAt = bootedAt < truth.readAt ? truth.readAt : bootedAt
  step.rebootedAt = rebootedAt
  if (truth.open) {
    releaseAll(step, rebootedAt)
    const ended = toWrite(truth.open, truth.bootId)
    endAttempt(step, { ...ended, endedAt: rebootedAt, outcome: 'endedByReboot' })
  }
  facts.add('rebooted', { occurredAt: rebootedAt, source: 'observed', detail: report.kernel.release })
  Object.assign(truth, {
    earlierBoots: [...(truth.earlierBoots ?? []), truth.bootId].slice(-earlierBootsMax),
    bootId: report.kernel.bootId,
    release: report.kernel.release,
    bootedAt: report.kernel.bootedAt && clock.at(report.kernel.bootedAt),
    open: null,
    failed: null,
    forced: [],
    patches: [],
    unpatchedTargets: 0,
  })
  delete truth.leftovers
}
