'use client' // See state-glyph.tsx: no server component ends inside an <svg>.

import type { HostState } from '@graftwatch/contract/vocabulary'
import { useId } from 'react'

type Mark = { place: number; word: string }
type Band = { from: number; to: number }

type StepPlotProps = {
  label: string
  /** In a box of 1000 × 1000. */
  path: string
  rows: readonly Mark[]
  columns: readonly Mark[]
  /** Where the line ends; `held`: something stands in its way. */
  end: { x: number; y: number; held?: boolean }
  state?: HostState
  /** Spans to shade, and spans of which nothing is known. */
  stalls?: readonly Band[]
  unseen?: readonly Band[]
  /** Upright lines to compare with. */
  marks?: readonly Mark[]
}

const height = 176
const top = 8
const percent = (share: number): string => `${Math.round(share * 10_000) / 100}%`
const down = (share: number): number => top + share * height
const anchor = (place: number) => (place < 0.06 ? 'start' : place > 0.94 ? 'end' : 'middle')

/** A line in steps over time. Places are shares of 1, so that it fills any width with letters of one size. */
export function StepPlot({
  label,
  path,
  rows,
  columns,
  end,
  state = 'transitioning',
  stalls = [],
  unseen = [],
  marks = [],
}: StepPlotProps) {
  const hatch = useId()
  return (
    <div role="img" aria-label={label} className="flex text-12">
      <svg width="44" height={height + 32} className="shrink-0 fill-muted" aria-hidden="true">
        {rows.map(({ place, word }) => (
          <text key={word} x="36" y={down(place) + 4} textAnchor="end" className="mono">
            {word}
          </text>
        ))}
      </svg>
      <svg width="100%" height={height + 32} className="min-w-0 flex-1 overflow-visible" aria-hidden="true">
        <defs>
          <pattern
            id={hatch}
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="1.5" height="6" className="fill-(--control)" opacity="0.5" />
          </pattern>
        </defs>
        {unseen.map(({ from, to }) => (
          <rect
            key={from}
            x={percent(from)}
            y={top}
            width={percent(to - from)}
            height={height}
            fill={`url(#${hatch})`}
          />
        ))}
        <g data-state="stuck">
          {stalls.map(({ from, to }) => (
            <rect
              key={from}
              x={percent(from)}
              y={top}
              width={percent(to - from)}
              height={height}
              className="fill-(--fill)"
              opacity="0.13"
            />
          ))}
        </g>
        {rows.map(({ place, word }) => (
          <line
            key={word}
            x1="0"
            x2="100%"
            y1={down(place)}
            y2={down(place)}
            className={place === 1 ? 'stroke-(--control)' : 'stroke-(--line)'}
          />
        ))}
        {columns.map(({ place, word }) => (
          <text
            key={word}
            x={percent(place)}
            y={top + height + 18}
            textAnchor={anchor(place)}
            className="fill-muted"
          >
            {word}
          </text>
        ))}
        {marks.map(({ place, word }, index) => (
          <g key={word}>
            <line
              x1={percent(place)}
              x2={percent(place)}
              y1={top}
              y2={top + height}
              strokeDasharray="3 3"
              className="stroke-(--control)"
            />
            <text
              x={percent(place)}
              dx={place > 0.6 ? -5 : 5}
              y={top + 12 + index * 16}
              textAnchor={place > 0.6 ? 'end' : 'start'}
              className="fill-muted"
            >
              {word}
            </text>
          </g>
        ))}
        <svg
          y={top}
          width="100%"
          height={height}
          viewBox="0 0 1000 1000"
          preserveAspectRatio="none"
          className="overflow-visible"
          aria-hidden="true"
        >
          <path
            data-state={state}
            d={path}
            fill="none"
            strokeWidth="2"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
            className="stroke-(--fill)"
          />
        </svg>
        <circle
          data-state={end.held === true ? 'stuck' : state}
          cx={percent(end.x)}
          cy={down(end.y)}
          r="4"
          className="fill-(--fill)"
        />
      </svg>
    </div>
  )
}
