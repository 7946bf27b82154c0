import { hostFlags, hostStates } from '@graftwatch/contract/vocabulary'
import Link from 'next/link'
import { ApiProblem } from '../../../../api/problem.ts'
import type { HostFacets } from '../../../../api/types.ts'
import { FoldArrow } from '../../../../components/fold-arrow.tsx'
import { StateGlyph } from '../../../../components/state-glyph.tsx'
import { CutName } from '../../../../components/text.tsx'
import { flagWords } from '../../../../words/flags.ts'
import { number } from '../../../../words/numbers.ts'
import { stateWords } from '../../../../words/states.ts'
import type { HostsView } from '../search-params.ts'
import { type FacetGroup, type FacetValue, facetGroups } from './facet-groups.ts'

const shownAtOnce = 6

/** How the hosts are spread, each value a link that adds or takes off its condition. Open on a wide screen, folded on a phone. */
export async function Facets({
  view,
  reading,
}: {
  view: HostsView
  reading: Promise<HostFacets | ApiProblem>
}) {
  const facets = await reading
  if (facets instanceof ApiProblem) {
    return (
      <p className="border-b border-line px-4 py-2.5 text-13 text-muted">
        What they share could not be counted: {facets.problem.detail}
      </p>
    )
  }
  const groups = facetGroups(view, facets)
  if (groups.length === 0) return <FilterTokens />
  return (
    <>
      <details className="facets group border-b border-line">
        <summary className="flex min-h-11 items-center gap-2 px-4 text-13 font-medium">
          <FoldArrow /> What they share
        </summary>
        <div className="grid gap-x-5 gap-y-4 px-4 py-3 sm:min-h-[27rem] sm:grid-cols-3 lg:min-h-[13.5rem] lg:grid-cols-6">
          {groups.map((group) => (
            <Group key={group.name} group={group} exact={facets.exact} />
          ))}
        </div>
      </details>
      <FilterTokens facets={facets} />
    </>
  )
}

function Group({ group, exact }: { group: FacetGroup; exact: boolean }) {
  const id = `facet-${group.name.toLowerCase().replaceAll(' ', '-')}`
  const rest = group.values.slice(shownAtOnce)
  return (
    <section aria-labelledby={id} className="min-w-0">
      <h3 id={id} className="eyebrow mb-1">
        {group.name}
      </h3>
      <Values values={group.values.slice(0, shownAtOnce)} exact={exact} />
      {rest.length > 0 && (
        <details>
          <summary className="textlink inline-flex min-h-6 items-center text-12">{rest.length} more</summary>
          <Values values={rest} exact={exact} />
        </details>
      )}
    </section>
  )
}

function Values({ values, exact }: { values: readonly FacetValue[]; exact: boolean }) {
  return (
    <ul>
      {values.map(({ value, word, n, on, href, state }) => (
        <li key={value}>
          <Link
            href={href}
            prefetch={false}
            aria-current={on ? 'true' : undefined}
            data-state={state}
            className={`-mx-1.5 flex min-h-6 items-center gap-1.5 rounded-control px-1.5 text-13 hover:bg-surface max-sm:min-h-11 ${on ? 'bg-surface font-semibold' : ''} ${state === undefined ? '' : 'text-state'}`}
          >
            {state !== undefined && <StateGlyph state={state} size={11} />}
            <span className="flex min-w-0 flex-1">
              {word === undefined ? <CutName>{value}</CutName> : <span className="truncate">{word}</span>}
            </span>
            {on && <span className="sr-only">, a condition; activate to take it off</span>}
            <span className="mono text-12 text-muted">
              {exact ? '' : '≥ '}
              {number(n)}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** What the filter's field offers to complete: states, flags, and the values there are. */
export function FilterTokens({ facets }: { facets?: HostFacets }) {
  const labels = (facets?.label ?? []).flatMap(({ key, values }) =>
    values.map(({ value, n }) => ({ token: `${key}=${value}`, n })),
  )
  return (
    <datalist id="filter-tokens">
      {hostStates.map((state) => (
        <option key={state} value={`state:${state}`}>
          {stateWords[state].word}
        </option>
      ))}
      {labels.slice(0, 40).map(({ token, n }) => (
        <option key={token} value={token}>
          {number(n)}
        </option>
      ))}
      {(facets?.kernel ?? []).slice(0, 20).map(({ value, n }) => (
        <option key={value} value={`kernel:${value}`}>
          {number(n)}
        </option>
      ))}
      {(facets?.patch ?? []).slice(0, 20).map(({ value, n }) => (
        <option key={value} value={`patch:${value}`}>
          {number(n)}
        </option>
      ))}
      {hostFlags.map((flag) => (
        <option key={flag} value={`flag:${flag}`}>
          {flagWords[flag].word}
        </option>
      ))}
      <option value="retired:true">Hosts taken out of the fleet</option>
    </datalist>
  )
}

/** The place of the facets while they are counted; as tall as they will be, so that the rows below do not jump. */
export function FacetsLoading() {
  return (
    <>
      <div aria-hidden="true" className="h-11 border-b border-line sm:h-[27rem] lg:h-[13.5rem]" />
      <FilterTokens />
    </>
  )
}
