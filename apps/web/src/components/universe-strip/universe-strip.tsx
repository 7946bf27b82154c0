'use client'

import { useState } from 'react'
import { counted, number } from '../../words/numbers.ts'
import { confidenceSentence, stripSentence } from '../../words/strip.ts'
import { bandsOf, crossings, mostThreadCells, threadsIn } from './cells.ts'
import { Lane } from './lane.tsx'
import type { StripData } from './strip-data.ts'

/**
 * The two universes of a host side by side: who still runs the original code at the left, who runs the patched code at the right, one
 * cell a thread. Drawn only from the groups the agent read; what nobody can see is hatched and counted, never drawn as a cell.
 */
export function UniverseStrip({ strip, complete }: { strip: StripData; complete: boolean }) {
  const [drawn, setDrawn] = useState({ groups: strip.groups, crossed: new Map<string, number>(), reading: 0 })
  if (drawn.groups !== strip.groups) {
    setDrawn({
      groups: strip.groups,
      crossed: crossings(drawn.groups, strip.groups),
      reading: drawn.reading + 1,
    })
  }
  const bands = bandsOf(drawn.groups, drawn.crossed)
  const perThread = threadsIn(strip.groups) <= mostThreadCells
  const towardsPatched = strip.direction !== 'unpatching'

  return (
    <div className={`@container ${strip.stale ? 'stale' : ''}`} data-state={strip.state}>
      <div
        role="img"
        aria-label={stripSentence(strip, complete)}
        className="strip flex flex-col gap-3"
        data-direction={strip.direction ?? 'patching'}
      >
        <LaneHeads strip={strip} />
        {bands.map((band) => (
          <div key={band.kind} className="strip-lanes">
            <p className="col-span-2 text-12 text-muted">
              {band.kind === 'kthreads' ? 'Kernel threads' : 'Processes'}
              {!perThread && ', one cell each'}
            </p>
            {/* Patched is always at the right, so an unpatching runs from right to left. */}
            <div className={towardsPatched ? 'cells-remaining' : 'cells-arrived'}>
              <Lane
                band={band}
                side={towardsPatched ? 'leaving' : 'arriving'}
                size={perThread ? 7 : 14}
                reading={drawn.reading}
              />
            </div>
            <div className={towardsPatched ? 'cells-arrived' : 'cells-remaining'}>
              <Lane
                band={band}
                side={towardsPatched ? 'arriving' : 'leaving'}
                size={perThread ? 7 : 14}
                reading={drawn.reading}
              />
            </div>
          </div>
        ))}
      </div>
      <Unseen strip={strip} complete={complete} />
    </div>
  )
}

function LaneHeads({ strip: { tasks, direction } }: { strip: StripData }) {
  const [original, patched] =
    direction === 'unpatching' ? [tasks.migrated, tasks.remaining] : [tasks.remaining, tasks.migrated]
  return (
    <div className="strip-lanes text-12 text-muted">
      <LaneHead word="original" count={original} target={direction === 'unpatching'} />
      <LaneHead word="patched" count={patched} target={direction === 'patching'} />
    </div>
  )
}

function LaneHead({ word, count, target }: { word: string; count: number | null; target: boolean }) {
  return (
    <p className="flex items-baseline gap-2 border-b border-line pb-1.5">
      <span className="text-13 font-medium text-ink">{word}</span>
      {target && <span className="max-sm:sr-only">where tasks go</span>}
      <span className="mono ml-auto text-13 text-ink">{count === null ? '—' : number(count)}</span>
    </p>
  )
}

/** What the kernel counts and /proc does not show, as hatched blocks with their reason. */
function Unseen({ strip, complete }: { strip: StripData; complete: boolean }) {
  const { tasks } = strip
  const grouped = threadsIn(strip.groups)
  const undrawn = tasks.total === null ? 0 : Math.max(0, tasks.total - grouped)
  const reason = confidenceSentence(strip)
  const idle = complete ? 0 : tasks.idleHidden
  if (idle + tasks.unreadable + undrawn === 0 && reason === null) return null
  return (
    <ul className="mt-3 flex flex-wrap gap-x-5 gap-y-2 text-12 text-muted">
      {idle > 0 && (
        <li className="flex items-center gap-2">
          <span className="unseen h-4 w-10 rounded-[3px] border border-control" aria-hidden="true" />
          {number(idle)} idle, not visible
        </li>
      )}
      {(tasks.unreadable > 0 || reason !== null) && (
        <li className="flex items-center gap-2">
          <span className="unreadable h-4 w-10 rounded-[3px] border border-control" aria-hidden="true" />
          <span>
            {tasks.unreadable > 0 && `${number(tasks.unreadable)} not readable. `}
            {reason}
          </span>
        </li>
      )}
      {undrawn > 0 && <li>{counted(undrawn, 'more task')} in small groups, not drawn</li>}
    </ul>
  )
}
