import type { Delivery, DeliveryAttempt } from '../../../../api/types.ts'
import { Ago } from '../../../../components/clock.tsx'
import { deliveryKindWords, deliveryOutcome } from '../../../../words/alert-timeline.ts'
import { utcInstant } from '../../../../words/duration.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import { Resend } from './resend.tsx'

type DeliveryStoryProps = {
  delivery: Delivery
  mayResend: boolean
  /** Whether it says to which channel. */
  named?: boolean
}

/** One message to one channel: what it told, how it fared, and every try with its answer. */
export function DeliveryStory({ delivery, mayResend, named = true }: DeliveryStoryProps) {
  const { channel, kind, status, attempts, nextAttemptAt, overtaken } = delivery
  return (
    <div className="min-w-0 wrap-anywhere">
      <p className="first-letter:uppercase">
        {named && (
          <>
            Told <span className="font-medium">{visibleText(channel.name)}</span>{' '}
            <span className="text-muted">({channel.type})</span>:{' '}
          </>
        )}
        {deliveryKindWords[kind]}
      </p>
      {attempts.length === 0 ? (
        <p className="text-muted">{deliveryOutcome(delivery)}</p>
      ) : (
        <details className={status === 'dead' ? 'text-stuck-text' : 'text-muted'}>
          <summary className="min-h-6">
            {deliveryOutcome(delivery)}
            {status === 'waiting' && nextAttemptAt !== null && (
              <>
                , next try at{' '}
                <time dateTime={nextAttemptAt} data-tip="">
                  {utcInstant(nextAttemptAt, Date.parse(nextAttemptAt))}
                </time>
              </>
            )}
          </summary>
          <ol className="mt-1 flex flex-col gap-1.5 border-l border-line pl-3 text-12">
            {attempts.map((attempt) => (
              <Attempt key={attempt.at} attempt={attempt} />
            ))}
          </ol>
        </details>
      )}
      {mayResend && status === 'dead' && !overtaken && <Resend delivery={delivery} />}
    </div>
  )
}

function Attempt({ attempt: { at, milliseconds, status, answer } }: { attempt: DeliveryAttempt }) {
  return (
    <li>
      <Ago at={at} focusable /> · <span className="mono">{milliseconds} ms</span>
      {status !== null && (
        <>
          {' · '}
          <span className="mono">{status}</span>
        </>
      )}
      {answer !== '' && <code className="mono block wrap-anywhere text-muted">{visibleText(answer)}</code>}
    </li>
  )
}
