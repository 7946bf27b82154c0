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
  if (overview.total === 1) return onlyHostSentence(overview)
  return [...migratedSentence(overview), ...stuckSentence(overview), ...restSentence(overview)]
}

/** What stands after "The only host", where it is not "is" and the state's predicate. */
const onlyHostWords: Partial<Record<HostState, string>> = {
  failed: ' failed to take its patch',
  unsupported: '’s kernel has no live patching',
  notDue: ' has nothing due',
}

function onlyHostSentence(overview: Overview): SentencePart[] {
  const state = hostStates.find((each) => overview.counts[each] > 0)
  if (state === undefined) return []
  return [
    { text: 'The only host', state },
    { text: onlyHostWords[state] ?? ` is ${stateWords[state].predicate}` },
    ...(state === 'stuck' ? heldPart(overview) : []),
    { text: '.' },
  ]
}

function migratedSentence({ counts, total }: Overview): SentencePart[] {
  const migrated = counts.migrated
  if (migrated === total) {
    return [{ text: `All ${counted(total, 'host')}`, state: 'migrated' }, { text: ' are fully migrated.' }]
  }
  if (counts.unsupported === total) {
    return [
      { text: `All ${counted(total, 'host')}`, state: 'unsupported' },
      { text: ' run kernels without live patching.' },
    ]
  }
  if (migrated === 0) return [{ text: `None of ${counted(total, 'host')} is fully migrated.` }]
  return [
    { text: number(migrated), state: 'migrated' },
    { text: ` of ${counted(total, 'host')} ${migrated === 1 ? 'is' : 'are'} fully migrated.` },
  ]
}

function stuckSentence(overview: Overview): SentencePart[] {
  const { stuck } = overview.counts
  if (stuck === 0) return []
  return [
    { text: ' ' },
    { text: number(stuck), state: 'stuck' },
    { text: stuck === 1 ? ' is stuck' : ' are stuck' },
    ...heldPart(overview),
    { text: '.' },
  ]
}

/** How long the stuck host that waits longest has seen no progress, and on what: the same age as in every list and on its page. */
function heldPart({ counts, attention }: Overview): SentencePart[] {
  const oldest = attention
    .filter(({ host }) => host.status.state === 'stuck')
    .flatMap(({ transition }) => transition ?? [])
    .sort((a, b) => a.progressAt.localeCompare(b.progressAt))[0]
  if (oldest === undefined) return []
  const { worst } = oldest
  const place = worst?.blockingFunction == null ? '' : ` in ${visibleText(worst.blockingFunction)}`
  return [
    { text: counts.stuck === 1 ? ', without progress for ' : ', the oldest without progress for ' },
    { since: oldest.progressAt },
    ...(worst === null ? [] : [{ text: `, on ${visibleText(worst.comm)}${place}` }]),
  ]
}

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
