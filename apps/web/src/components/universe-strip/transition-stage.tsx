'use client'

import { useState } from 'react'
import type { Attempt } from '../../api/types.ts'
import { number } from '../../words/numbers.ts'
import { confidenceSentence } from '../../words/strip.ts'
import { visibleText } from '../../words/visible-text.ts'
import { Announcer } from './announcer.tsx'
import { Stragglers } from './stragglers.tsx'
import { completed, type StripData } from './strip-data.ts'
import { StripStory } from './strip-story.tsx'
import { UniverseStrip } from './universe-strip.tsx'

type Ended = Pick<Attempt, 'patch' | 'startedAt' | 'endedAt' | 'outcome'>
type TransitionStageProps = {
  /** The running transition, or null when none runs. */
  strip: StripData | null
  /** The host's newest attempt, which says how a transition ended. */
  latest: Ended | null
}

/**
 * The running transition. When it ends while someone looks, the strip stays for that visit, full or as it was, with how it ended: an
 * answer that vanishes the moment it comes true is no answer.
 */
export function TransitionStage({ strip, latest }: TransitionStageProps) {
  const [last, setLast] = useState(strip)
  if (strip !== null && strip !== last) setLast(strip)

  const shown = strip ?? last
  if (shown === null) return null
  const outcome = strip === null ? outcomeOf(shown, latest) : null
  const complete = outcome === 'completed' || outcome === 'forced'
  const drawn = outcome === 'completed' ? completed(shown) : shown

  return (
    <section
      aria-labelledby="transition-title"
      className="panel"
      data-transition={outcome ?? (strip === null ? 'ended' : 'running')}
    >
      <div className="panel-head flex-wrap" data-state={drawn.state}>
        <h2 id="transition-title" className="min-w-0 text-14">
          {title(drawn, strip === null)}{' '}
          <bdi className="mono font-medium wrap-anywhere">{visibleText(drawn.patch)}</bdi>
        </h2>
        <Progress strip={drawn} outcome={outcome} ended={strip === null} />
      </div>
      <div className="flex flex-col gap-4 p-4">
        {drawn.confidence === 'none' || drawn.tasks.total === null || drawn.direction === null ? (
          <NotDrawn strip={drawn} />
        ) : (
          <UniverseStrip strip={drawn} complete={outcome === 'completed'} />
        )}
        {!complete && (
          <div className={drawn.stale ? 'stale' : undefined}>
            <Stragglers
              stragglers={drawn.stragglers}
              omitted={drawn.blockingOmitted}
              state={drawn.state}
              until={drawn.stale ? drawn.readAt : null}
            />
          </div>
        )}
        <StripStory
          strip={drawn}
          endedAt={strip === null ? (latest?.endedAt ?? null) : null}
          outcome={outcome}
          ended={strip === null}
        />
      </div>
      <Announcer strip={drawn} complete={outcome === 'completed'} />
    </section>
  )
}

/** How the transition that was shown ended; null when the newest attempt is another one, or does not say. */
function outcomeOf(shown: StripData, latest: Ended | null): Attempt['outcome'] {
  if (latest === null || latest.patch !== shown.patch) return null
  return latest.outcome
}

function title(strip: StripData, ended: boolean): string {
  if (strip.direction === null)
    return ended ? 'Transition of' : 'Tasks are moving, which way is not known yet:'
  if (strip.direction === 'unpatching') return ended ? 'Transition off' : 'Leaving'
  return ended ? 'Transition to' : 'Moving to'
}

function Progress({
  strip,
  outcome,
  ended,
}: {
  strip: StripData
  outcome: Attempt['outcome']
  ended: boolean
}) {
  const { migrated, total } = strip.tasks
  return (
    <p className={`flex items-center gap-3 text-13 ${strip.stale ? 'stale' : ''}`}>
      {ended && (
        <span className="tint keep-shape rounded-control px-2 py-0.5 font-semibold text-state">
          {outcome === 'completed' ? '✓ complete' : (outcome ?? 'ended')}
        </span>
      )}
      <span className="mono text-16 font-semibold">
        {migrated === null || total === null ? '— / —' : `${number(migrated)} / ${number(total)}`}
      </span>
    </p>
  )
}

/** In the strip's place where drawing one would mean inventing it. */
function NotDrawn({ strip }: { strip: StripData }) {
  return (
    <div className="unreadable rounded-control border border-dashed border-control p-3">
      <p className="max-w-[72ch] rounded-control bg-page px-3 py-2 text-13">
        {confidenceSentence(strip) ??
          'Which way the tasks move needs a second reading, or the kernel’s own log line; until then no lane is drawn.'}
        {strip.confidence === 'none' && (
          <>
            {' '}
            How many remain is not known, so no cell is drawn. Grant the agent the rights to read tasks, or
            look on the host: <code className="mono">graftwatch-agent doctor</code> says which right is
            missing.
          </>
        )}
      </p>
    </div>
  )
}
