import type { Metadata } from 'next'
import { ApiProblem } from '../../../api/problem.ts'
import { getAlerts, getOverview, getViewer, settled } from '../../../api/read.ts'
import type { AlertsPage, Overview } from '../../../api/types.ts'
import { ClockProvider } from '../../../components/clock.tsx'
import { FleetBar } from '../../../components/fleet-bar.tsx'
import { LiveRefresh } from '../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../components/problem-panel.tsx'
import { RetryButton } from '../../../components/retry-button.tsx'
import { pastQuery, readPast } from '../../../components/time-cursor/at.ts'
import { PastBanner } from '../../../components/time-cursor/past-banner.tsx'
import { utcInstant } from '../../../words/duration.ts'
import { counted } from '../../../words/numbers.ts'
import { restOfRunning } from '../../../words/running.ts'
import type { PageProps } from '../../page-props.ts'
import { loudest } from '../alerts/search-params.ts'
import { AddHosts } from './_parts/add-hosts.tsx'
import { Attention } from './_parts/attention.tsx'
import { Changes } from './_parts/changes.tsx'
import { FleetSentence } from './_parts/fleet-sentence.tsx'
import { Rights } from './_parts/rights.tsx'
import { Running } from './_parts/running.tsx'

export async function generateMetadata({ searchParams }: PageProps): Promise<Metadata> {
  const past = readPast(await searchParams)
  const overview = await settled(getOverview(pastQuery(past)))
  if (past !== null) return { title: `Overview at ${utcInstant(past.at, Date.now())}` }
  const stuck = overview instanceof ApiProblem ? 0 : overview.counts.stuck
  return { title: stuck === 0 ? 'Overview' : `${counted(stuck, 'stuck', 'stuck')} · Overview` }
}

/** Is the fleet fully migrated, and what needs someone: now, or as it was. */
export default async function OverviewPage({ searchParams }: PageProps) {
  const past = readPast(await searchParams)
  const [overview, viewer, alerts] = await Promise.all([
    settled(getOverview(pastQuery(past))),
    settled(getViewer()),
    past === null ? settled(getAlerts(loudest)) : null,
  ])
  return (
    <>
      <h1 className="text-16">Overview</h1>
      {past === null ? <LiveRefresh everyMs={1000} /> : <PastBanner at={past.at} back="/" />}
      {overview instanceof ApiProblem ? (
        <div className="mt-4">
          <ProblemPanel problem={overview.problem} action={<RetryButton />} />
        </div>
      ) : overview.total === 0 ? (
        <p className="mt-1 mb-5 max-w-[72ch] text-20">
          {past === null ? 'No host reports here yet.' : 'No host reported here then.'}
        </p>
      ) : (
        <ClockProvider now={overview.now} past={past !== null}>
          <FleetSentence overview={overview} at={past?.at ?? null} />
          <FleetBar counts={overview.counts} total={overview.total} at={past?.at ?? null} />
          <Panels
            overview={overview}
            alerts={alerts instanceof ApiProblem ? null : alerts}
            at={past?.at ?? null}
          />
        </ClockProvider>
      )}
      {past === null && !(overview instanceof ApiProblem) && overview.total - overview.demoHosts <= 1 && (
        <AddHosts
          mayAdd={!(viewer instanceof ApiProblem) && viewer.permissions.includes('enrollment-tokens:write')}
          first={overview.total === 0}
        />
      )}
    </>
  )
}

type PanelsProps = { overview: Overview; alerts: AlertsPage | null; at: string | null }

/**
 * Two columns that fill independently while the reading order stays: attention, running, changes, rights. Floats do that; a grid would
 * leave a hole beside the longer panel.
 */
function Panels({ overview, alerts, at }: PanelsProps) {
  const { rest, more } = restOfRunning(overview)
  const beside = rest.length + more > 0
  return (
    <div className="mt-2 flow-root *:mt-4">
      <div className={beside ? 'lg:float-left lg:w-[calc(62.5%-8px)]' : ''}>
        <Attention overview={overview} alerts={alerts} at={at} />
      </div>
      {beside && (
        <div className="lg:float-right lg:w-[calc(37.5%-8px)]">
          <Running transitions={rest} more={more} at={at} />
        </div>
      )}
      <div className={beside ? 'lg:float-left lg:clear-left lg:w-[calc(62.5%-8px)]' : ''}>
        <Changes overview={overview} at={at} />
      </div>
      <div className={beside ? 'lg:float-right lg:w-[calc(37.5%-8px)]' : ''}>
        <Rights overview={overview} />
      </div>
    </div>
  )
}
