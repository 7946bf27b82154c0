import Link from 'next/link'
import type { ReactNode } from 'react'
import type { HostSummary } from '../../../../api/types.ts'
import { Ago, Elapsed } from '../../../../components/clock.tsx'
import { SelectRow } from '../../../../components/data-table/selection.tsx'
import { HistoryStrip } from '../../../../components/history-strip.tsx'
import { MiniStrip } from '../../../../components/mini-strip.tsx'
import { StateBadge } from '../../../../components/state-badge.tsx'
import { CutName, DemoMark, PatchName, Unknown } from '../../../../components/text.tsx'
import { flagWords, shownFlags } from '../../../../words/flags.ts'
import { isStale } from '../../../../words/host-status.ts'
import { number } from '../../../../words/numbers.ts'
import { stateWords } from '../../../../words/states.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import { type Column, shownColumns } from '../columns.ts'
import { conjunction } from '../label-selector.ts'
import { type HostsView, hostHref, hostsHref } from '../search-params.ts'

const cell = 'px-2 py-1.5 align-middle first:pl-4 last:pr-4 max-sm:p-0 max-sm:first:pl-0 max-sm:last:pr-0'
const labelsShown = 2

type HostRowProps = { host: HostSummary; now: string; view: HostsView }

export function HostRow({ host, now, view }: HostRowProps) {
  const { status } = host
  const flags = shownFlags(status)
  const stale = isStale(status, Date.parse(now))
  return (
    <tr className="h-10 hover:bg-surface max-sm:grid max-sm:h-auto max-sm:grid-cols-[2.75rem_minmax(0,1fr)_auto] max-sm:items-center max-sm:gap-x-2 max-sm:gap-y-1 max-sm:px-2 max-sm:py-2">
      <td className={`${cell} max-sm:row-span-2`}>
        <SelectRow id={host.id} hostname={visibleText(host.hostname)} />
      </td>
      <td className={`${cell} max-sm:col-start-3 max-sm:row-start-1 max-sm:justify-self-end`}>
        <StateBadge state={status.state} />
        {status.state === 'silent' && status.lastState !== null && (
          <span className="block text-12 text-muted">
            was {stateWords[status.lastState].word.toLowerCase()}
          </span>
        )}
      </td>
      <th
        scope="row"
        className={`${cell} text-left font-normal max-sm:col-start-2 max-sm:row-start-1 max-sm:self-center`}
      >
        <Link
          href={hostHref(host.id, view.at)}
          prefetch={false}
          className="flex min-h-6 min-w-0 items-center font-medium hover:underline max-sm:min-h-11"
        >
          <CutName>{host.hostname}</CutName>
        </Link>
        {(host.demo || flags.length > 0 || host.retiredAt !== null) && (
          <span className="flex min-w-0 items-center gap-2 text-12 text-muted">
            {host.demo && <DemoMark />}
            {host.retiredAt !== null && <span>retired</span>}
            <span className="truncate">{flags.map((flag) => flagWords[flag].word).join(' · ')}</span>
          </span>
        )}
      </th>
      {shownColumns(view).map((column) => (
        <Cell key={column} column={column} stale={stale}>
          {drawn[column]({ host, now, view })}
        </Cell>
      ))}
    </tr>
  )
}

/** Cells that tell what the host said last; without its word they lose their colour. */
const vouched: readonly Column[] = ['transition', 'patch', 'kernel', 'os']
const onPhones: Record<Column, string> = {
  transition: 'max-sm:col-start-2 max-sm:row-start-2',
  patch: 'max-sm:col-start-2 max-sm:col-span-2',
  kernel: 'max-sm:hidden',
  os: 'max-sm:hidden',
  labels: 'max-sm:hidden',
  ticks: 'max-sm:col-start-2',
  since: 'max-sm:col-start-3 max-sm:row-start-2 max-sm:text-right',
  lastSeen: 'max-sm:hidden',
}

function Cell({ column, stale, children }: { column: Column; stale: boolean; children: ReactNode }) {
  const right = column === 'since' || column === 'lastSeen' ? 'text-right' : ''
  return (
    <td
      className={`${cell} ${right} ${onPhones[column]} ${children === null ? 'max-sm:hidden' : ''} ${stale && vouched.includes(column) ? 'stale' : ''}`}
    >
      {children}
    </td>
  )
}

const drawn: Record<Column, (props: HostRowProps) => ReactNode> = {
  transition: ({ host: { transition, status } }) =>
    transition === null ? null : (
      <>
        <MiniStrip
          total={transition.total}
          remaining={transition.remaining}
          stuck={status.state === 'stuck'}
        />
        <span className="mono block text-12 whitespace-nowrap text-muted">
          {transition.total === null || transition.remaining === null ? (
            <Unknown reason="tasks are not readable on this host" />
          ) : (
            `${number(transition.total - transition.remaining)} / ${number(transition.total)}`
          )}
        </span>
      </>
    ),
  patch: ({ host }) =>
    host.patch === null ? <Unknown reason="no live patch" /> : <PatchName>{host.patch}</PatchName>,
  kernel: ({ host }) =>
    host.kernelRelease === null ? (
      <Unknown reason="it has not reported yet" />
    ) : (
      <CutName>{host.kernelRelease}</CutName>
    ),
  os: ({ host }) => (host.os === null ? <Unknown reason="not reported" /> : visibleText(host.os)),
  labels: ({ host, view }) => <Labels labels={host.labels} view={view} />,
  ticks: ({ host }) => (host.ticks === null ? null : <HistoryStrip ticks={host.ticks} />),
  since: ({ host: { status } }) => (
    <Elapsed since={status.since} before={status.sinceBefore} className="mono" />
  ),
  lastSeen: ({ host: { status } }) =>
    status.lastSeenAt === null ? (
      <Unknown reason="it has not reported yet" />
    ) : (
      <Ago at={status.lastSeenAt} className="text-muted" />
    ),
}

/** The first labels, each a condition to add; the rest in the tip. */
function Labels({ labels, view }: { labels: HostSummary['labels']; view: HostsView }) {
  // Keys with a prefix are those of tools; what people named themselves tells more.
  const all = Object.entries(labels)
    .toSorted(([a], [b]) => Number(a.includes('/')) - Number(b.includes('/')))
    .map(([key, value]) => `${key}=${value}`)
  if (all.length === 0) return null
  const rest = all.slice(labelsShown)
  return (
    <span className="flex min-w-0 items-end gap-2">
      <span className="min-w-0">
        {all.slice(0, labelsShown).map((label) => (
          <Link
            key={label}
            href={hostsHref({ ...view, selector: conjunction(view.selector, label), cursor: '' })}
            prefetch={false}
            title={`Only hosts with ${label}`}
            className="mono block truncate text-12 leading-6 text-muted hover:text-ink hover:underline"
          >
            {label}
          </Link>
        ))}
      </span>
      {rest.length > 0 && (
        <span className="shrink-0 text-12 leading-6 text-muted" title={rest.join('\n')}>
          +{rest.length}
          <span className="sr-only">: {rest.join(', ')}</span>
        </span>
      )}
    </span>
  )
}
