import { type HostState, hostStates } from '@graftwatch/contract/vocabulary'
import type { HostFacets } from '../api/types.ts'
import { counted, number } from './numbers.ts'
import { stateWords } from './states.ts'

type Part = { text: string; state?: HostState }

type Asked = {
  /** States the list is narrowed to; [] for all. */
  states: readonly HostState[]
  /** Whether anything else narrows it. */
  filtered: boolean
  retired: boolean
  past: boolean
  /** How many hosts the fleet has; null where that is not known. */
  fleet: number | null
}

/** States worth a word when the list has them. */
const telling: readonly HostState[] = hostStates.filter(
  (state) => !['migrated', 'unsupported', 'notDue'].includes(state),
)

/** How many hosts the list has and what is wrong with them, beginning with a number. */
export function hostsSentence({ total, exact, state: spread }: HostFacets, asked: Asked): Part[] {
  const { states, filtered, retired, past, fleet } = asked
  const narrowed = filtered || states.length > 0
  const be = (count: number) => (past ? (count === 1 ? 'was' : 'were') : count === 1 ? 'is' : 'are')
  const lead = `${exact ? '' : 'At least '}${number(total)}`
  if (total === 0) {
    return [
      { text: narrowed ? 'No host matches.' : retired ? 'No host is retired.' : 'No host reports here yet.' },
    ]
  }
  const whole =
    narrowed && fleet !== null && !retired
      ? ` of ${counted(fleet, 'host')}`
      : ` ${total === 1 ? 'host' : 'hosts'}`
  const verb = retired
    ? ` ${be(total)} out of the fleet`
    : narrowed
      ? ` ${past ? 'matched' : total === 1 ? 'matches' : 'match'}`
      : ''
  const present = spread.flatMap(({ value, n }) => {
    const state = hostStates.find((each) => each === value)
    const shown = state !== undefined && (states.length === 0 || states.includes(state))
    return shown && n > 0 ? [{ state, n }] : []
  })
  const worrying = telling.flatMap((state) => present.filter((each) => each.state === state))
  if (worrying.length === 0 || (states.length === 1 && worrying.length === 1)) {
    return [{ text: `${lead}${whole}${verb}.` }]
  }
  return [
    { text: `${lead}${whole}${verb}: ` },
    ...worrying.flatMap(({ state, n }, index): Part[] => [
      ...(index === 0 ? [] : [{ text: index === worrying.length - 1 ? ' and ' : ', ' }]),
      { text: number(n), state },
      { text: ` ${stateWords[state].word.toLowerCase()}` },
    ]),
    { text: '.' },
  ]
}

const orders = {
  state: ['worst first, then longest in their state', 'best first'],
  hostname: ['by name', 'by name, last first'],
  since: ['longest in their state first', 'newest in their state first'],
  kernel: ['by kernel', 'by kernel, last first'],
  patch: ['by patch', 'by patch, last first'],
  lastSeen: ['longest without a word first', 'newest word first'],
} as const

/** The order of the list, for its caption. */
export const sortSentence = (sort: keyof typeof orders, reverse: boolean): string =>
  orders[sort][reverse ? 1 : 0]
