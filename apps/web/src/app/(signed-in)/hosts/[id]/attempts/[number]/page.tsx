import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { ApiProblem } from '../../../../../../api/problem.ts'
import { getAttempt, getHost, settled } from '../../../../../../api/read.ts'
import type { AttemptDetail, HostDetail } from '../../../../../../api/types.ts'
import { BurnDown } from '../../../../../../components/burn-down.tsx'
import { Ago, ClockProvider } from '../../../../../../components/clock.tsx'
import { LiveRefresh } from '../../../../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../../../../components/problem-panel.tsx'
import { RetryButton } from '../../../../../../components/retry-button.tsx'
import { BreakableName, Name } from '../../../../../../components/text.tsx'
import { attemptSentence } from '../../../../../../words/attempt.ts'
import { visibleText } from '../../../../../../words/visible-text.ts'
import type { PageProps } from '../../../../../page-props.ts'
import { BlockerCard } from '../../_parts/blocker-card.tsx'

type AttemptPageProps = PageProps<{ id: string; number: string }>

export async function generateMetadata({ params }: AttemptPageProps): Promise<Metadata> {
  const { id, number } = await params
  const host = await settled(getHost(id))
  return {
    title: host instanceof ApiProblem ? 'Attempt' : `Attempt ${number} · ${visibleText(host.hostname)}`,
  }
}

/** The evidence of one attempt: how far it came, what held it, how it ended. It stays when the host looks perfect again. */
export default async function AttemptPage({ params }: AttemptPageProps) {
  const { id, number } = await params
  const [host, detail] = await Promise.all([settled(getHost(id)), settled(getAttempt(id, number))])
  const failed = [host, detail].find((answer) => answer instanceof ApiProblem)
  if (host instanceof ApiProblem || detail instanceof ApiProblem) {
    if (failed?.problem.status === 404 || failed?.problem.status === 400) notFound()
    return (
      <>
        <h1 className="sr-only">Attempt</h1>
        {failed !== undefined && <ProblemPanel problem={failed.problem} action={<RetryButton />} />}
      </>
    )
  }
  return (
    <ClockProvider now={detail.now}>
      {detail.attempt.outcome === null && <LiveRefresh hostId={id} everyMs={1000} />}
      <Breadcrumb host={host} />
      <Body detail={detail} />
    </ClockProvider>
  )
}

function Breadcrumb({ host }: { host: HostDetail }) {
  return (
    <nav aria-label="Breadcrumb" className="mb-2 flex min-w-0 flex-wrap items-center text-13">
      <Link
        href={`/hosts/${host.id}`}
        prefetch={false}
        className="inline-flex min-h-6 max-w-full items-center text-muted hover:text-ink hover:underline"
      >
        <BreakableName>{host.hostname}</BreakableName>
      </Link>
      <span aria-hidden="true" className="px-1.5 text-muted">
        /
      </span>
      <span className="text-muted">Attempt</span>
    </nav>
  )
}

function Body({ detail }: { detail: AttemptDetail }) {
  const { attempt } = detail
  return (
    <>
      <h1 className="text-20 wrap-anywhere">
        Attempt {attempt.number} to {attempt.direction === 'unpatching' ? 'unload' : 'load'}{' '}
        <Name>{attempt.patch}</Name>
      </h1>
      <p className="mt-1 max-w-[72ch] text-16">{attemptSentence(attempt)}</p>
      <p className="mt-1 mb-5 text-13 text-muted">
        Started {attempt.startedBefore && 'before anyone looked; first seen '}
        <Ago at={attempt.startedAt} focusable />
        {attempt.startedAtSource === 'kernel-log' ? ', by the kernel’s log' : ', by what the agent saw'}
        {attempt.endedAt !== null && (
          <>
            {' · '}ended <Ago at={attempt.endedAt} focusable />
          </>
        )}
      </p>
      <div className="flex flex-col gap-4">
        <section aria-labelledby="burn-down" className="panel">
          <div className="panel-head">
            <h2 id="burn-down" className="text-14">
              Remaining tasks
            </h2>
            <span className="text-12 text-muted">
              both axes logarithmic; shaded: no new low for over a minute
            </span>
          </div>
          <div className="p-4">
            <BurnDown detail={detail} />
          </div>
        </section>
        <Holders detail={detail} />
      </div>
    </>
  )
}

function Holders({ detail: { attempt } }: { detail: AttemptDetail }) {
  return (
    <section aria-labelledby="holders">
      <h2 id="holders" className="mb-2 text-14">
        {attempt.outcome === null ? 'What holds it' : 'What held it last'}
      </h2>
      {attempt.blockers.length === 0 ? (
        <p className="panel p-4 text-muted">
          {attempt.outcome === 'completed'
            ? 'Nothing is on record: every task migrated before one was worth naming.'
            : 'No task was named in any report of this attempt.'}
        </p>
      ) : (
        <ul className="flex flex-col gap-4">
          {attempt.blockers.map((task) => (
            <li key={`${task.tid}/${task.firstSeenAt}`}>
              <BlockerCard task={task} open until={attempt.endedAt} />
              {task.causeId !== null && (
                <p className="mt-1 px-4 text-13">
                  <Link href={`/blockers/${task.causeId}`} prefetch={false} className="textlink">
                    The same cause on other hosts
                  </Link>
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
