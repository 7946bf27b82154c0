import type { AlertDetail, AlertNote } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { noteSentence, timelineOf } from '../../../../../words/alert-timeline.ts'
import { visibleLines } from '../../../../../words/visible-text.ts'
import { DeliveryStory } from '../../_parts/delivery-story.tsx'
import { CommentForm } from './comment-form.tsx'

type AlertTimelineProps = { detail: AlertDetail; permissions: readonly string[] }

/** What happened to it, who said what, and what was told to whom with which answer; newest first. */
export function AlertTimeline({ detail, permissions }: AlertTimelineProps) {
  const entries = timelineOf(detail)
  return (
    <section aria-labelledby="timeline" className="panel">
      <div className="panel-head">
        <h2 id="timeline" className="text-14">
          What happened
        </h2>
      </div>
      {permissions.includes('alerts:answer') && <CommentForm alertId={detail.alert.id} />}
      {entries.length === 0 ? (
        <p className="p-4 text-muted">Nothing yet: it has not held for as long as its rule says.</p>
      ) : (
        <ol className="py-2">
          {entries.map((entry) => (
            <li
              key={'note' in entry ? `${entry.note.kind} ${entry.at}` : `delivery ${entry.delivery.id}`}
              className="grid grid-cols-[8px_minmax(0,1fr)_auto] items-start gap-x-3 px-4 py-1.5 text-13"
            >
              <span className="flex h-[1.4em] items-center" aria-hidden="true">
                <span
                  className={`size-1.5 rounded-full ${'note' in entry ? 'bg-ink' : 'border border-control'}`}
                />
              </span>
              {'note' in entry ? (
                <Note note={entry.note} />
              ) : (
                <DeliveryStory delivery={entry.delivery} mayResend={permissions.includes('alerts:answer')} />
              )}
              <Ago at={entry.at} focusable className="text-right text-12 text-muted" />
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

function Note({ note }: { note: AlertNote }) {
  return (
    <div className="min-w-0 wrap-anywhere">
      <p>{noteSentence(note)}</p>
      {note.text !== null && note.text !== '' && (
        <p className={`whitespace-pre-line ${note.kind === 'commented' ? 'mt-0.5' : 'text-muted'}`}>
          {visibleLines(note.text)}
        </p>
      )}
    </div>
  )
}
