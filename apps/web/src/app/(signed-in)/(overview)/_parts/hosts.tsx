import Link from 'next/link'
import { ApiProblem } from '../../../../api/problem.ts'
import type { HostsPage, Overview } from '../../../../api/types.ts'
import { ProblemPanel } from '../../../../components/problem-panel.tsx'
import { counted, listed } from '../../../../words/numbers.ts'
import { stateWords } from '../../../../words/states.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import { type HostsView, hostsHref } from '../search-params.ts'
import { HostsFilter } from './hosts-filter.tsx'
import { HostsTable } from './hosts-table.tsx'

type HostsProps = { view: HostsView; page: HostsPage | ApiProblem; overview: Overview }

/** Every host, worst first, as the URL asks. */
export function Hosts({ view, page, overview }: HostsProps) {
  return (
    <section id="hosts" aria-labelledby="hosts-title" className="panel scroll-mt-16">
      <div className="panel-head flex-wrap">
        <h2 id="hosts-title" className="text-14">
          {view.states.length === 0
            ? 'Hosts'
            : `${listed(view.states.map((state) => stateWords[state].word))} hosts`}{' '}
          <span className="mono ml-1 text-12 font-normal text-muted">{knownCount(view, overview)}</span>
        </h2>
        <HostsFilter view={view} />
      </div>
      {view.unknown.length > 0 && (
        <p role="status" className="border-b border-line px-4 py-2.5 text-13 last:border-b-0">
          {listed(view.unknown.map((word) => `“${visibleText(word)}”`))}{' '}
          {view.unknown.length === 1 ? 'is no state' : 'are no states'} a host can have, so{' '}
          {view.states.length === 0 ? 'nothing is listed' : 'the rest of the filter holds'}.{' '}
          <Link href={hostsHref({})} prefetch={false} className="textlink">
            Show all {counted(overview.total, 'host')}
          </Link>
        </p>
      )}
      {view.unknown.length > 0 && view.states.length === 0 ? null : page instanceof ApiProblem ? (
        <div className="p-4">
          <ProblemPanel problem={page.problem} />
        </div>
      ) : page.items.length === 0 ? (
        <div className="p-4 text-muted">
          <p>No host matches this filter.</p>
          <Link href={hostsHref({})} prefetch={false} className="textlink">
            Show all {counted(overview.total, 'host')}
          </Link>
        </div>
      ) : (
        <>
          <HostsTable hosts={page.items} now={Date.parse(page.now)} />
          <Paging view={view} next={page.nextCursor} />
        </>
      )}
    </section>
  )
}

/** How many hosts the list has in all, where that is known without counting: not while searching by name. */
function knownCount(view: HostsView, overview: Overview): string {
  if (view.q !== '' || (view.unknown.length > 0 && view.states.length === 0)) return ''
  const count =
    view.states.length === 0
      ? overview.total
      : view.states.reduce((sum, state) => sum + overview.counts[state], 0)
  return count.toLocaleString('en')
}

function Paging({ view, next }: { view: HostsView; next: string | null }) {
  if (next === null && view.cursor === null) return null
  return (
    <nav
      aria-label="Pages of hosts"
      className="flex items-center justify-between gap-3 border-t border-line px-4 py-2.5"
    >
      {view.cursor === null ? (
        <span />
      ) : (
        <Link href={hostsHref({ ...view, cursor: null })} prefetch={false} className="button">
          Back to the worst
        </Link>
      )}
      {next !== null && (
        <Link href={hostsHref({ ...view, cursor: next })} prefetch={false} className="button">
          Next 50
        </Link>
      )}
    </nav>
  )
}
