import type { Metadata } from 'next'
import { ApiProblem } from '../../../api/problem.ts'
import { getTransitions, settled } from '../../../api/read.ts'
import { ClockProvider, Elapsed } from '../../../components/clock.tsx'
import { LiveRefresh } from '../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../components/problem-panel.tsx'
import { RetryButton } from '../../../components/retry-button.tsx'
import { counted } from '../../../words/numbers.ts'
import { transitionsSentence } from '../../../words/transitions-sentence.ts'
import type { PageProps } from '../../page-props.ts'
import { TransitionsFilter } from './_parts/transitions-filter.tsx'
import { TransitionsList } from './_parts/transitions-list.tsx'
import { isFiltered, readTransitionsView, transitionsQuery } from './search-params.ts'

export async function generateMetadata({ searchParams }: PageProps): Promise<Metadata> {
  const view = readTransitionsView(await searchParams)
  const page = await settled(getTransitions(transitionsQuery(view).toString()))
  const stuck = page instanceof ApiProblem ? 0 : page.stuck
  return { title: stuck === 0 ? 'Transitions' : `${counted(stuck, 'stuck', 'stuck')} · Transitions` }
}

/** What moves and what has stopped, longest without progress first. */
export default async function TransitionsPage({ searchParams }: PageProps) {
  const view = readTransitionsView(await searchParams)
  const page = await settled(getTransitions(transitionsQuery(view).toString()))
  const whole = !isFiltered(view) && view.cursor === null
  return (
    <>
      <h1 className="text-16">Transitions</h1>
      <LiveRefresh everyMs={1000} />
      {page instanceof ApiProblem ? (
        <div className="mt-4">
          <ProblemPanel problem={page.problem} action={<RetryButton />} />
        </div>
      ) : (
        <ClockProvider now={page.now}>
          <p className="mt-1 mb-5 max-w-[72ch] text-20">
            {transitionsSentence(page, whole ? (page.items[0] ?? null) : null).map((part) =>
              'since' in part ? <Elapsed key="age" since={part.since} focusable /> : part.text,
            )}
          </p>
          {(page.running > 0 || !whole) && (
            <section aria-labelledby="running" className="panel">
              <div className="panel-head flex-wrap">
                <h2 id="running" className="sr-only">
                  Running transitions
                </h2>
                <TransitionsFilter view={view} patch={page.items[0]?.patch ?? null} />
              </div>
              <TransitionsList view={view} page={page} />
            </section>
          )}
        </ClockProvider>
      )}
    </>
  )
}
