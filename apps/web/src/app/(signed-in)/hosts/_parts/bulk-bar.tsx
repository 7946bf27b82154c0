'use client'

import { Suspense, use } from 'react'
import { CopyButton } from '../../../../components/copy-button.tsx'
import { useSelection } from '../../../../components/data-table/selection.tsx'
import { namedHosts } from '../../../../words/named-hosts.ts'
import { counted, number } from '../../../../words/numbers.ts'
import { chosenTicket } from '../../../../words/ticket.ts'
import { LabelHosts } from './label-hosts.tsx'
import { RetireHosts } from './retire-hosts.tsx'

type Total = { total: number; exact: boolean } | null

type BulkBarProps = {
  /** The conditions of the list, as a selection of the API takes them. */
  filter: Record<string, string>
  /** How many match in all; null where the page has all of them. */
  total: Promise<Total> | null
  /** Whether the list shows the past, which nobody can act on. */
  past: boolean
  retired: boolean
  mayLabel: boolean
  mayRetire: boolean
}

/** What can be done with the chosen rows. Not there while none is. */
export function BulkBar({ filter, total, past, retired, mayLabel, mayRetire }: BulkBarProps) {
  const { chosen, everything, clear } = useSelection()
  if (chosen.size === 0 && !everything) return null
  const rows = [...chosen.values()]
  const selection = everything ? { filter } : { ids: rows.map(({ id }) => id) }
  const hosts = namedHosts(
    rows.map(({ hostname }) => hostname),
    everything,
  )
  return (
    <section
      aria-label="Chosen hosts"
      className="sticky bottom-0 z-[2] flex flex-wrap items-center gap-2 rounded-b-panel border-t border-line bg-raised px-4 py-2.5 text-13 shadow-(--float) max-sm:bottom-14"
    >
      <p role="status" className="font-medium">
        {everything ? 'All that match' : counted(rows.length, 'host')} chosen
      </p>
      {!everything && total !== null && (
        <Suspense>
          <ChooseEverything total={total} />
        </Suspense>
      )}
      <span className="ml-auto" />
      {!past && mayLabel && <LabelHosts opener="Label…" selection={selection} hosts={hosts} />}
      {!past && mayRetire && (
        <RetireHosts selection={selection} hosts={hosts} back={retired} onDone={clear} />
      )}
      <span data-shortcut="y">
        <CopyButton
          label="Copy for ticket"
          text={chosenTicket(
            rows.map(({ line }) => line),
            { everything, address: typeof window === 'undefined' ? '' : window.location.href },
          )}
        />
      </span>
      <button type="button" className="button" onClick={clear}>
        Choose none
      </button>
      {(past || !mayLabel) && (
        <p className="w-full text-12 text-muted">
          {past
            ? 'This is the past; labels and retiring are for hosts as they are now.'
            : 'Your role looks and copies; operators also label and retire hosts.'}
        </p>
      )}
    </section>
  )
}

function ChooseEverything({ total }: { total: Promise<Total> }) {
  const { chooseEverything } = useSelection()
  const known = use(total)
  return (
    <button type="button" className="textlink min-h-6" onClick={chooseEverything}>
      {known === null
        ? 'Choose all that match'
        : `Choose all ${known.exact ? '' : 'of at least '}${number(known.total)} that match`}
    </button>
  )
}
