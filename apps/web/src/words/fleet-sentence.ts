import { type HostState, hostStates } from '@graftwatch/contract/vocabulary'
import type { Overview } from '../api/types.ts'
import { counted, number } from './numbers.ts'
import { stateWords } from './states.ts'
import { visibleText } from './visible-text.ts'

/** A piece of the sentence; `state` makes it a link to the hosts it counts, `since` is an instant shown as an age. */
export type SentencePart = { text: string; state?: HostState } | { since: string }

/** States that deserve a place in the sentence beside `stuck`: something is wrong, or nobody can tell. */
const worrying: readonly HostState[] = ['failed', 'reverting', 'unpatched', 'unknown', 'silent']

/** The fleet in one or two sentences that begin with numbers. For an empty fleet, [] (the page then says how to add a host). */
export function fleetSentence(overview: Overview): SentencePart[] {
  if (overview.total === 0) return []
  return [...migratedSentence(overview), ...stuckSentence(overview), ...restSentence(overview)]
}

function migratedSentence({ counts, total }: Overview): SentencePart[] {
  const migrated = counts.migrated
  if (migrated === total) {
    if (total === 1) return [{ text: 'The only host', state: 'migrated' }, { text: ' is fully migrated.' }]
    return [{ text: `All ${counted(total, 'host')}`, state: 'migrated' }, { text: ' are fully migrated.' }]
  }
  if (migrated === 0) {
    return [
      {
        text:
          total === 1
            ? 'The only host is not fully migrated.'
            : `None of ${counted(total, 'host')} is fully migrated.`,
      },
    ]
  }
  return [
    { text: number(migrated), state: 'migrated' },
    { text: ` of ${counted(total, 'host')} ${migrated === 1 ? 'is' : 'are'} fully migrated.` },
  ]
}

function stuckSentence({ counts, attention }: Overview): SentencePart[] {
  if (counts.stuck === 0) return []
  const parts: SentencePart[] = [
    { text: ' ' },
    { text: number(counts.stuck), state: 'stuck' },
    { text: counts.stuck === 1 ? ' is stuck' : ' are stuck' },
  ]
  const oldest = attention
    .filter(({ host }) => host.status.state === 'stuck')
    .sort((a, b) => stuckSince(a).localeCompare(stuckSince(b)))[0]
  if (oldest === undefined) return [...parts, { text: '.' }]
  parts.push({ text: counts.stuck === 1 ? ' for ' : ', the oldest for ' }, { since: stuckSince(oldest) })
  const worst = oldest.transition?.worst ?? null
  if (worst !== null) {
    const place = worst.blockingFunction === null ? '' : ` in ${visibleText(worst.blockingFunction)}`
    parts.push({ text: `, on ${visibleText(worst.comm)}${place}` })
  }
  return [...parts, { text: '.' }]
}

/** How long a host has been held: since its last progress, which is what people wait for. */
const stuckSince = ({ host, transition }: Overview['attention'][number]): string =>
  transition?.progressAt ?? host.status.since

function restSentence({ counts }: Overview): SentencePart[] {
  const present = hostStates.filter((state) => worrying.includes(state) && counts[state] > 0)
  return present.flatMap((state, index): SentencePart[] => {
    const count = counts[state]
    const verb = state === 'failed' ? '' : count === 1 ? 'is ' : 'are '
    const joint = index === 0 ? ' ' : index === present.length - 1 ? ' and ' : ', '
    return [
      { text: joint },
      { text: number(count), state },
      { text: ` ${verb}${stateWords[state].predicate}${index === present.length - 1 ? '.' : ''}` },
    ]
  })
}
