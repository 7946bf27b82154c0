import { Menu } from '../../../../components/data-table/menu.tsx'
import { type Column, columns } from '../columns.ts'
import { exportHref, type HostsView, hostsParams } from '../search-params.ts'
import { ImportLabels } from './import-labels.tsx'

const columnWords: Record<Column, string> = {
  transition: 'Transition',
  patch: 'Patch',
  kernel: 'Kernel',
  os: 'System',
  labels: 'Labels',
  ticks: 'Last 24 h',
  since: 'In state',
  lastSeen: 'Last word',
}

/** What one does with the list as a whole: its columns, its rows as a file, labels from a file. */
export function ListMenus({
  view,
  mayExport,
  mayLabel,
}: {
  view: HostsView
  mayExport: boolean
  mayLabel: boolean
}) {
  const { columns: _, ...rest } = view
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Menu label="Columns">
        <form action="/hosts" className="flex flex-col">
          {Object.entries(hostsParams({ ...rest, cursor: '' })).map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <input type="hidden" name="columns" value="state" />
          {columns.map((column) => (
            <label
              key={column}
              className="flex min-h-8 items-center gap-2 rounded-control px-2 hover:bg-surface"
            >
              <input
                type="checkbox"
                name="columns"
                value={column}
                defaultChecked={view.columns.includes(column)}
                className="size-4 accent-(--ink)"
              />
              {columnWords[column]}
            </label>
          ))}
          <button type="submit" className="button mt-2">
            Show these
          </button>
        </form>
      </Menu>
      {mayExport && (
        <Menu label="Export" title="All rows of this list, in its order (e: as CSV)" shortcut="e">
          {(['csv', 'json'] as const).map((format) => (
            <a
              key={format}
              href={exportHref(view, format)}
              download=""
              className="flex min-h-8 items-center rounded-control px-2 hover:bg-surface"
            >
              All rows as {format.toUpperCase()}
            </a>
          ))}
        </Menu>
      )}
      {mayLabel && view.at === null && <ImportLabels />}
    </div>
  )
}
