import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import { ApiProblem } from '../../../api/problem.ts'
import { getHosts, getOverview, getViewer, settled } from '../../../api/read.ts'
import type { Overview } from '../../../api/types.ts'
import { ClockProvider } from '../../../components/clock.tsx'
import { FleetBar } from '../../../components/fleet-bar.tsx'
import { LiveRefresh } from '../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../components/problem-panel.tsx'
import { RetryButton } from '../../../components/retry-button.tsx'
import { counted } from '../../../words/numbers.ts'
import { restOfRunning } from '../../../words/running.ts'
import type { PageProps } from '../../page-props.ts'
import { AddHosts } from './_parts/add-hosts.tsx'
import { Attention } from './_parts/attention.tsx'
import { Changes } from './_parts/changes.tsx'
import { FleetSentence } from './_parts/fleet-sentence.tsx'
import { Hosts } from './_parts/hosts.tsx'
import { Running } from './_parts/running.tsx'
import { hostsQuery, readHostsView } from './search-params.ts'

export async function generateMetadata(): Promise<Metadata> {
  const overview = await settled(getOverview())
  const stuck = overview instanceof ApiProblem ? 0 : overview.counts.stuck
  return { title: stuck === 0 ? 'Overview' : `${counted(stuck, 'stuck', 'stuck')} · Overview` }
}

export default async function OverviewPage({ searchParams }: PageProps) {
  const view = readHostsView(await searchParams)
  const [overview, hosts, viewer] = await Promise.all([
    settled(getOverview()),
    settled(getHosts(hostsQuery(view))),
    settled(getViewer()),
  ])
  return (
    <>
      <h1 className="text-16">Overview</h1>
      <LiveRefresh everyMs={1000} />
      {overview instanceof ApiProblem ? (
        <div className="mt-4">
          <ProblemPanel problem={overview.problem} action={<RetryButton />} />
        </div>
      ) : overview.total === 0 ? (
        <p className="mt-1 mb-5 max-w-[72ch] text-20">No host reports here yet.</p>
      ) : (
        <ClockProvider now={overview.now}>
          <FleetSentence overview={overview} />
          <FleetBar counts={overview.counts} total={overview.total} active={view.states} />
          <Panels overview={overview}>
            <Hosts view={view} page={hosts} overview={overview} />
          </Panels>
        </ClockProvider>
      )}
      {!(overview instanceof ApiProblem) && overview.total - overview.demoHosts <= 1 && (
        <AddHosts
          mayAdd={!(viewer instanceof ApiProblem) && viewer.permissions.includes('enrollment-tokens:write')}
          first={overview.total === 0}
        />
      )}
    </>
  )
}

/**
 * Two columns that fill independently while the reading order stays: attention, running, hosts, changes. Floats do that; a grid would
 * leave holes beside the longer panel, and two columns of markup would put fifty hosts before the running transitions on a phone.
 */
function Panels({ overview, children }: { overview: Overview; children: ReactNode }) {
  const { rest, more } = restOfRunning(overview)
  const beside = rest.length + more > 0
  return (
    <div className="mt-2 flow-root *:mt-4">
      <div className={beside ? 'lg:float-left lg:w-[calc(62.5%-8px)]' : ''}>
        <Attention overview={overview} />
      </div>
      {beside && (
        <div className="lg:float-right lg:w-[calc(37.5%-8px)]">
          <Running transitions={rest} more={more} />
        </div>
      )}
      {/* Host names need the whole width until there is plenty of it. */}
      <div className="max-xl:clear-both max-xl:pt-4 xl:float-left xl:clear-left xl:w-[calc(62.5%-8px)]">
        {children}
      </div>
      <div className="max-xl:clear-both xl:float-right xl:clear-right xl:w-[calc(37.5%-8px)]">
        <Changes overview={overview} />
      </div>
    </div>
  )
}
