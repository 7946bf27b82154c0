import type { HostsPage } from '../../../../api/types.ts'
import { SelectPage } from '../../../../components/data-table/selection.tsx'
import { SortHead } from '../../../../components/data-table/sort-head.tsx'
import { sortSentence } from '../../../../words/hosts-sentence.ts'
import { type Column, shownColumns } from '../columns.ts'
import { type HostsSort, type HostsView, hostsHref } from '../search-params.ts'
import { HostRow } from './host-row.tsx'

type Head = { word: string; width: string; sort?: HostsSort; title?: string; right?: true }

const heads: Record<Column, Head> = {
  transition: {
    word: 'Transition',
    width: 'w-30',
    title: 'Tasks that have moved to the other code, of all; only while a patch is loaded or unloaded',
  },
  patch: {
    word: 'Patch',
    width: 'w-44',
    sort: 'patch',
    title: 'The enabled patch, or the one that is moving',
  },
  kernel: { word: 'Kernel', width: 'w-40', sort: 'kernel', title: 'Release of the running kernel' },
  os: { word: 'System', width: 'w-40' },
  labels: { word: 'Labels', width: 'w-36', title: 'What operators and the agent’s configuration say of it' },
  ticks: {
    word: 'Last 24 h',
    width: 'w-40',
    title: 'Half hours, the worst state of each, newest at the right; hatched: no evidence',
  },
  since: {
    word: 'In state',
    width: 'w-28',
    sort: 'since',
    right: true,
    title: 'How long it has been in this state; stuck: since its limit without progress passed',
  },
  lastSeen: {
    word: 'Last word',
    width: 'w-28',
    sort: 'lastSeen',
    right: true,
    title: 'When the host last reported or said that nothing changed',
  },
}

/** Hosts as a table that can be sorted and chosen from; under 640 px each row becomes a card. */
export function HostsTable({ view, page }: { view: HostsView; page: HostsPage }) {
  const sort = (by: HostsSort) => {
    const isNow = view.sort === by
    return {
      href: hostsHref({ ...view, sort: by, reverse: isNow && !view.reverse, cursor: '' }),
      direction: isNow ? (view.reverse ? ('descending' as const) : ('ascending' as const)) : null,
    }
  }
  return (
    <div className="relative sm:max-xl:overflow-x-auto">
      <table className="w-full table-fixed text-13 max-sm:block sm:max-xl:min-w-[78rem]">
        <caption className="sr-only">Hosts, {sortSentence(view.sort, view.reverse)}</caption>
        <thead className="max-sm:block xl:sticky xl:top-12 xl:z-[1] xl:bg-page">
          <tr className="text-left text-12 text-muted shadow-[inset_0_-1px_var(--line)] max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:px-2">
            <th scope="col" className="w-12 pl-4 max-sm:w-auto max-sm:pl-0">
              <SelectPage />
            </th>
            <SortHead className="w-34" sort={sort('state')} title="Worst first, then longest in it">
              State
            </SortHead>
            <SortHead sort={sort('hostname')}>Host</SortHead>
            {shownColumns(view).map((column) => {
              const { word, width, sort: by, title, right } = heads[column]
              return (
                <SortHead
                  key={column}
                  className={width}
                  {...(title === undefined ? {} : { title })}
                  {...(right === undefined ? {} : { right })}
                  {...(by === undefined ? {} : { sort: sort(by) })}
                >
                  {word}
                </SortHead>
              )
            })}
          </tr>
        </thead>
        <tbody data-live-list="" className="divide-y divide-line max-sm:block">
          {page.items.map((host) => (
            <HostRow key={host.id} host={host} now={page.now} view={view} />
          ))}
        </tbody>
      </table>
    </div>
  )
}
