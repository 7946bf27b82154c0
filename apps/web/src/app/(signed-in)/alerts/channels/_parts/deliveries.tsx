import Link from 'next/link'
import { ApiProblem } from '../../../../../api/problem.ts'
import type { DeliveriesPage } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { Paging } from '../../../../../components/paging.tsx'
import { ProblemPanel } from '../../../../../components/problem-panel.tsx'
import { DeliveryStory } from '../../_parts/delivery-story.tsx'

type DeliveriesProps = {
  page: DeliveriesPage | ApiProblem
  channelId: string
  cursor: string | null
  mayResend: boolean
}

/** What was sent to a channel, newest first, each with how it fared. */
export function Deliveries({ page, channelId, cursor, mayResend }: DeliveriesProps) {
  if (page instanceof ApiProblem) return <ProblemPanel problem={page.problem} />
  const path = `/alerts/channels/${channelId}`
  return (
    <section aria-labelledby="deliveries" className="panel">
      <div className="panel-head">
        <h2 id="deliveries" className="text-14">
          Messages
        </h2>
      </div>
      {page.items.length === 0 ? (
        <p className="p-4 text-muted">
          {cursor === null
            ? 'Nothing was sent there yet. A test shows whether it would arrive.'
            : 'The list ends before here.'}
        </p>
      ) : (
        <ol className="divide-y divide-line">
          {page.items.map((delivery) => (
            <li
              key={delivery.id}
              className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-3 px-4 py-2 text-13"
            >
              <DeliveryStory delivery={delivery} mayResend={mayResend} named={false} />
              <span className="text-right text-12 text-muted">
                <Ago at={delivery.createdAt} focusable />
                {delivery.alertId !== null && (
                  <Link
                    href={`/alerts/${delivery.alertId}`}
                    prefetch={false}
                    className="textlink block min-h-6"
                  >
                    alert {delivery.alertId}
                  </Link>
                )}
              </span>
            </li>
          ))}
        </ol>
      )}
      <Paging
        label="Pages of messages"
        first={cursor === null ? null : path}
        firstWord="Back to the newest"
        next={page.nextCursor === null ? null : `${path}?${new URLSearchParams({ cursor: page.nextCursor })}`}
        nextWord="Next 20"
      />
    </section>
  )
}
