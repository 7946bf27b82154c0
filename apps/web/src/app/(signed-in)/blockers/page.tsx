import type { Metadata } from 'next'
import Link from 'next/link'
import { ApiProblem } from '../../../api/problem.ts'
import { getCauses, settled } from '../../../api/read.ts'
import type { CausesPage } from '../../../api/types.ts'
import { ClockProvider, Elapsed } from '../../../components/clock.tsx'
import { LiveRefresh } from '../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../components/problem-panel.tsx'
import { RetryButton } from '../../../components/retry-button.tsx'
import { pastQuery } from '../../../components/time-cursor/at.ts'
import { PastBanner } from '../../../components/time-cursor/past-banner.tsx'
import { causesSentence } from '../../../words/causes.ts'
import { counted } from '../../../words/numbers.ts'
import type { PageProps } from '../../page-props.ts'
import { CauseRow } from './_parts/cause-row.tsx'
import { type CausesView, causesHref, readCausesView } from './search-params.ts'

/** More would be a page nobody reads to its end. */
const rowsAtFirst = 40

export async function generateMetadata({ searchParams }: PageProps): Promise<Metadata> {
  const page = await settled(getCauses(pastQuery(readCausesView(await searchParams).past)))
  if (page instanceof ApiProblem || page.hosts === 0) return { title: 'Blockers' }
  return { title: `${counted(page.hosts, 'host')} held · Blockers` }
}

/** One cause, one row: what holds the most hosts, and what frees them. */
export default async function BlockersPage({ searchParams }: PageProps) {
  const view = readCausesView(await searchParams)
  const page = await settled(getCauses(pastQuery(view.past)))
  return (
    <>
      <h1 className="text-16">Blockers</h1>
      {view.past === null ? (
        <LiveRefresh everyMs={2000} />
      ) : (
        <PastBanner at={view.past.at} back={causesHref({ ...view, past: null })} />
      )}
      {page instanceof ApiProblem ? (
        <div className="mt-4">
          <ProblemPanel problem={page.problem} action={<RetryButton />} />
        </div>
      ) : (
        <ClockProvider now={page.now} past={page.view !== null}>
          <Sentence page={page} />
          {page.items.length > 0 && <Causes view={view} page={page} />}
        </ClockProvider>
      )}
    </>
  )
}

function Sentence({ page }: { page: CausesPage }) {
  return (
    <p className="mt-1 mb-5 max-w-[72ch] text-20 wrap-anywhere">
      {causesSentence(page).map((part) =>
        'since' in part ? (
          <Elapsed key="age" since={part.since} focusable />
        ) : 'hostsOf' in part ? (
          <Link key="cause" href={`/blockers/${part.hostsOf.id}`} prefetch={false} className="numberlink">
            {part.text}
          </Link>
        ) : (
          part.text
        ),
      )}
    </p>
  )
}

function Causes({ view, page }: { view: CausesView; page: CausesPage }) {
  const shown = view.all ? page.items : page.items.slice(0, rowsAtFirst)
  return (
    <section aria-labelledby="causes" className="panel">
      <div className="panel-head">
        <h2 id="causes" className="text-14">
          Causes, most hosts first
        </h2>
        <span className="mono text-12 text-muted">{page.causes}</span>
      </div>
      <ol data-live-list="" className="divide-y divide-line">
        {shown.map((cause) => (
          <CauseRow key={cause.id} cause={cause} past={view.past} />
        ))}
      </ol>
      {page.causes > shown.length && (
        <p className="border-t border-line px-4 py-2.5 text-13 text-muted">
          {counted(page.causes - shown.length, 'more cause')}.{' '}
          {page.items.length > shown.length && (
            <Link href={causesHref({ ...view, all: true })} prefetch={false} className="textlink">
              Show {page.items.length === page.causes ? 'all' : `the first ${page.items.length}`}
            </Link>
          )}
        </p>
      )}
    </section>
  )
}
