import Link from 'next/link'
import type { TransitionsPage } from '../../../../api/types.ts'
import { Paging } from '../../../../components/paging.tsx'
import { counted } from '../../../../words/numbers.ts'
import { isFiltered, type TransitionsView, transitionsHref } from '../search-params.ts'
import { TransitionRow } from './transition-row.tsx'

/** Running transitions as a table; under 640 px each row becomes a card. */
export function TransitionsList({ view, page }: { view: TransitionsView; page: TransitionsPage }) {
  if (page.items.length === 0) {
    return (
      <p className="p-4 text-muted">
        {isFiltered(view) ? 'No running transition matches this filter.' : 'The list ends before here.'}{' '}
        <Link href={transitionsHref({})} prefetch={false} className="textlink">
          {page.running === 0 ? 'Show all' : `Show all ${counted(page.running, 'transition')}`}
        </Link>
      </p>
    )
  }
  return (
    <>
      <table className="w-full table-fixed text-13 max-sm:block">
        <caption className="sr-only">Running transitions, longest without progress first</caption>
        <thead className="max-sm:sr-only">
          <tr className="border-b border-line text-left text-12 text-muted">
            <Head width="w-[26%]">Host and patch</Head>
            <Head width="w-[9.5rem]" title="Tasks that have moved, of all">
              Moved
            </Head>
            <Head
              width="w-[9rem] max-lg:hidden"
              title="Remaining tasks over time, both axes logarithmic; shaded: no new low for over a minute"
            >
              Remaining
            </Head>
            <Head>Held by</Head>
            <Head width="w-38" right title="Since the number of remaining tasks last reached a new low">
              No progress
            </Head>
          </tr>
        </thead>
        <tbody data-live-list="" className="divide-y divide-line max-sm:block">
          {page.items.map((transition) => (
            <TransitionRow
              key={`${transition.host.id}/${transition.number}`}
              transition={transition}
              now={page.now}
            />
          ))}
        </tbody>
      </table>
      <Paging
        label="Pages of transitions"
        first={view.cursor === null ? null : transitionsHref({ ...view, cursor: null })}
        firstWord="Back to the longest"
        next={page.nextCursor === null ? null : transitionsHref({ ...view, cursor: page.nextCursor })}
        nextWord="Next 30"
      />
    </>
  )
}

function Head({
  children,
  width = '',
  right = false,
  title,
}: {
  children: string
  width?: string
  right?: boolean
  title?: string
}) {
  return (
    <th
      scope="col"
      title={title}
      className={`px-2 py-2 font-medium first:pl-4 last:pr-4 ${width} ${right ? 'text-right' : ''}`}
    >
      {children}
    </th>
  )
}
