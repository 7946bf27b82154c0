import { deriveFlags } from './derive-flags.ts'
import { deriveState, hasBareTarget } from './derive-state.ts'
import type { Step } from './step.ts'
import type { HostTruth } from './truth.ts'

/** Decides state, reason and flags of the reading, and tells what changed since the one before. */
export function followState(step: Step): void {
  const { truth, report, clock, facts } = step
  const isBare = hasBareTarget(report, 'klp') || hasBareTarget(report, 'kgraft')
  truth.unpatchedTargets = isBare ? truth.unpatchedTargets + 1 : 0
  const [state, reason] = deriveState(report, truth)
  const since = beganAt(step, state)
  if (step.isFirstContact) {
    if (since !== null) Object.assign(truth, { stateSince: since, sinceBefore: false })
  } else {
    if (step.rebootedAt !== null) beginBoot(step, state, step.rebootedAt, since ?? clock.now)
    if (state !== truth.state) {
      facts.add('state-changed', {
        occurredAt: since ?? clock.now,
        from: truth.state,
        to: state,
        reason,
        patch: truth.open?.patch.name ?? null,
      })
      Object.assign(truth, { stateSince: since ?? clock.now, sinceBefore: false })
    }
  }
  truth.state = state
  truth.reason = reason
  const flags = deriveFlags(report, truth, clock.isSkewed)
  if (flags.includes('clockSkew') && !truth.flags.includes('clockSkew')) facts.add('clock-skewed')
  truth.flags = flags
}

/** Nothing is on from the boot until a patch is: that gap is a state of its own, also when it was over before the first report. */
function beginBoot(step: Step, state: HostTruth['state'], rebootedAt: string, since: string): void {
  const { truth, facts } = step
  if (since > rebootedAt) {
    if (truth.state !== 'unpatched')
      facts.add('state-changed', {
        occurredAt: rebootedAt,
        from: truth.state,
        to: 'unpatched',
        reason: 'justBooted',
      })
    truth.state = 'unpatched'
    step.bootGap = rebootedAt
  } else if (state !== truth.state) return
  Object.assign(truth, { stateSince: rebootedAt, sinceBefore: false })
}

/**
 * When a state really began, which can be before this reading: stuck since its threshold passed, moving since its start, failed
 * and applied since the attempt ended, the first of a boot since the boot. Never before the reading before, which saw something
 * else. Null when only this reading tells.
 */
function beganAt(step: Step, state: HostTruth['state']): string | null {
  const { truth, readBefore, rebootedAt } = step
  const candidate = candidateFor(step, state)
  if (candidate === null) return null
  const earliest = rebootedAt ?? readBefore
  if (earliest !== null && candidate < earliest) return rebootedAt
  return candidate < truth.readAt ? candidate : truth.readAt
}

function candidateFor(step: Step, state: HostTruth['state']): string | null {
  const { truth, attempts, rebootedAt, isFirstContact } = step
  const { open, failed } = truth
  if (state === 'stuck' && open)
    return new Date(Date.parse(open.progressAt) + open.stuckAfterSeconds * 1000).toISOString()
  if ((state === 'transitioning' || state === 'reverting') && open)
    return open.startedBefore ? null : open.directionSince
  if (state === 'failed') return failed?.at ?? null
  if (isFirstContact) return null
  const ended = attempts.findLast(({ endedAt, bootId }) => endedAt !== null && bootId === truth.bootId)
  if (state === 'migrated' || (ended && state === 'unpatched')) return ended?.endedAt ?? null
  return rebootedAt
}
