import Link from 'next/link'
import type { Attempt, HostDetail } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { Name } from '../../../../../components/text.tsx'
import { preciseDuration } from '../../../../../words/duration.ts'
import { counted, number } from '../../../../../words/numbers.ts'
import { outcomeWords } from '../../../../../words/outcomes.ts'
import { causeWords } from '../../../../../words/tasks.ts'
import { visibleText } from '../../../../../words/visible-text.ts'

/** Every try to load or unload a patch, with what held it last; also those that reversed themselves before anyone looked. */
export function Attempts({ host }: { host: HostDetail }) {
  return (
    <section id="attempts" aria-labelledby="attempts-title" className="panel scroll-mt-16">
      <div className="panel-head">
        <h2 id="attempts-title" className="text-14">
          Attempts
        </h2>
      </div>
      {host.attempts.length === 0 ? (
        <p className="p-4 text-muted">No try to load or unload a patch was seen on this host.</p>
      ) : (
        <ol className="divide-y divide-line">
          {host.attempts.map((attempt) => (
            <li key={`${attempt.number}/${attempt.startedAt}`} className="px-4 py-3 text-13">
              <Line attempt={attempt} hostId={host.id} />
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

function Line({ attempt, hostId }: { attempt: Attempt; hostId: string }) {
  const bad = attempt.outcome !== null && attempt.outcome !== 'completed'
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <span className="mono text-muted">{attempt.number}</span>
        <Link
          href={`/hosts/${hostId}/attempts/${attempt.number}`}
          prefetch={false}
          title="How its remaining tasks fell, and what held it"
          className="inline-flex min-h-6 items-center gap-x-1 underline decoration-line underline-offset-4 hover:decoration-current"
        >
          {attempt.direction === 'unpatching' ? 'unload ' : 'load '}
          <Name>{attempt.patch}</Name>
        </Link>
        <span className={`font-medium ${bad ? 'text-stuck-text' : ''}`}>
          {attempt.outcome === null ? 'running' : outcomeWords[attempt.outcome]}
        </span>
        {attempt.endedAt !== null && (
          <span className="text-muted">
            after {attempt.startedBefore ? 'at least ' : ''}
            {preciseDuration((Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt)) / 1000)}
          </span>
        )}
        <span className="ml-auto text-muted">
          <Ago at={attempt.startedAt} />
        </span>
      </p>
      {attempt.failure !== null && (
        <p className="mt-1 pl-5 wrap-anywhere text-muted">
          Why: <q className="mono text-12">{visibleText(attempt.failure)}</q>
        </p>
      )}
      {attempt.outcome !== 'completed' && <Held attempt={attempt} />}
    </>
  )
}

function Held({ attempt }: { attempt: Attempt }) {
  const [first, ...others] = attempt.blockers
  if (first === undefined && attempt.lowWater === null) return null
  return (
    <p className="mt-1 pl-5 text-muted">
      {attempt.lowWater !== null && attempt.total !== null && (
        <>
          At best {number(attempt.lowWater)} of {counted(attempt.total, 'task')} remained.{' '}
        </>
      )}
      {first !== undefined && (
        <>
          {attempt.outcome === null ? 'Held by ' : 'Last held by '}
          <Name className="text-ink">{first.comm}</Name>{' '}
          {first.blockingFunction === null
            ? causeWords[first.cause]
            : `in ${visibleText(first.blockingFunction)}`}
          {others.length > 0 && `, and ${counted(others.length, 'other')}`}.
        </>
      )}
    </p>
  )
}
