import type { AlertSeverity } from '@graftwatch/contract/alert-vocabulary'
import type { Metadata } from 'next'
import Link from 'next/link'
import { ApiProblem } from '../../../../api/problem.ts'
import { getAlerts, getChannels, getTransitions, getViewer, settled } from '../../../../api/read.ts'
import type { AlertSummary, AlertsPage } from '../../../../api/types.ts'
import { ClockProvider } from '../../../../components/clock.tsx'
import { CopyButton } from '../../../../components/copy-button.tsx'
import { LiveRefresh } from '../../../../components/live-refresh.tsx'
import { Paging } from '../../../../components/paging.tsx'
import { ProblemPanel } from '../../../../components/problem-panel.tsx'
import { RetryButton } from '../../../../components/retry-button.tsx'
import { handoverNote } from '../../../../words/alert-ticket.ts'
import { alertsSentence, isLoud, loudFirst, severityWords } from '../../../../words/alerts.ts'
import { counted, number } from '../../../../words/numbers.ts'
import { baseUrl } from '../../../base-url.ts'
import type { PageProps } from '../../../page-props.ts'
import { type AlertsView, alertsHref, alertsQuery, readAlertsView } from '../search-params.ts'
import { AlertRow, type Moved } from './_parts/alert-row.tsx'
import { AlertTabs } from './_parts/alert-tabs.tsx'
import { NoAlerts } from './_parts/no-alerts.tsx'

export async function generateMetadata({ searchParams }: PageProps): Promise<Metadata> {
  const page = await settled(getAlerts(alertsQuery(readAlertsView(await searchParams))))
  const firing = page instanceof ApiProblem ? 0 : page.firing
  return { title: firing === 0 ? 'Alerts' : `${number(firing)} firing · Alerts` }
}

/** What fires, how loud, since when, and who has it. */
export default async function AlertsListPage({ searchParams }: PageProps) {
  const view = readAlertsView(await searchParams)
  const [page, viewer, channels, transitions, base] = await Promise.all([
    settled(getAlerts(alertsQuery(view))),
    settled(getViewer()),
    settled(getChannels()),
    view.status === 'firing' ? settled(getTransitions('state=stuck,silent&limit=100')) : null,
    baseUrl(),
  ])
  if (page instanceof ApiProblem) {
    return (
      <>
        <LiveRefresh everyMs={1000} />
        <ProblemPanel problem={page.problem} action={<RetryButton />} />
      </>
    )
  }
  const moved = new Map<string, Moved>(
    transitions === null || transitions instanceof ApiProblem
      ? []
      : transitions.items.map(({ host, total, remaining }) => [host.id, { total, remaining }]),
  )
  return (
    <ClockProvider now={page.now}>
      <LiveRefresh everyMs={1000} />
      <p className="mb-5 max-w-[72ch] text-20">
        {alertsSentence(page)}
        {!(channels instanceof ApiProblem) && channels.items.every(({ enabled }) => !enabled) && (
          <>
            {' Nobody is told: '}
            <Link href="/alerts/channels" prefetch={false} className="textlink">
              no channel is on
            </Link>
            .
          </>
        )}
      </p>
      <section aria-labelledby="alerts" className="panel">
        <div className="panel-head flex-wrap">
          <h2 id="alerts" className="sr-only">
            {view.status === 'resolved' ? 'History' : view.status === 'pending' ? 'Pending' : 'Firing'}
          </h2>
          <AlertTabs status={view.status} firing={page.firing} pending={page.pending} />
          {view.status === 'firing' && page.items.length > 0 && (
            <span data-shortcut="y" className="contents">
              <CopyButton text={handoverNote(page, base)} label="Copy handover note" />
            </span>
          )}
        </div>
        {view.status === 'pending' && page.items.length > 0 && (
          <p className="border-b border-line px-4 py-2.5 text-13 text-muted">
            What has not held for as long as its rule says; and what hosts had when they were first seen,
            which fires nothing.
          </p>
        )}
        {page.items.length === 0 ? (
          <NoAlerts view={view} />
        ) : (
          <AlertGroups
            page={page}
            view={view}
            moved={moved}
            permissions={viewer instanceof ApiProblem ? [] : viewer.permissions}
          />
        )}
        <Paging
          label="Pages of alerts"
          first={view.cursor === null ? null : alertsHref({ ...view, cursor: null })}
          firstWord="Back to the first"
          next={page.nextCursor === null ? null : alertsHref({ ...view, cursor: page.nextCursor })}
          nextWord="Next 50"
        />
      </section>
    </ClockProvider>
  )
}

type AlertGroupsProps = {
  page: AlertsPage
  view: AlertsView
  moved: ReadonlyMap<string, Moved>
  permissions: readonly string[]
}

/** The loudest first, and of them those to get up for. The history is one list, newest first, since what is over wakes nobody. */
function AlertGroups({ page, view, moved, permissions }: AlertGroupsProps) {
  const groups =
    view.status === 'resolved'
      ? [{ severity: null, alerts: page.items }]
      : [...Map.groupBy(page.items, ({ severity }) => severity)].map(([severity, alerts]) => ({
          severity,
          alerts: loudFirst(alerts),
        }))
  return groups.map(({ severity, alerts }) => (
    <Group key={severity ?? 'all'} severity={severity} alerts={alerts}>
      {alerts.map((alert) => (
        <AlertRow
          key={alert.id}
          alert={alert}
          moved={alert.examples.map(({ id }) => moved.get(id)).find((each) => each !== undefined) ?? null}
          mayAnswer={permissions.includes('alerts:answer')}
          maySilence={permissions.includes('silences:write')}
        />
      ))}
    </Group>
  ))
}

function Group({
  severity,
  alerts,
  children,
}: {
  severity: AlertSeverity | null
  alerts: readonly AlertSummary[]
  children: React.ReactNode
}) {
  return (
    <>
      {severity !== null && (
        <h3 className="flex flex-wrap items-baseline gap-x-2 border-b border-line bg-surface px-4 py-2 text-13">
          <span className={alerts.some(isLoud) ? 'text-stuck-text' : ''}>{severityWords[severity].word}</span>
          <span className="font-normal text-muted">{severityWords[severity].means}</span>
          <span className="mono ml-auto text-12 font-normal text-muted">
            <span className="sr-only">, </span>
            {counted(alerts.length, 'alert')}
          </span>
        </h3>
      )}
      <ol data-live-list="" className="divide-y divide-line not-last:border-b not-last:border-line">
        {children}
      </ol>
    </>
  )
}
