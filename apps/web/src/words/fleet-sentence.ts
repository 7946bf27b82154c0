import { type HostFlag, type HostState, hostFlags, hostStates } from '@graftwatch/contract/vocabulary'
import type { Overview } from '../api/types.ts'
import { counted, number } from './numbers.ts'
import { stateWords } from './states.ts'
import { visibleText } from './visible-text.ts'

/** A piece of the sentence; `state` or `flag` make it a link to the hosts it counts, `since` is an instant shown as an age. */
export type SentencePart = { text: string; state?: HostState; flag?: HostFlag } | { since: string }

/** States that deserve a place in the sentence beside `stuck`: something is wrong, or nobody can tell. */
const worrying: readonly HostState[] = ['failed', 'reverting', 'unpatched', 'unknown', 'silent']

/** Flags that a state alone hides: whoever reads "migrated" as "safe" has to know them. */
const telling: Partial<Record<HostFlag, string>> = {
  forced: 'forced',
  placeholder: 'on a placeholder',
  blind: 'blind',
}

/**
 * The fleet in a few sentences that begin with numbers, now or as it was. For an empty fleet, [] (the page then says how to add a
 * host).
 */
export function fleetSentence(overview: Overview): SentencePart[] {
  if (overview.total === 0) return []
  if (overview.total === 1) return onlyHostSentence(overview)
  return [
    ...migratedSentence(overview),
    ...stuckSentence(overview),
    ...restSentence(overview),
    ...flagsSentence(overview),
  ]
}

/** `is`, `are`, `was` or `were`. */
const be = (count: number, { view }: Overview): string =>
  view === null ? (count === 1 ? 'is' : 'are') : count === 1 ? 'was' : 'were'

/** What stands after "The only host", where it is not "is" and the state's predicate. */
function onlyHostWords(state: HostState, overview: Overview): string {
  const past = overview.view !== null
  if (state === 'failed') return past ? ' had failed to take its patch' : ' failed to take its patch'
  if (state === 'unsupported')
    return past ? '’s kernel had no live patching' : '’s kernel has no live patching'
  if (state === 'notDue') return past ? ' had nothing due' : ' has nothing due'
  return ` ${be(1, overview)} ${stateWords[state].predicate}`
}

function onlyHostSentence(overview: Overview): SentencePart[] {
  const state = hostStates.find((each) => overview.counts[each] > 0)
  if (state === undefined) return []
  return [
    { text: 'The only host', state },
    { text: onlyHostWords(state, overview) },
    ...(state === 'stuck' ? heldPart(overview) : []),
    { text: '.' },
  ]
}

function migratedSentence(overview: Overview): SentencePart[] {
  const { counts, total, view } = overview
  const { migrated } = counts
  if (migrated === total) {
    return [
      { text: `All ${counted(total, 'host')}`, state: 'migrated' },
      { text: ` ${be(total, overview)} fully migrated.` },
    ]
  }
  if (counts.unsupported === total) {
    return [
      { text: `All ${counted(total, 'host')}`, state: 'unsupported' },
      { text: ` ${view === null ? 'run' : 'ran'} kernels without live patching.` },
    ]
  }
  if (migrated === 0)
    return [{ text: `None of ${counted(total, 'host')} ${be(1, overview)} fully migrated.` }]
  return [
    { text: number(migrated), state: 'migrated' },
    { text: ` of ${counted(total, 'host')} ${be(migrated, overview)} fully migrated.` },
  ]
}

function stuckSentence(overview: Overview): SentencePart[] {
  const { stuck } = overview.counts
  if (stuck === 0) return []
  return [
    { text: ' ' },
    { text: number(stuck), state: 'stuck' },
    { text: ` ${be(stuck, overview)} stuck` },
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

function restSentence(overview: Overview): SentencePart[] {
  const { counts } = overview
  const present = hostStates.filter((state) => worrying.includes(state) && counts[state] > 0)
  return present.flatMap((state, index): SentencePart[] => {
    const count = counts[state]
    const verb = state === 'failed' ? '' : `${be(count, overview)} `
    const joint = index === 0 ? ' ' : index === present.length - 1 ? ' and ' : ', '
    return [
      { text: joint },
      { text: number(count), state },
      { text: ` ${verb}${stateWords[state].predicate}${index === present.length - 1 ? '.' : ''}` },
    ]
  })
}

function flagsSentence({ flags }: Overview): SentencePart[] {
  const present = hostFlags.flatMap((flag) => {
    const [word, count] = [telling[flag], flags[flag] ?? 0]
    return word === undefined || count === 0 ? [] : [{ flag, word, count }]
  })
  return present.flatMap(({ flag, word, count }, index): SentencePart[] => [
    { text: index === 0 ? ' Among all: ' : index === present.length - 1 ? ' and ' : ', ' },
    { text: number(count), flag },
    { text: ` ${word}${index === present.length - 1 ? '.' : ''}` },
  ])
}
