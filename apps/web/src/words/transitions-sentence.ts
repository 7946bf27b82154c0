import type { RunningTransition, TransitionsPage } from '../api/types.ts'
import { heldBy } from './host-status.ts'
import { counted, number } from './numbers.ts'

type Part = { text: string } | { since: string }

/**
 * What moves and what has stopped, beginning with numbers. `oldest`: the transition longest without progress of all that run; null where
 * the list does not begin with it.
 */
export function transitionsSentence(
  { running, stuck }: Pick<TransitionsPage, 'running' | 'stuck'>,
  oldest: RunningTransition | null,
): Part[] {
  if (running === 0) {
    return [
      {
        text: 'Nothing moves: no host loads or unloads a patch now. A transition shows here from its first report until its last task has moved.',
      },
    ]
  }
  const moving = `${counted(running, 'transition')} ${running === 1 ? 'is' : 'are'} running`
  if (stuck === 0) return [{ text: `${moving}, and none is stuck.` }]
  const start =
    stuck === running
      ? `${moving}, and ${running === 1 ? 'it is' : running === 2 ? 'both are' : 'all of them are'} stuck`
      : `${moving}. ${number(stuck)} ${stuck === 1 ? 'is' : 'are'} stuck`
  if (oldest === null || oldest.host.status.state !== 'stuck') return [{ text: `${start}.` }]
  const held = heldBy(oldest.worst)
  return [
    { text: `${start}, ${stuck === 1 ? '' : 'the oldest '}without progress for ` },
    { since: oldest.progressAt },
    { text: held === null ? '.' : `, on ${held}.` },
  ]
}
