import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { ApiProblem } from '../../../../api/problem.ts'
import { getAlert, getTransitions, getViewer, settled } from '../../../../api/read.ts'
import { ClockProvider } from '../../../../components/clock.tsx'
import { LiveRefresh } from '../../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../../components/problem-panel.tsx'
import { RetryButton } from '../../../../components/retry-button.tsx'
import { severityWords } from '../../../../words/alerts.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import { baseUrl } from '../../../base-url.ts'
import type { PageProps } from '../../../page-props.ts'
import { AlertHeader } from './_parts/alert-header.tsx'
import { AlertTimeline } from './_parts/alert-timeline.tsx'
import { Members } from './_parts/members.tsx'
import { WhatToDo } from './_parts/what-to-do.tsx'

type AlertPageProps = PageProps<{ id: string }>

export async function generateMetadata({ params }: AlertPageProps): Promise<Metadata> {
  const detail = await settled(getAlert((await params).id))
  if (detail instanceof ApiProblem) return { title: 'Alert' }
  const { status, severity, summary } = detail.alert
  const word =
    status === 'firing' ? severityWords[severity].word : status === 'pending' ? 'Pending' : 'Resolved'
  return { title: `${word}: ${visibleText(summary)} · Alerts` }
}

/** One alert: whether to get up, what to do, on which hosts, who has it, and what was told to whom. */
export default async function AlertPage({ params }: AlertPageProps) {
  const [detail, viewer, base] = await Promise.all([
    settled(getAlert((await params).id)),
    settled(getViewer()),
    baseUrl(),
  ])
  if (detail instanceof ApiProblem) {
    // An id that is no number is refused rather than not found; to people it is the same.
    if (detail.problem.status === 404 || detail.problem.status === 400) notFound()
    return (
      <>
        <h1 className="sr-only">Alert</h1>
        <LiveRefresh everyMs={1000} />
        <ProblemPanel problem={detail.problem} action={<RetryButton />} />
      </>
    )
  }
  const moves = detail.alert.status !== 'resolved' && detail.alert.signature !== null
  const running = moves ? await settled(getTransitions('state=stuck,silent&limit=100')) : null
  const transitions = running === null || running instanceof ApiProblem ? [] : running.items
  const permissions = viewer instanceof ApiProblem ? [] : viewer.permissions
  return (
    <ClockProvider now={detail.now}>
      <LiveRefresh everyMs={1000} />
      <nav aria-label="Breadcrumb" className="mb-2 text-13">
        <Link
          href="/alerts"
          prefetch={false}
          className="inline-flex min-h-6 items-center text-muted hover:text-ink hover:underline"
        >
          Alerts
        </Link>
        <span aria-hidden="true" className="px-1.5 text-muted">
          /
        </span>
        <span className="text-muted">Alert {detail.alert.id}</span>
      </nav>
      <AlertHeader detail={detail} base={base} permissions={permissions} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,4fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <WhatToDo detail={detail} />
          <Members detail={detail} transitions={transitions} />
        </div>
        <AlertTimeline detail={detail} permissions={permissions} />
      </div>
    </ClockProvider>
  )
}
