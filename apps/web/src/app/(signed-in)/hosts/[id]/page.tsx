import type { Permission } from '@graftwatch/contract/vocabulary'
import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { type ReactNode, Suspense } from 'react'
import { ApiProblem } from '../../../../api/problem.ts'
import { getAlerts, getHost, getViewer, settled } from '../../../../api/read.ts'
import type { AlertSummary, HostDetail } from '../../../../api/types.ts'
import { ClockProvider } from '../../../../components/clock.tsx'
import { LiveRefresh } from '../../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../../components/problem-panel.tsx'
import { RetryButton } from '../../../../components/retry-button.tsx'
import { pastQuery, readPast } from '../../../../components/time-cursor/at.ts'
import { PastBanner } from '../../../../components/time-cursor/past-banner.tsx'
import { stripDataOf } from '../../../../components/universe-strip/strip-data.ts'
import { TransitionStage } from '../../../../components/universe-strip/transition-stage.tsx'
import { isStale } from '../../../../words/host-status.ts'
import { stateWords } from '../../../../words/states.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import { baseUrl } from '../../../base-url.ts'
import type { PageProps } from '../../../page-props.ts'
import { hostHref } from '../search-params.ts'
import { Attempts } from './_parts/attempts.tsx'
import { BlockingTasks } from './_parts/blocking-tasks.tsx'
import { Facts } from './_parts/facts.tsx'
import { History } from './_parts/history.tsx'
import { HostActs } from './_parts/host-acts.tsx'
import { HostHeader } from './_parts/host-header.tsx'
import { Patches } from './_parts/patches.tsx'
import { RemoveHost } from './_parts/remove-host.tsx'
import { Settled } from './_parts/settled.tsx'
import { Sources } from './_parts/sources.tsx'
import { Timeline } from './_parts/timeline.tsx'
import { type HostView, readHostView } from './host-view.ts'

type HostPageProps = PageProps<{ id: string }>

export async function generateMetadata({ params, searchParams }: HostPageProps): Promise<Metadata> {
  const host = await settled(getHost((await params).id, pastQuery(readPast(await searchParams))))
  if (host instanceof ApiProblem) return { title: 'Host' }
  return { title: `${visibleText(host.hostname)} · ${stateWords[host.status.state].word}` }
}

export default async function HostPage({ params, searchParams }: HostPageProps) {
  const { id } = await params
  const query = await searchParams
  const past = readPast(query)
  const [host, viewer, alerts, base] = await Promise.all([
    settled(getHost(id, pastQuery(past))),
    settled(getViewer()),
    past === null ? settled(getAlerts(new URLSearchParams({ status: 'firing', host: id }).toString())) : null,
    baseUrl(),
  ])
  if (host instanceof ApiProblem) {
    // An id that is no number is refused rather than not found; to people it is the same.
    if (host.problem.status === 404 || host.problem.status === 400) notFound()
    return (
      <>
        <Breadcrumb />
        <h1 className="sr-only">Host</h1>
        {past !== null && <PastBanner at={past.at} back={hostHref(id)} />}
        <ProblemPanel problem={host.problem} action={<RetryButton />} />
      </>
    )
  }
  const may = viewer instanceof ApiProblem || past !== null ? [] : viewer.permissions
  return (
    <ClockProvider now={host.now} past={past !== null}>
      {past === null && <LiveRefresh hostId={host.id} everyMs={250} />}
      <Breadcrumb />
      {past !== null && <PastBanner at={past.at} back={hostHref(host.id)} />}
      <Body
        host={host}
        alerts={alerts === null || alerts instanceof ApiProblem ? [] : alerts.items}
        view={readHostView(query)}
        may={may}
      >
        {may.includes('hosts:retire') && <HostActs host={host} />}
        {may.includes('hosts:remove') && !host.demo && (
          <RemoveHost id={host.id} hostname={host.hostname} base={base} />
        )}
      </Body>
    </ClockProvider>
  )
}

type BodyProps = {
  host: HostDetail
  /** Those that fire about it now. */
  alerts: readonly AlertSummary[]
  view: HostView
  may: readonly Permission[]
  /** What one may do to the host here. */
  children: ReactNode
}

function Body({ host, alerts, view, may, children }: BodyProps) {
  const stale = isStale(host.status, Date.parse(host.now))
  const { transition } = host
  return (
    <>
      <HostHeader host={host} alerts={alerts} stale={stale} />
      <div className="flex flex-col gap-4">
        <TransitionStage
          key={`${host.id}/${host.kernel?.bootId ?? ''}/${view.at ?? ''}`}
          strip={transition === null ? null : stripDataOf(transition, host.status, stale)}
          latest={host.attempts[0] ?? null}
        />
        <Settled host={host} stale={stale} />
        <Suspense fallback={<div className="panel h-44" />}>
          <History host={host} at={view.at} range={view.range} now={Date.now()} />
        </Suspense>
        {transition !== null && (
          // Since it was read last, nobody knows whether a task still holds.
          <ClockProvider now={stale ? transition.readAt : host.now} past={stale || view.at !== null}>
            <BlockingTasks transition={transition} stale={stale} past={view.at !== null} />
          </ClockProvider>
        )}
        <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
          <div className="flex min-w-0 flex-col gap-4">
            <Patches host={host} stale={stale} />
            <Attempts host={host} />
            <Sources host={host} />
            <Timeline hostId={host.id} at={view.at} cursor={view.events} />
          </div>
          <Facts host={host} mayLabel={may.includes('hosts:label')}>
            {children}
          </Facts>
        </div>
      </div>
    </>
  )
}

function Breadcrumb() {
  return (
    <nav aria-label="Breadcrumb" className="mb-2 text-13">
      <Link
        href="/hosts"
        prefetch={false}
        className="inline-flex min-h-6 items-center text-muted hover:text-ink hover:underline"
      >
        Hosts
      </Link>
      <span aria-hidden="true" className="px-1.5 text-muted">
        /
      </span>
      <span className="text-muted">Host</span>
    </nav>
  )
}
