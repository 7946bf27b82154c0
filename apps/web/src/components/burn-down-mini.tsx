'use client' // See state-glyph.tsx: no server component ends inside an <svg>.

import { miniBox } from './burn-down-shape.ts'

const margin = 2
const width = miniBox.width + 2 * margin
const height = miniBox.height + 2 * margin

type BurnDownMiniProps = {
  label: string
  /** In a box of {@link miniBox}. */
  path: string
  stalls: readonly { from: number; to: number }[]
  stuck: boolean
}

/** A burn-down for a row: the line and its stalls, nothing else. `stalls` are shares of its width. */
export function BurnDownMini({ label, path, stalls, stuck }: BurnDownMiniProps) {
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`${-margin} ${-margin} ${width} ${height}`}
      width={width}
      height={height}
      className="shrink-0"
    >
      <g data-state="stuck">
        {stalls.map(({ from, to }) => (
          <rect
            key={from}
            x={from * miniBox.width}
            y={-margin}
            width={(to - from) * miniBox.width}
            height={height}
            className="fill-(--fill)"
            opacity="0.13"
          />
        ))}
      </g>
      <line x1="0" x2={miniBox.width} y1={miniBox.height} y2={miniBox.height} className="stroke-(--line)" />
      <path
        data-state={stuck ? 'stuck' : 'transitioning'}
        d={path}
        fill="none"
        strokeWidth="1.5"
        strokeLinejoin="round"
        className="stroke-(--fill)"
      />
    </svg>
  )
}
