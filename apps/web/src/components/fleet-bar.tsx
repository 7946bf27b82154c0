import { type HostState, hostStates } from '@graftwatch/contract/vocabulary'
import Link from 'next/link'
import { number, percent } from '../words/numbers.ts'
import { stateWords } from '../words/states.ts'
import { shareOf } from './share.ts'
import { StateGlyph } from './state-glyph.tsx'

/** `at`: the instant the counts are of; null for now. */
type FleetBarProps = { counts: Record<HostState, number>; total: number; at: string | null }

/** The fleet in one row, worst left, and its legend; both lead to the hosts of a state. */
export function FleetBar(props: FleetBarProps) {
  return (
    <section aria-label="Hosts by state">
      <Bar {...props} />
      <Legend {...props} />
    </section>
  )
}

const hostsOf = (state: HostState, at: string | null): string =>
  `/hosts?${new URLSearchParams({ state, ...(at === null ? {} : { at }) })}`

const presentIn = (counts: FleetBarProps['counts']) => hostStates.filter((state) => counts[state] > 0)

/**
 * For the pointer alone: the legend has the same links with names, for everyone. A segment has at least 6 px, so that three hosts in a
 * million are seen, and reaches 24 px wide for whoever aims at it.
 */
function Bar({ counts, total, at }: FleetBarProps) {
  return (
    <div className="flex h-9 gap-0.5" aria-hidden="true">
      {presentIn(counts).map((state) => {
        return (
          <div
            key={state}
            {...shareOf(counts[state], total)}
            data-state={state}
            className="group @container relative flex min-w-1.5 share-grow"
          >
            <Link
              href={hostsOf(state, at)}
              prefetch={false}
              tabIndex={-1}
              title={segmentName(state, counts[state], total)}
              className={`keep-shape flex w-full items-center overflow-hidden bg-fill text-12 font-semibold text-on transition-opacity group-first:rounded-l-control group-last:rounded-r-control before:absolute before:inset-y-0 before:left-1/2 before:w-full before:min-w-6 before:-translate-x-1/2 hover:opacity-85 @min-[40px]:px-2 @max-[40px]:justify-center ${pattern(state)}`}
            >
              <span
                className={`mono hidden ${roomFor(number(counts[state]))} ${pattern(state) === '' ? '' : 'rounded-[3px] bg-fill px-1'}`}
              >
                {number(counts[state])}
              </span>
            </Link>
          </div>
        )
      })}
    </div>
  )
}

function Legend({ counts, total, at }: FleetBarProps) {
  return (
    <ul className="-mx-2 mt-2.5 flex flex-wrap gap-x-1 gap-y-1 max-sm:gap-y-0">
      {presentIn(counts).map((state) => (
        <li key={state} data-state={state}>
          <Link
            href={hostsOf(state, at)}
            prefetch={false}
            className="flex min-h-7 items-center gap-1.5 rounded-control border border-transparent px-2 text-13 text-state hover:bg-surface max-sm:min-h-9"
            title={stateWords[state].definition}
          >
            <StateGlyph state={state} size={11} />
            <span>
              <span className="mono font-medium">{number(counts[state])}</span>{' '}
              {stateWords[state].word.toLowerCase()}
              <span className="sr-only">, {percent(counts[state], total)}</span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

const segmentName = (state: HostState, count: number, total: number): string =>
  `${number(count)} ${stateWords[state].word.toLowerCase()}, ${percent(count, total)}`

/** The class that shows a number from the width on that it needs. */
function roomFor(text: string): string {
  if (text.length <= 2) return '@min-[24px]:inline'
  return text.length === 3 ? '@min-[32px]:inline' : '@min-[72px]:inline'
}

const patterns: Partial<Record<HostState, string>> = { silent: 'hatch', unknown: 'dots', notDue: 'rings' }
const pattern = (state: HostState): string => patterns[state] ?? ''
