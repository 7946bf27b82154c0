import { hostStates } from '@graftwatch/contract/vocabulary'
import type { Lanes } from '../app/(signed-in)/hosts/[id]/_parts/lanes.ts'
import { duration } from './duration.ts'
import { counted, listed } from './numbers.ts'
import { stateWords } from './states.ts'

/** What the lanes show, for those who do not see them; `ms`: how long their window is. */
export function lanesSentence({ states, attempts, boots, patches }: Lanes, ms: number): string {
  const spent = hostStates.flatMap((state) => {
    const share = states
      .filter((span) => span.state === state)
      .reduce((sum, { from, to }) => sum + to - from, 0)
    return share === 0 ? [] : [`${stateWords[state].word.toLowerCase()} ${duration((share * ms) / 1000)}`]
  })
  const rest = [
    attempts.length === 0 ? null : counted(attempts.length, 'attempt'),
    patches.length === 0 ? null : counted(patches.length, 'change of patches', 'changes of patches'),
    boots.length === 0 ? null : counted(boots.length, 'reboot'),
  ].filter((part) => part !== null)
  const known = spent.length === 0 ? 'nothing known' : listed(spent)
  return `In ${duration(ms / 1000)}: ${known}${rest.length === 0 ? '' : `; ${listed(rest)}`}.`
}
