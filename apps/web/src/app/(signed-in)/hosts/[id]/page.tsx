import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { ApiProblem } from '../../../../api/problem.ts'
import { getHost, getViewer, settled } from '../../../../api/read.ts'
import type { HostDetail } from '../../../../api/types.ts'
import { ClockProvider } from '../../../../components/clock.tsx'
import { LiveRefresh } from '../../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../../components/problem-panel.tsx'
import { RetryButton } from '../../../../components/retry-button.tsx'
import { stripDataOf } from '../../../../components/universe-strip/strip-data.ts'
import { TransitionStage } from '../../../../components/universe-strip/transition-stage.tsx'
import { isStale } from '../../../../words/host-status.ts'
import { stateWords } from '../../../../words/states.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import { baseUrl } from '../../../base-url.ts'
import type { PageProps } from '../../../page-props.ts'
import { Attempts } from './_parts/attempts.tsx'
import { BlockingTasks } from './_parts/blocking-tasks.tsx'
import { Facts } from './_parts/facts.tsx'
import { HostHeader } from './_parts/host-header.tsx'
import { Patches } from './_parts/patches.tsx'
import { RemoveHost } from './_parts/remove-host.tsx'
import { Settled } from './_parts/settled.tsx'
import { Timeline } from './_parts/timeline.tsx'

type HostPageProps = PageProps<{ id: string }>

export async function generateMetadata({ params }: HostPageProps): Promise<Metadata> {
  const host = await settled(getHost((await params).id))
  if (host instanceof ApiProblem) return { title: 'Host' }
  return { title: `${visibleText(host.hostname)} · ${stateWords[host.status.state].word}` }
}

export default async function HostPage({ params, searchParams }: HostPageProps) {
  const { id } = await params
  const [host, viewer, base, { events }] = await Promise.all([
    settled(getHost(id)),
    settled(getViewer()),
    baseUrl(),
    searchParams,
  ])
  if (host instanceof ApiProblem) {
    // An id that is no number is refused rather than not found; to people it is the same.
    if (host.problem.status === 404 || host.problem.status === 400) notFound()
    return (
      <>
        <Breadcrumb />
        <h1 className="sr-only">Host</h1>
        <ProblemPanel problem={host.problem} action={<RetryButton />} />
      </>
    )
  }
  return (
    <ClockProvider now={host.now}>
      <LiveRefresh hostId={host.id} everyMs={250} />
      <Breadcrumb />
      <Body host={host} eventsCursor={typeof events === 'string' ? events : null}>
        {!(viewer instanceof ApiProblem) && viewer.role === 'admin' && !host.demo && (
          <RemoveHost id={host.id} hostname={host.hostname} base={base} />
        )}
      </Body>
    </ClockProvider>
  )
}

type BodyProps = {
  host: HostDetail
  eventsCursor: string | null
  /** What one may do to the host here. */
  children: ReactNode
}

function Body({ host, eventsCursor, children }: BodyProps) {
  const stale = isStale(host.status, Date.parse(host.now))
  const { transition } = host
  return (
    <>
      <HostHeader host={host} stale={stale} />
      <div className="flex flex-col gap-4">
        <TransitionStage
          key={`${host.id}/${host.kernel?.bootId ?? ''}`}
          strip={transition === null ? null : stripDataOf(transition, host.status, stale)}
          latest={host.attempts[0] ?? null}
        />
        <Settled host={host} stale={stale} />
        {transition !== null && <BlockingTasks transition={transition} stale={stale} />}
        <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
          <div className="flex min-w-0 flex-col gap-4">
            <Patches host={host} stale={stale} />
            <Attempts host={host} />
            <Timeline hostId={host.id} cursor={eventsCursor} />
          </div>
          <Facts host={host}>{children}</Facts>
        </div>
      </div>
    </>
  )
}

function Breadcrumb() {
  return (
    <nav aria-label="Breadcrumb" className="mb-2 text-13">
      <Link
        href="/"
        prefetch={false}
        className="inline-flex min-h-6 items-center text-muted hover:text-ink hover:underline"
      >
        Overview
      </Link>
      <span aria-hidden="true" className="px-1.5 text-muted">
        /
      </span>
      <span className="text-muted">Host</span>
    </nav>
  )
}
