'use client' // See state-glyph.tsx: no server component ends inside an <svg>.

import { hostStates } from '@graftwatch/contract/vocabulary'
import { tickStates, ticksSentence } from '../words/ticks.ts'

const step = 3
const height = 16

/**
 * The last 24 h in half hours, worst state of each, newest at the right. Trouble stands tall and health low, so the two differ without
 * colour; where nobody knew, it is hatched, and a dot where there was no host yet.
 */
export function HistoryStrip({ ticks }: { ticks: string }) {
  const states = tickStates(ticks)
  const width = states.length * step
  return (
    <svg
      role="img"
      aria-label={ticksSentence(ticks)}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      className="max-w-full"
    >
      {hostStates.map((state) => {
        const at = states.flatMap((each, index) => (each === state ? [index] : []))
        if (at.length === 0) return null
        const hatched = state === 'silent' || state === 'unknown'
        return (
          <g key={state} data-state={state}>
            <path
              d={at.map((index) => (hatched ? hatch(index) : bar(index, heightOf(state)))).join('')}
              className={hatched ? 'stroke-(--fill)' : 'fill-(--fill)'}
              strokeWidth="1"
            />
          </g>
        )
      })}
      <path
        d={states.flatMap((each, index) => (each === null ? [bar(index, 1)] : [])).join('')}
        className="fill-(--control)"
      />
    </svg>
  )
}

const heightOf = (state: (typeof hostStates)[number]): number =>
  state === 'migrated' || state === 'notDue' || state === 'unsupported'
    ? 6
    : state === 'transitioning'
      ? 10
      : height
const bar = (index: number, tall: number): string =>
  `M${index * step} ${height - tall}h${step - 1}v${tall}h-${step - 1}z`
const hatch = (index: number): string =>
  `M${index * step} ${height - 5}l${step - 1}-2.5M${index * step} ${height - 1}l${step - 1}-2.5M${index * step} ${height - 9}l${step - 1}-2.5`
