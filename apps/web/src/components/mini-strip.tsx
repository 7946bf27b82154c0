'use client' // See state-glyph.tsx: no server component ends inside an <svg>.

import { number } from '../words/numbers.ts'

type MiniStripProps = { total: number | null; remaining: number | null; stuck: boolean }

const width = 96

/**
 * The universe strip in 96 × 12: what remains in the original universe at the left, what has migrated at the right. A single
 * remaining task is still three pixels wide. Without counts it is hatched.
 */
export function MiniStrip({ total, remaining, stuck }: MiniStripProps) {
  if (total === null || remaining === null || total === 0) {
    return (
      <span
        role="img"
        aria-label="tasks not readable"
        className="unreadable keep-shape inline-block h-3 w-24 shrink-0 rounded-[3px] border border-line"
      />
    )
  }
  const left = remaining === 0 ? 0 : Math.min(width, Math.max(3, Math.round((remaining / total) * width)))
  const gap = left === 0 || left === width ? 0 : 2
  return (
    <svg
      role="img"
      aria-label={`${number(total - remaining)} of ${number(total)} tasks migrated`}
      viewBox={`0 0 ${width} 12`}
      width={width}
      height="12"
      className="shrink-0"
    >
      <g data-state={stuck ? 'stuck' : 'transitioning'}>
        <rect x="0" y="0" width={left} height="12" rx={Math.min(2, left / 2)} className="fill-(--fill)" />
      </g>
      <g data-state="migrated">
        <rect
          x={left + gap}
          y="0"
          width={Math.max(0, width - left - gap)}
          height="12"
          rx="2"
          className="fill-(--fill)"
        />
      </g>
    </svg>
  )
}
