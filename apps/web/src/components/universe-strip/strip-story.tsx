import type { Attempt } from '../../api/types.ts'
import { duration, preciseDuration } from '../../words/duration.ts'
import { After, Ago, Elapsed } from '../clock.tsx'
import type { StripData } from './strip-data.ts'

type StripStoryProps = {
  strip: StripData
  ended: boolean
  endedAt: string | null
  outcome: Attempt['outcome']
}

/** From here on a pause is worth a word. */
const pauseSeconds = 60

/** When it started, when the kernel nudged, how long nothing moves: so that people need not guess whether something happens. */
export function StripStory({ strip, ended, endedAt, outcome }: StripStoryProps) {
  const { startedAt, signaledAt, progressAt, stuckAfterSeconds } = strip
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1 text-13 text-muted">
      <li>
        Started {strip.startedBefore ? 'before we looked, at least ' : ''}
        <Ago at={startedAt} focusable className="text-ink" />
        {strip.startedAtSource === 'kernel-log' ? ', by the kernel’s log' : ', as the agent saw it'}
      </li>
      {signaledAt !== null && (
        <li>
          Kernel nudged blocked tasks{' '}
          {preciseDuration((Date.parse(signaledAt) - Date.parse(startedAt)) / 1000)} in, and again about every
          15 s
        </li>
      )}
      {strip.signalsByItself === false && <li>This kernel does not nudge blocked tasks by itself</li>}
      {ended && <li className="text-ink">{endSentence(outcome, startedAt, endedAt)}</li>}
      {!ended && strip.stale && (
        <li className="text-ink">
          As of <Ago at={strip.readAt} focusable />, when nothing had moved for{' '}
          {duration((Date.parse(strip.readAt) - Date.parse(progressAt)) / 1000)}
        </li>
      )}
      {!ended && !strip.stale && (
        <After at={progressAt} seconds={pauseSeconds}>
          <li data-state={strip.state}>
            <strong className="font-semibold text-state">
              No progress for <Elapsed since={progressAt} focusable />
            </strong>{' '}
            (stuck after {duration(stuckAfterSeconds)})
          </li>
        </After>
      )}
    </ul>
  )
}

function endSentence(outcome: Attempt['outcome'], startedAt: string, endedAt: string | null): string {
  const after =
    endedAt === null ? '' : ` after ${preciseDuration((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)}`
  switch (outcome) {
    case 'completed':
      return `Complete${after}: every task has crossed`
    case 'forced':
      return `Forced${after}: some tasks may still run the old code until a reboot`
    case 'reversed':
      return `Reversed${after}: it did not complete`
    case 'refused':
      return 'Refused: it did not begin'
    case 'endedByReboot':
      return `Ended by a reboot${after}`
    case null:
      return 'Ended; the next reading says how'
  }
}
