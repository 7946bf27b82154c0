import Link from 'next/link'
import { ApiProblem } from '../../../../../api/problem.ts'
import { getTimeline, settled } from '../../../../../api/read.ts'
import type { HostDetail } from '../../../../../api/types.ts'
import { ProblemPanel } from '../../../../../components/problem-panel.tsx'
import { lanesSentence } from '../../../../../words/lanes.ts'
import { historyWindow, type Range, ranges, stepsAround } from '../history-window.ts'
import { changesOf, lanesOf } from './lanes.ts'
import { LanesPicture } from './lanes-picture.tsx'

const eventsRead = '200'

type HistoryProps = { host: HostDetail; at: string | null; range: Range; now: number }

/** What happened to the host as lanes over time, with the cursor that moves the whole page to another instant. */
export async function History({ host, at, range, now }: HistoryProps) {
  const { from, to, asOf } = historyWindow(at, range, now)
  const query = new URLSearchParams({ limit: eventsRead, ...(asOf === null ? {} : { asOf }) })
  const timeline = await settled(getTimeline(host.id, query))
  if (timeline instanceof ApiProblem) return <ProblemPanel problem={timeline.problem} />
  const lanes = lanesOf({
    events: timeline.items,
    attempts: host.attempts,
    from,
    to,
    attemptsAt: at === null ? to : Date.parse(at),
    whole: timeline.nextCursor === null,
    last: host.status.state,
  })
  const { earlier, later } = stepsAround(changesOf(timeline.items), at, now)
  const address = (changes: { at?: string | null; range?: Range }) => {
    const query = new URLSearchParams()
    const shown = changes.at === undefined ? at : changes.at
    if (shown !== null) query.set('at', shown)
    if ((changes.range ?? range) !== '1d') query.set('range', changes.range ?? range)
    return query.size === 0 ? `/hosts/${host.id}` : `/hosts/${host.id}?${query}`
  }
  return (
    <section aria-labelledby="history" className="panel">
      <div className="panel-head flex-wrap">
        <h2 id="history" className="text-14">
          History
        </h2>
        <nav aria-label="Steps and spans of the history" className="flex flex-wrap items-center gap-1.5">
          {earlier !== null && (
            <Link
              href={address({ at: earlier })}
              prefetch={false}
              scroll={false}
              data-shortcut="["
              title="To the change before ([)"
              className="button"
            >
              ‹ Earlier
            </Link>
          )}
          {at !== null && (
            <Link
              href={address({ at: later })}
              prefetch={false}
              scroll={false}
              data-shortcut="]"
              title="To the next change (])"
              className="button"
            >
              {later === null ? 'Now ›' : 'Later ›'}
            </Link>
          )}
          {ranges.map((each) => (
            <Link
              key={each.name}
              href={address({ range: each.name })}
              prefetch={false}
              scroll={false}
              aria-current={each.name === range ? 'true' : undefined}
              className="inline-flex min-h-8 items-center rounded-control px-2 text-13 text-muted hover:text-ink aria-[current]:bg-surface aria-[current]:font-semibold aria-[current]:text-ink"
            >
              {each.word}
            </Link>
          ))}
        </nav>
      </div>
      <LanesPicture
        lanes={lanes}
        from={from}
        to={to}
        at={at === null ? null : Date.parse(at)}
        hostId={host.id}
        range={range}
        label={lanesSentence(lanes, to - from)}
      />
    </section>
  )
}
