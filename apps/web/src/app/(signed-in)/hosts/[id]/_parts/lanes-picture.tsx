'use client'

import { useRouter } from 'next/navigation'
import { type KeyboardEvent, type PointerEvent, useEffect, useId, useRef, useState } from 'react'
import { stepped } from '../../../../../components/time-cursor/at.ts'
import { utcInstant } from '../../../../../words/duration.ts'
import { stateWords } from '../../../../../words/states.ts'
import type { Range } from '../history-window.ts'
import { type Lanes, stateAt } from './lanes.ts'

const rows = ['State', 'Attempts', 'Patches', 'Boots'] as const
const rowHeight = 24
const height = rows.length * rowHeight
/** Keys come in bursts; the page follows when they rest. */
const restMs = 400
/** Of the window, for one press of an arrow key. */
const keyStep = 1 / 96

type LanesPictureProps = {
  lanes: Lanes
  /** The window, in milliseconds. */
  from: number
  to: number
  /** The cursor; null while the page shows now. */
  at: number | null
  hostId: string
  range: Range
  label: string
}

/** The lanes, and the cursor on them: drag it, click where it shall go, or move it with the arrow keys. Escape puts it back. */
export function LanesPicture({ lanes, from, to, at, hostId, range, label }: LanesPictureProps) {
  const router = useRouter()
  const hatch = useId()
  const picture = useRef<SVGSVGElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [moved, setMoved] = useState<number | null>(null)
  useEffect(() => () => clearTimeout(timer.current), [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new answer of the server, with other instants, says where the cursor is
  useEffect(() => setMoved(null), [at, to])

  const place = moved ?? (at === null ? 1 : Math.min(1, Math.max(0, (at - from) / (to - from))))
  const instant = new Date(from + place * (to - from)).toISOString()
  const state = stateAt(lanes, place)
  const isNow = place >= 1 && (moved !== null || at === null)

  function go(to_: number) {
    clearTimeout(timer.current)
    const then = to_ >= 1 ? null : stepped(new Date(from + to_ * (to - from)).toISOString(), 0, Date.now())
    const query = new URLSearchParams()
    if (then !== null) query.set('at', then)
    if (range !== '1d') query.set('range', range)
    router.push(query.size === 0 ? `/hosts/${hostId}` : `/hosts/${hostId}?${query}`, { scroll: false })
  }

  function placeOf(event: PointerEvent): number {
    const box = picture.current?.getBoundingClientRect()
    return box === undefined ? place : Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
  }

  function key(event: KeyboardEvent) {
    const steps: Record<string, number> = {
      ArrowLeft: place - keyStep,
      ArrowDown: place - keyStep,
      ArrowRight: place + keyStep,
      ArrowUp: place + keyStep,
      PageDown: place - 8 * keyStep,
      PageUp: place + 8 * keyStep,
      Home: 0,
      End: 1,
    }
    const wanted = steps[event.key]
    clearTimeout(timer.current)
    if (event.key === 'Escape') return setMoved(null)
    if (event.key === 'Enter') return go(place)
    if (wanted === undefined) return
    event.preventDefault()
    const next = Math.min(1, Math.max(0, wanted))
    setMoved(next)
    timer.current = setTimeout(() => go(next), restMs)
  }

  return (
    <div className="grid grid-cols-[5rem_minmax(0,1fr)] gap-x-2 px-4 py-3 text-12 text-muted">
      <ul aria-hidden="true">
        {rows.map((row) => (
          <li key={row} className="flex h-6 items-center">
            {row}
          </li>
        ))}
      </ul>
      <div
        role="slider"
        tabIndex={0}
        aria-label="Instant the page shows"
        aria-valuemin={0}
        aria-valuemax={1000}
        aria-valuenow={Math.round(place * 1000)}
        aria-valuetext={`${isNow ? 'now' : utcInstant(instant, to)}, ${state === null ? 'nothing known' : stateWords[state].word.toLowerCase()}`}
        aria-describedby={`${hatch}-says`}
        onKeyDown={key}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          setMoved(placeOf(event))
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) setMoved(placeOf(event))
        }}
        onPointerUp={(event) => go(placeOf(event))}
        onPointerCancel={() => setMoved(null)}
        className="cursor-ew-resize touch-pan-y rounded-[3px] select-none"
      >
        <Picture lanes={lanes} place={place} isNow={isNow} hatch={hatch} picture={picture} />
      </div>
      <span />
      <p className="mt-1 flex flex-wrap justify-between gap-x-3">
        <span className="mono">{utcInstant(new Date(from).toISOString(), to)}</span>
        <span className="text-ink" data-state={state ?? undefined}>
          {moved !== null && (
            <>
              <span className="mono">{isNow ? 'now' : utcInstant(instant, to)}</span>{' '}
              <span className="text-state">{state === null ? 'nothing known' : stateWords[state].word}</span>
            </>
          )}
        </span>
        <span className="mono">{utcInstant(new Date(to).toISOString(), to)}</span>
      </p>
      <p id={`${hatch}-says`} className="sr-only">
        {label}
      </p>
    </div>
  )
}

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`

type PictureProps = {
  lanes: Lanes
  place: number
  isNow: boolean
  hatch: string
  picture: React.Ref<SVGSVGElement>
}

function Picture({ lanes, place, isNow, hatch, picture }: PictureProps) {
  const middle = (row: number) => row * rowHeight + rowHeight / 2
  return (
    <svg ref={picture} width="100%" height={height} aria-hidden="true" className="block overflow-visible">
      <defs>
        <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
          <rect width="3" height="6" className="fill-(--silent)" />
        </pattern>
      </defs>
      {lanes.states.map(({ from, to, state }) => (
        <g key={from} data-state={state ?? undefined}>
          <rect
            x={percent(from)}
            width={percent(Math.max(to - from, 0.002))}
            y="5"
            height={rowHeight - 10}
            fill={state === 'silent' ? `url(#${hatch})` : undefined}
            className={
              state === null
                ? 'fill-none stroke-(--line)'
                : state === 'silent'
                  ? 'stroke-(--silent)'
                  : 'fill-(--fill)'
            }
          >
            <title>{state === null ? 'Nothing known' : stateWords[state].word}</title>
          </rect>
        </g>
      ))}
      {lanes.attempts.map(({ from, to, number, bad }) => (
        <rect
          key={number}
          x={percent(from)}
          width={percent(Math.max(to - from, 0.003))}
          y={rowHeight + 8}
          height={rowHeight - 16}
          rx="2"
          className={bad ? 'fill-(--stuck)' : 'fill-(--transitioning)'}
        >
          <title>{`Attempt ${number}${bad ? ', not applied' : ''}`}</title>
        </rect>
      ))}
      {lanes.patches.map(({ at, on, name }) => (
        <circle
          key={`${at}/${name}/${on}`}
          cx={percent(at)}
          cy={middle(2)}
          r="4"
          strokeWidth="1.5"
          className={on ? 'fill-(--ink) stroke-(--page)' : 'fill-(--page) stroke-(--ink)'}
        >
          <title>{`${name} ${on ? 'enabled' : 'off'}`}</title>
        </circle>
      ))}
      {lanes.boots.map(({ at }) => (
        <line
          key={at}
          x1={percent(at)}
          x2={percent(at)}
          y1={3 * rowHeight + 4}
          y2={4 * rowHeight - 4}
          strokeWidth="2"
          className="stroke-(--ink)"
        >
          <title>Rebooted</title>
        </line>
      ))}
      {[1, 2, 3].map((row) => (
        <line
          key={row}
          x1="0"
          x2="100%"
          y1={row * rowHeight}
          y2={row * rowHeight}
          className="stroke-(--line)"
        />
      ))}
      <g className={isNow ? 'text-muted' : 'text-ink'}>
        <line
          x1={percent(place)}
          x2={percent(place)}
          y1="-3"
          y2={height + 3}
          strokeWidth={isNow ? 1 : 2}
          strokeDasharray={isNow ? '3 3' : undefined}
          stroke="currentColor"
        />
        <circle cx={percent(place)} cy="-3" r="5" fill="currentColor" />
      </g>
    </svg>
  )
}
