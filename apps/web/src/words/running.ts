import type { HostState } from '@graftwatch/contract/vocabulary'
import type { Overview, TransitionSummary } from '../api/types.ts'

/** The states in which a transition runs. */
export const moving: readonly HostState[] = ['stuck', 'reverting', 'transitioning']

/** The running transitions that are not already among those that need attention, and how many more there are than the answer holds. */
export function restOfRunning({ attention, running, runningTotal }: Overview): {
  rest: TransitionSummary[]
  more: number
} {
  const above = new Set(
    attention.filter(({ host }) => moving.includes(host.status.state)).map(({ host }) => host.id),
  )
  const rest = running.filter(({ host }) => !above.has(host.id))
  return { rest, more: Math.max(0, runningTotal - above.size - rest.length) }
}
