import Link from 'next/link'
import type { Overview } from '../../../../api/types.ts'
import { Ago } from '../../../../components/clock.tsx'
import { StateGlyph } from '../../../../components/state-glyph.tsx'
import { CutName } from '../../../../components/text.tsx'
import { eventSentence } from '../../../../words/events.ts'
import { hostHref } from '../../hosts/search-params.ts'

/** As many as one answer has; there may be more. */
const changesMost = 20

/** State changes of the last day, newest first. */
export function Changes({ overview, at }: { overview: Overview; at: string | null }) {
  return (
    <section aria-labelledby="changes" className="panel">
      <div className="panel-head">
        <h2 id="changes" className="text-14">
          {at === null ? 'Last 24 hours' : 'The 24 hours before'}
        </h2>
        {overview.changes.length >= changesMost && (
          <span className="text-12 text-muted">the newest {changesMost}</span>
        )}
      </div>
      {overview.changes.length === 0 ? (
        <p className="p-4 text-muted">No host changed its state in these 24 hours.</p>
      ) : (
        <ol data-live-list="" className="divide-y divide-line">
          {overview.changes.map((event) => (
            <li
              key={event.id}
              data-state={event.to ?? 'unsupported'}
              className="relative flex items-center gap-3 px-4 py-2 text-13 hover:bg-surface"
            >
              <span className="text-state">
                {event.to !== null && <StateGlyph state={event.to} size={11} />}
              </span>
              <span className="min-w-0 flex-1">
                <Link
                  href={hostHref(event.hostId, at)}
                  prefetch={false}
                  className="flex min-w-0 after:absolute after:inset-0 hover:underline"
                >
                  <CutName>{event.hostname}</CutName>
                </Link>
                <span className="block truncate text-12 text-muted">{eventSentence(event)}</span>
              </span>
              <Ago at={event.occurredAt} className="text-12 whitespace-nowrap text-muted" />
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
