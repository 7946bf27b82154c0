import type { Cause, CausesPage } from '../api/types.ts'
import type { Past } from '../components/time-cursor/at.ts'
import { duration } from './duration.ts'
import { counted, number } from './numbers.ts'
import { kindWords } from './tasks.ts'
import { visibleText } from './visible-text.ts'

/** What a cause is, in a few words: `vhost-N in vhost_worker`. */
export const causeName = ({
  comm,
  function: held,
  kind,
}: Pick<Cause, 'comm' | 'function' | 'kind'>): string =>
  `${visibleText(comm)} ${held === null ? `(${kindWords[kind]})` : `in ${visibleText(held)}`}`

/** Who owns it, as far as the task's cgroup says. */
export const ownerWords = ({ unit, kind }: Pick<Cause, 'unit' | 'kind'>): string =>
  unit === null ? (kind === 'user' ? 'no unit known' : kindWords[kind]) : visibleText(unit)

type Part = { text: string } | { since: string } | { hostsOf: Cause; text: string }

/** How many hosts are held, and by what, beginning with a number. `page.view` set: as it was then. */
export function causesSentence({ items, causes, hosts, view }: CausesPage): Part[] {
  const past = view !== null
  if (hosts === 0) {
    return [
      {
        text: past
          ? 'No cause held a host then.'
          : 'No cause holds a host: every task that has to move is moving.',
      },
    ]
  }
  const be = hosts === 1 ? (past ? 'was' : 'is') : past ? 'were' : 'are'
  const lead = `${counted(hosts, 'host')} ${be} held by ${counted(causes, 'cause')}`
  const [most] = items
  if (most === undefined) return [{ text: `${lead}.` }]
  const who: Part = { text: causeName(most), hostsOf: most }
  if (causes === 1)
    return [
      { text: `${lead}: ` },
      who,
      { text: ', the longest for ' },
      { since: most.oldestSince },
      { text: '.' },
    ]
  return [
    {
      text: `${lead}. ${most.hosts === 1 ? 'No cause holds more than one; the longest is ' : `One holds ${number(most.hosts)} of them: `}`,
    },
    who,
    { text: ', for ' },
    { since: most.oldestSince },
    { text: '.' },
  ]
}

/** How long the cause held attempts that completed; null where there are too few to say. */
export function clearedSentence({ cleared }: Pick<Cause, 'cleared'>): string | null {
  if (cleared === null) return null
  return `Elsewhere this cause cleared after a median of ${duration(cleared.medianSeconds)} (n = ${number(cleared.times)}).`
}

/** All hosts a cause holds, also those that count under an older one; what the list of its hosts has. */
export const allHeld = ({ hosts, alsoHolds }: Pick<Cause, 'hosts' | 'alsoHolds'>): number => hosts + alsoHolds

/** Beside the number of all that a cause holds: how many of them count under another, or have another. */
export function amongSentence({
  alsoHolds,
  withOthers,
}: Pick<Cause, 'alsoHolds' | 'withOthers'>): string | null {
  const parts = [
    alsoHolds === 0
      ? null
      : `${number(alsoHolds)} of its hosts ${alsoHolds === 1 ? 'counts' : 'count'} under an older cause`,
    withOthers === 0
      ? null
      : `${number(withOthers)} of its hosts ${withOthers === 1 ? 'has' : 'have'} a newer cause as well`,
  ].filter((part) => part !== null)
  return parts.length === 0 ? null : parts.join('; ')
}

/** Beside the number of those that count under a cause: other causes that hold the same hosts, and hosts it holds beside older causes; null where there are none. */
export function besideSentence({
  alsoHolds,
  withOthers,
}: Pick<Cause, 'alsoHolds' | 'withOthers'>): string | null {
  const parts = [
    alsoHolds === 0 ? null : `also holds ${counted(alsoHolds, 'host')} that an older cause holds`,
    withOthers === 0
      ? null
      : `${number(withOthers)} of its hosts ${withOthers === 1 ? 'has' : 'have'} another cause as well`,
  ].filter((part) => part !== null)
  return parts.length === 0 ? null : parts.join('; ')
}

/** Where the hosts of a cause are listed, now or as it was: all that it holds, see {@link allHeld}. */
export const hostsOfCause = (id: string, { at, knownAt }: Partial<Past> = {}): string =>
  `/hosts?${new URLSearchParams({ cause: id, ...(at === undefined ? {} : { at }), ...(at === undefined || knownAt == null ? {} : { knownAt }) })}`
