import Link from 'next/link'
import { ApiProblem } from '../../../../../api/problem.ts'
import { getTimeline, settled } from '../../../../../api/read.ts'
import type { HostEvent } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { ProblemPanel } from '../../../../../components/problem-panel.tsx'
import { StateGlyph } from '../../../../../components/state-glyph.tsx'
import { eventReason, eventSentence, eventSourceWords } from '../../../../../words/events.ts'

const pageSize = '30'

/** What happened on this host, newest first, each fact with where it comes from. */
export async function Timeline({
  hostId,
  at,
  cursor,
}: {
  hostId: string
  at: string | null
  cursor: string | null
}) {
  const query = new URLSearchParams({ limit: pageSize, ...(at === null ? {} : { asOf: at }) })
  if (cursor !== null) query.set('cursor', cursor)
  const kept = new URLSearchParams(at === null ? {} : { at })
  const timeline = await settled(getTimeline(hostId, query))
  if (timeline instanceof ApiProblem) return <ProblemPanel problem={timeline.problem} />
  return (
    <section id="timeline" aria-labelledby="timeline-title" className="panel scroll-mt-16">
      <div className="panel-head">
        <h2 id="timeline-title" className="text-14">
          What happened
        </h2>
        {cursor !== null && (
          <Link href={`/hosts/${hostId}?${kept}#timeline`} prefetch={false} className="textlink text-13">
            Newest
          </Link>
        )}
      </div>
      {timeline.items.length === 0 ? (
        <p className="p-4 text-muted">
          {at === null
            ? 'Nothing has happened on this host since it enrolled.'
            : 'Nothing had happened on this host by then.'}
        </p>
      ) : (
        <ol className="py-2">
          {asHappened(timeline.items).map((event) => (
            <Event key={event.id} event={event} />
          ))}
        </ol>
      )}
      {timeline.nextCursor !== null && (
        <div className="border-t border-line px-4 py-2.5">
          <Link
            href={`/hosts/${hostId}?${new URLSearchParams({ ...Object.fromEntries(kept), events: timeline.nextCursor })}#timeline`}
            prefetch={false}
            className="button"
          >
            Older
          </Link>
        </div>
      )}
    </section>
  )
}

/** Pages come newest recorded first; what was recorded at once, as with a host's first report, stands in the order it happened. */
function asHappened(events: readonly HostEvent[]): HostEvent[] {
  return events.toSorted(
    (a, b) => b.recordedAt.localeCompare(a.recordedAt) || b.occurredAt.localeCompare(a.occurredAt),
  )
}

function Event({ event }: { event: HostEvent }) {
  const reason = eventReason(event)
  return (
    <li className="grid grid-cols-[12px_minmax(0,1fr)_auto] items-start gap-x-3 px-4 py-1.5 text-13">
      <span className="flex h-[1.4em] items-center justify-center" data-state={event.to ?? 'unsupported'}>
        {event.to === null ? (
          <span className="size-1.5 rounded-full bg-control" aria-hidden="true" />
        ) : (
          <span className="text-state">
            <StateGlyph state={event.to} size={11} />
          </span>
        )}
      </span>
      <span className="min-w-0 break-words">
        {eventSentence(event)}
        {reason !== null && <span className="block text-muted">{reason}</span>}
      </span>
      <span className="text-right text-12 text-muted">
        <Ago at={event.occurredAt} focusable className="whitespace-nowrap" />
        <span className="block">{eventSourceWords[event.source]}</span>
      </span>
    </li>
  )
}
