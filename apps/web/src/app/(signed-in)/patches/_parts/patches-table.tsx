import type { HostState } from '@graftwatch/contract/vocabulary'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { PatchEntry } from '../../../../api/types.ts'
import { Ago } from '../../../../components/clock.tsx'
import { CutName, PatchName } from '../../../../components/text.tsx'
import { number } from '../../../../words/numbers.ts'
import { hostsCounted } from '../../../../words/patch-hosts.ts'
import { visibleText } from '../../../../words/visible-text.ts'

const columns = [
  { word: 'On', title: 'Enabled, and every task runs it' },
  { word: 'Moving', title: 'A transition to or from it runs' },
  { word: 'Stuck', title: 'Its transition has made no progress for too long' },
  { word: 'Off', title: 'Loaded and not enabled, or left over' },
  { word: 'Waiting', title: 'Part of it waits for a module that is not loaded' },
] as const

/** Patches with the hosts they are on; a number leads to its hosts where they are all the hosts of the patch. Under 640 px each row becomes a card. */
export function PatchesTable({ patches }: { patches: readonly PatchEntry[] }) {
  return (
    <table className="w-full table-fixed text-13 max-sm:block">
      <caption className="sr-only">Patches, most hosts first</caption>
      <thead className="max-sm:sr-only">
        <tr className="border-b border-line text-left text-12 text-muted">
          <th scope="col" className="py-2 pr-2 pl-4 font-medium">
            Patch
          </th>
          {columns.map(({ word, title }) => (
            <th key={word} scope="col" title={title} className="w-18 px-2 py-2 text-right font-medium">
              {word}
            </th>
          ))}
          <th scope="col" className="w-[32%] py-2 pr-4 pl-6 font-medium">
            Kernels
          </th>
        </tr>
      </thead>
      <tbody data-live-list="" className="divide-y divide-line max-sm:block">
        {patches.map((patch) => (
          <Row key={patch.id} patch={patch} />
        ))}
      </tbody>
    </table>
  )
}

const cell = 'align-top max-sm:p-0'

function Row({ patch }: { patch: PatchEntry }) {
  return (
    <tr className="relative hover:bg-surface max-sm:grid max-sm:grid-cols-5 max-sm:gap-x-2 max-sm:gap-y-2 max-sm:px-4 max-sm:py-3">
      <th
        scope="row"
        className={`${cell} py-2.5 pr-2 pl-4 text-left font-normal max-sm:col-span-5 max-sm:pl-0`}
      >
        <Link
          href={`/patches/${patch.id}`}
          prefetch={false}
          className="flex min-w-0 font-medium after:absolute after:inset-0 hover:underline"
        >
          <PatchName>{patch.name}</PatchName>
        </Link>
        <span className="block truncate text-12 text-muted">
          {patch.mechanism}
          {patch.build !== '' && ` · build ${visibleText(patch.build)}`} · first seen{' '}
          <Ago at={patch.firstSeenAt} />
        </span>
      </th>
      <Count patch={patch} word="On" count={patch.on} state="migrated" />
      <Count patch={patch} word="Moving" count={patch.moving} state="transitioning" />
      <Count patch={patch} word="Stuck" count={patch.stuck} state="stuck" />
      <Cell word="Off">
        <span className={patch.off === 0 ? 'text-muted' : ''}>{number(patch.off)}</span>
      </Cell>
      <Cell word="Waiting">
        <span className={patch.waiting === 0 ? 'text-muted' : ''}>{number(patch.waiting)}</span>
      </Cell>
      <td className={`${cell} py-2 pr-4 pl-6 max-sm:col-span-5 max-sm:pr-0 max-sm:pl-0`}>
        <Kernels patch={patch} />
      </td>
    </tr>
  )
}

function Cell({ word, children }: { word: string; children: ReactNode }) {
  return (
    <td className={`${cell} mono px-2 py-2 text-right max-sm:text-left`}>
      <span className="hidden font-sans text-12 text-muted max-sm:block">{word}</span>
      <span className="inline-flex min-h-6 items-center">{children}</span>
    </td>
  )
}

function Count({
  patch,
  word,
  count,
  state,
}: {
  patch: PatchEntry
  word: string
  count: number
  state: HostState
}) {
  const href = hostsCounted(patch, count)
  return (
    <Cell word={word}>
      {count === 0 ? (
        <span className="text-muted">0</span>
      ) : (
        <span data-state={state} className="text-state">
          {href === null ? (
            number(count)
          ) : (
            <Link
              href={href}
              prefetch={false}
              className="numberlink relative z-[1] inline-flex min-h-6 min-w-6 items-center justify-end max-sm:justify-start"
              aria-label={`${number(count)} ${word.toLowerCase()}: ${visibleText(patch.name)}`}
            >
              {number(count)}
            </Link>
          )}
        </span>
      )}
    </Cell>
  )
}

/** As many as a row has room for. */
const kernelsShown = 3

function Kernels({ patch }: { patch: PatchEntry }) {
  const shown = patch.kernels.slice(0, kernelsShown)
  const more = patch.kernelsTotal - shown.length
  if (shown.length === 0) return <span className="text-12 text-muted">on no host now</span>
  return (
    <ul className="flex flex-col text-12">
      {shown.map(({ release, hosts }) => (
        <li key={release} className="flex min-w-0 justify-between gap-3">
          <CutName>{release}</CutName>
          <span className="mono shrink-0 text-muted">{number(hosts)}</span>
        </li>
      ))}
      {more > 0 && <li className="text-muted">and {number(more)} more</li>}
    </ul>
  )
}
