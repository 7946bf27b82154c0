import type { HostStatus, TransitionSummary } from '../api/types.ts'
import { stateWords } from './states.ts'
import { causeWords } from './tasks.ts'
import { visibleText } from './visible-text.ts'

/** The state that says something about the kernel: the last one known while the host is silent. */
export const knownState = (status: HostStatus) =>
  status.state === 'silent' && status.lastState !== null ? status.lastState : status.state

/** Whether the values shown are older than three intervals, so that nobody vouches for them any more. */
export function isStale(status: HostStatus, now: number): boolean {
  if (status.state === 'silent') return true
  if (status.lastSeenAt === null) return false
  return (now - Date.parse(status.lastSeenAt)) / 1000 > silentAfterSeconds(status)
}

/** How long a host may say nothing before it counts as silent. */
export const silentAfterSeconds = ({ intervalSeconds }: HostStatus): number =>
  Math.max(3 * intervalSeconds, 180)

/**
 * The age that matters in a state, with its word, so that one word never stands before two numbers: a stuck host waits since its last
 * progress, a silent one since its last word, every other since its state began.
 */
export function telling(
  status: HostStatus,
  progressAt: string | null,
): { word: string; since: string; before: boolean } {
  if (status.state === 'stuck' && progressAt !== null) {
    return { word: 'no progress for', since: progressAt, before: false }
  }
  if (status.state === 'silent' && status.lastSeenAt !== null) {
    return { word: 'no word for', since: status.lastSeenAt, before: false }
  }
  return {
    word: `${stateWords[status.state].word.toLowerCase()} for`,
    since: status.since,
    before: status.sinceBefore,
  }
}

/** What holds a transition, in a few words: `billing.service · billing in __x64_sys_vfork`. Null when nobody is named. */
export function heldBy(worst: TransitionSummary['worst']): string | null {
  if (worst === null) return null
  const place =
    worst.blockingFunction === null ? causeWords[worst.cause] : `in ${visibleText(worst.blockingFunction)}`
  return `${visibleText(worst.comm)} ${place}`
}
