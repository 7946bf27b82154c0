import { type HostState, hostStates } from '@graftwatch/contract/vocabulary'
import Link from 'next/link'
import { number, percent } from '../words/numbers.ts'
import { stateWords } from '../words/states.ts'
import { shareOf } from './share.ts'
import { StateGlyph } from './state-glyph.tsx'

type FleetBarProps = { counts: Record<HostState, number>; total: number; active: readonly HostState[] }

/** The fleet in one row, worst left; each segment leads to its hosts. Nothing is too small to be seen and hit. */
export function FleetBar({ counts, total, active }: FleetBarProps) {
  const present = hostStates.filter((state) => counts[state] > 0)
  return (
    <section aria-label="Hosts by state">
      <ul className="flex h-9 gap-0.5">
        {present.map((state) => (
          <li
            key={state}
            {...shareOf(counts[state], total)}
            data-state={state}
            className="@container relative flex min-w-1.5 share-grow first:rounded-l-control last:rounded-r-control has-[a:focus-visible]:z-10"
          >
            <Link
              href={`/?state=${state}`}
              prefetch={false}
              aria-label={segmentName(state, counts[state], total)}
              title={segmentName(state, counts[state], total)}
              className={`keep-shape flex w-full items-center overflow-hidden bg-fill px-2 text-12 font-semibold text-page transition-opacity hover:opacity-85 ${rounding} ${pattern(state)} before:absolute before:inset-y-0 before:left-1/2 before:w-full before:min-w-6 before:-translate-x-1/2 @max-[40px]:px-0 ${
                active.length > 0 && !active.includes(state) ? 'opacity-30' : ''
              }`}
            >
              <span className="mono hidden @min-[40px]:inline" aria-hidden="true">
                {number(counts[state])}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <ul className="mt-2.5 flex flex-wrap gap-x-1 gap-y-1 max-sm:gap-y-0">
        {present.map((state) => (
          <li key={state} data-state={state}>
            <Link
              href={`/?state=${state}`}
              prefetch={false}
              aria-current={active.includes(state) ? 'true' : undefined}
              className="flex min-h-7 items-center gap-1.5 rounded-control border border-transparent px-2 text-13 text-state first:-ml-2 hover:bg-surface aria-[current]:border-control aria-[current]:bg-surface max-sm:min-h-9"
              title={stateWords[state].definition}
            >
              <StateGlyph state={state} size={11} />
              <span className="mono font-medium">{number(counts[state])}</span>
              <span>{stateWords[state].word.toLowerCase()}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}

const rounding = '[li:first-child>&]:rounded-l-control [li:last-child>&]:rounded-r-control'

const segmentName = (state: HostState, count: number, total: number): string =>
  `${number(count)} ${stateWords[state].word.toLowerCase()}, ${percent(count, total)}`

const pattern = (state: HostState): string =>
  state === 'silent' ? 'hatch' : state === 'unknown' ? 'dots' : ''
