import Link from 'next/link'
import type { Problem } from '../../../../api/types.ts'
import { StateGlyph } from '../../../../components/state-glyph.tsx'
import { visibleText } from '../../../../words/visible-text.ts'
import { type HostsView, hostsHref, hostsParams, noFilter } from '../search-params.ts'
import { type Chip, filterChips } from './filter-chips.ts'
import { FilterInput } from './filter-input.tsx'

/** The filter: its conditions as chips, each with a way to take it off, and a field that takes the next one. All in the address. */
export function FilterBar({ view, problem }: { view: HostsView; problem: Problem | null }) {
  const chips = filterChips(view, problem)
  const wrong = chips.filter(({ reason }) => reason !== null)
  const isFiltered = chips.length > 0 || view.q !== ''
  const last = chips.at(-1)
  return (
    <search className="flex min-w-0 flex-1 flex-col gap-2 max-sm:basis-full">
      <div className="flex min-w-0 flex-wrap items-center gap-1.5">
        {chips.length > 0 && (
          <ul aria-label="Conditions" className="contents">
            {chips.map((chip) => (
              <li key={chip.key} className="flex max-w-full min-w-0">
                <Condition chip={chip} />
              </li>
            ))}
          </ul>
        )}
        <FilterInput
          q={view.q}
          keep={hostsParams({ ...view, q: '', cursor: '' })}
          withoutLast={last === undefined ? null : hostsHref(last.without)}
          wrong={wrong.length > 0}
        />
        {isFiltered && (
          <Link
            href={hostsHref({ ...view, ...noFilter, wrong: [], cursor: '' })}
            prefetch={false}
            className="textlink inline-flex min-h-8 items-center px-1 text-13 whitespace-nowrap max-sm:min-h-11"
          >
            Show all
          </Link>
        )}
      </div>
      {wrong.length > 0 && (
        <div id="filter-problems" role="status">
          <ul className="text-13 text-stuck-text">
            {wrong.map(({ key, value, reason }) => (
              <li key={key} className="wrap-anywhere">
                <span className="mono">{visibleText(value)}</span>: {reason}
              </li>
            ))}
          </ul>
        </div>
      )}
    </search>
  )
}

/** One condition; the whole chip takes it off. */
function Condition({ chip: { term, value, state, reason, without } }: { chip: Chip }) {
  return (
    <Link
      href={hostsHref(without)}
      prefetch={false}
      data-state={state}
      className={`keep-shape inline-flex min-h-8 max-w-full min-w-0 items-center gap-1.5 rounded-control border px-2 text-13 hover:border-control max-sm:min-h-11 ${state === undefined ? 'border-line bg-surface' : 'tint border-fill text-state'}`}
    >
      <span className="sr-only">Take off </span>
      {state !== undefined && <StateGlyph state={state} size={11} />}
      {term !== '' && <span className="text-muted">{term} </span>}
      <span
        className={`min-w-0 truncate ${state === undefined && term !== '' ? 'mono' : 'font-medium'} ${reason === null ? '' : 'text-stuck-text underline decoration-wavy underline-offset-4'}`}
      >
        {visibleText(value)}
      </span>
      <span aria-hidden="true" className="text-muted">
        ×
      </span>
    </Link>
  )
}
