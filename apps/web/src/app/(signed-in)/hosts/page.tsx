import type { Metadata } from 'next'
import { Suspense } from 'react'
import { ApiProblem } from '../../../api/problem.ts'
import { getFacets, getHosts, getOverview, getViewer, settled } from '../../../api/read.ts'
import type { HostFacets, HostsPage as Page } from '../../../api/types.ts'
import { ClockProvider } from '../../../components/clock.tsx'
import { SelectionScope } from '../../../components/data-table/selection.tsx'
import { LiveRefresh } from '../../../components/live-refresh.tsx'
import { Paging } from '../../../components/paging.tsx'
import { ProblemPanel } from '../../../components/problem-panel.tsx'
import { RetryButton } from '../../../components/retry-button.tsx'
import { PastBanner } from '../../../components/time-cursor/past-banner.tsx'
import { listed } from '../../../words/numbers.ts'
import { stateWords } from '../../../words/states.ts'
import { hostLine } from '../../../words/ticket.ts'
import type { PageProps } from '../../page-props.ts'
import { BulkBar } from './_parts/bulk-bar.tsx'
import { Facets, FacetsLoading } from './_parts/facets.tsx'
import { FilterBar } from './_parts/filter-bar.tsx'
import { HostsSentence } from './_parts/hosts-sentence.tsx'
import { HostsTable } from './_parts/hosts-table.tsx'
import { ListMenus } from './_parts/list-menus.tsx'
import { NoHosts } from './_parts/no-hosts.tsx'
import {
  conditionsOf,
  facetsQuery,
  filterParams,
  type HostsView,
  hostsHref,
  hostsQuery,
  readHostsView,
  rowsPerPage,
} from './search-params.ts'

export async function generateMetadata({ searchParams }: PageProps): Promise<Metadata> {
  const { states, retired } = readHostsView(await searchParams)
  if (retired) return { title: 'Retired · Hosts' }
  if (states.length === 0) return { title: 'Hosts' }
  return { title: `${listed(states.map((state) => stateWords[state].word))} · Hosts` }
}

/** Which hosts are in a state, and what they share. Rows first; what has to be counted comes when it is counted. */
export default async function HostsPage({ searchParams }: PageProps) {
  const view = readHostsView(await searchParams)
  // Filtering by less than was asked would list more than was asked: with nothing right in the filter, nothing is listed.
  const isMeaningless = view.wrong.length > 0 && conditionsOf(view) === 0
  const facets = settled(getFacets(facetsQuery(view)))
  const [page, viewer] = await Promise.all([settled(getHosts(hostsQuery(view))), settled(getViewer())])
  const may = viewer instanceof ApiProblem ? [] : viewer.permissions
  const problem = page instanceof ApiProblem ? page.problem : null
  const items = page instanceof ApiProblem || isMeaningless ? [] : page.items
  return (
    <ClockProvider
      now={page instanceof ApiProblem ? new Date().toISOString() : page.now}
      past={view.at !== null}
    >
      <h1 className="text-16">Hosts</h1>
      {view.at === null ? (
        <LiveRefresh everyMs={2000} />
      ) : (
        <PastBanner at={view.at} back={hostsHref({ ...view, at: null, knownAt: null, cursor: '' })} />
      )}
      <Suspense fallback={<p className="mt-1 mb-5 h-7" />}>
        <HostsSentence view={view} facets={facets} overview={settled(getOverview())} />
      </Suspense>
      <section aria-label="List of hosts" className="panel">
        <div className="flex flex-wrap items-start gap-2 border-b border-line px-4 py-2.5">
          <FilterBar view={view} problem={problem} />
          <ListMenus
            view={view}
            mayExport={may.includes('fleet:export')}
            mayLabel={may.includes('hosts:label')}
          />
        </div>
        {problem === null && !isMeaningless && (
          <Suspense fallback={<FacetsLoading />}>
            <Facets view={view} reading={facets} />
          </Suspense>
        )}
        {page instanceof ApiProblem ? (
          <div className="p-4">
            <ProblemPanel problem={page.problem} action={<RetryButton />} />
          </div>
        ) : items.length === 0 ? (
          <NoHosts view={view} isMeaningless={isMeaningless} />
        ) : (
          <Rows view={view} page={page} facets={facets} may={may} />
        )}
      </section>
    </ClockProvider>
  )
}

type RowsProps = {
  view: HostsView
  page: Page
  facets: Promise<HostFacets | ApiProblem>
  may: readonly string[]
}

function Rows({ view, page, facets, may }: RowsProps) {
  const isWhole = view.cursor === '' && page.nextCursor === null
  return (
    <SelectionScope
      key={facetsQuery(view)}
      page={page.items.map((host) => ({
        id: host.id,
        hostname: host.hostname,
        line: hostLine(host, page.now),
      }))}
    >
      <HostsTable view={view} page={page} />
      <Paging
        label="Pages of hosts"
        first={view.cursor === '' ? null : hostsHref({ ...view, cursor: '' })}
        firstWord="First page"
        next={page.nextCursor === null ? null : hostsHref({ ...view, cursor: page.nextCursor })}
        nextWord={`Next ${rowsPerPage}`}
      />
      <BulkBar
        filter={filterParams(view)}
        total={
          isWhole || view.wrong.length > 0
            ? null
            : facets.then((counted) =>
                counted instanceof ApiProblem ? null : { total: counted.total, exact: counted.exact },
              )
        }
        past={view.at !== null}
        retired={view.retired}
        mayLabel={may.includes('hosts:label')}
        mayRetire={may.includes('hosts:retire')}
      />
    </SelectionScope>
  )
}
