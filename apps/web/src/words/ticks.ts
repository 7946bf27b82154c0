import { type HostState, hostStates } from '@graftwatch/contract/vocabulary'
import { duration } from './duration.ts'
import { stateWords } from './states.ts'

const tickSeconds = 1800

/** The state of each half hour, oldest first; null where nothing was known. `ticks` as in the answer: one character each. */
export const tickStates = (ticks: string): (HostState | null)[] =>
  [...ticks].map((tick) => hostStates[Number.parseInt(tick, 10)] ?? null)

/** What a history strip shows, for those who do not see it: `Last 24 h: stuck in 2 h, migrated in 22 h.` Worst first. */
export function ticksSentence(ticks: string): string {
  const states = tickStates(ticks)
  const parts = hostStates.flatMap((state) => {
    const count = states.filter((each) => each === state).length
    return count === 0 ? [] : [`${stateWords[state].word.toLowerCase()} in ${duration(count * tickSeconds)}`]
  })
  const unknown = states.filter((each) => each === null).length
  if (parts.length === 0) return 'Last 24 h: nothing known.'
  if (unknown > 0) parts.push(`nothing known in ${duration(unknown * tickSeconds)}`)
  return `Last 24 h, by half hours: ${parts.join(', ')}.`
}
