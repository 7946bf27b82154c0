import type { HostStatus, TransitionSummary } from '../api/types.ts'
import { causeWords } from './tasks.ts'
import { visibleText } from './visible-text.ts'

/** The state that says something about the kernel: the last one known while the host is silent. */
export const knownState = (status: HostStatus) =>
  status.state === 'silent' && status.lastState !== null ? status.lastState : status.state

/** Whether the values shown are older than three intervals, so that nobody vouches for them any more. */
export function isStale(status: HostStatus, now: number): boolean {
  if (status.state === 'silent') return true
  if (status.lastSeenAt === null) return false
  return (now - Date.parse(status.lastSeenAt)) / 1000 > Math.max(3 * status.intervalSeconds, 180)
}

/** What holds a transition, in a few words: `billing.service · billing in __x64_sys_vfork`. Null when nobody is named. */
export function heldBy(worst: TransitionSummary['worst']): string | null {
  if (worst === null) return null
  const place =
    worst.blockingFunction === null ? causeWords[worst.cause] : `in ${visibleText(worst.blockingFunction)}`
  return `${visibleText(worst.comm)} ${place}`
}
