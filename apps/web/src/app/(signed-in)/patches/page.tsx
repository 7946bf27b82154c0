import type { Metadata } from 'next'
import Link from 'next/link'
import { ApiProblem } from '../../../api/problem.ts'
import { getPatches, settled } from '../../../api/read.ts'
import { ClockProvider } from '../../../components/clock.tsx'
import { ListSearch } from '../../../components/list-search.tsx'
import { LiveRefresh } from '../../../components/live-refresh.tsx'
import { Paging } from '../../../components/paging.tsx'
import { ProblemPanel } from '../../../components/problem-panel.tsx'
import { RetryButton } from '../../../components/retry-button.tsx'
import { patchesSentence } from '../../../words/patch-hosts.ts'
import type { PageProps } from '../../page-props.ts'
import { PatchesTable } from './_parts/patches-table.tsx'
import { patchesHref, patchesQuery, readPatchesView } from './search-params.ts'

export const metadata: Metadata = { title: 'Patches' }

/** Which patch runs where, most hosts first. */
export default async function PatchesPage({ searchParams }: PageProps) {
  const view = readPatchesView(await searchParams)
  const page = await settled(getPatches(patchesQuery(view).toString()))
  return (
    <>
      <h1 className="text-16">Patches</h1>
      <LiveRefresh everyMs={3000} />
      {page instanceof ApiProblem ? (
        <div className="mt-4">
          <ProblemPanel problem={page.problem} action={<RetryButton />} />
        </div>
      ) : (
        <ClockProvider now={page.now}>
          <p className="mt-1 mb-5 max-w-[72ch] text-20 wrap-anywhere">
            {patchesSentence(page, view.q === '' && view.cursor === null)}
          </p>
          {page.total === 0 && view.q === '' && (
            <Link href="/hosts" prefetch={false} className="textlink">
              Show the hosts
            </Link>
          )}
          {(page.total > 0 || view.q !== '') && (
            <section aria-labelledby="patches" className="panel">
              <div className="panel-head flex-wrap">
                <h2 id="patches" className="text-14">
                  Patches by hosts
                </h2>
                <div className="flex flex-wrap items-center gap-x-3 gap-y-2 max-sm:w-full">
                  {view.q !== '' && (
                    <Link
                      href="/patches"
                      prefetch={false}
                      className="textlink inline-flex min-h-6 items-center text-13 whitespace-nowrap"
                    >
                      Show all
                    </Link>
                  )}
                  <ListSearch
                    path="/patches"
                    keep={{}}
                    q={view.q}
                    label="Search patches by name"
                    placeholder="Search by name"
                  />
                </div>
              </div>
              {page.items.length === 0 ? (
                <p className="p-4 text-muted">No patch matches this search.</p>
              ) : (
                <PatchesTable patches={page.items} />
              )}
              <Paging
                label="Pages of patches"
                first={view.cursor === null ? null : patchesHref({ ...view, cursor: null })}
                firstWord="Back to the first"
                next={page.nextCursor === null ? null : patchesHref({ ...view, cursor: page.nextCursor })}
                nextWord="Next 50"
              />
            </section>
          )}
        </ClockProvider>
      )}
    </>
  )
}
