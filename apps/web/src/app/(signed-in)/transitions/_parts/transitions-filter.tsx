import Link from 'next/link'
import { ListSearch } from '../../../../components/list-search.tsx'
import { StateGlyph } from '../../../../components/state-glyph.tsx'
import { PatchName } from '../../../../components/text.tsx'
import { stateWords } from '../../../../words/states.ts'
import {
  isFiltered,
  type ShownState,
  shownStates,
  type TransitionsView,
  transitionsHref,
  transitionsQuery,
} from '../search-params.ts'

/** States as chips and a search by host, all in the address. `patch` is the name of the patch the list is narrowed to. */
export function TransitionsFilter({ view, patch }: { view: TransitionsView; patch: string | null }) {
  return (
    <>
      <ul aria-label="States" className="flex flex-wrap gap-1.5">
        {shownStates.map((state) => (
          <li key={state}>
            <Chip state={state} view={view} />
          </li>
        ))}
      </ul>
      <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-2 max-sm:w-full">
        {view.patch !== null && (
          <span className="flex min-w-0 items-center gap-1.5 text-13 text-muted">
            only {patch === null ? 'one patch' : <PatchName>{patch}</PatchName>}
          </span>
        )}
        {isFiltered(view) && (
          <Link
            href={transitionsHref({})}
            prefetch={false}
            className="textlink inline-flex min-h-6 items-center text-13 whitespace-nowrap"
          >
            Show all
          </Link>
        )}
        <ListSearch
          path="/transitions"
          keep={Object.fromEntries(transitionsQuery({ ...view, q: '', cursor: null }))}
          q={view.q}
          label="Search hosts by name"
          placeholder="Search by host"
        />
      </div>
    </>
  )
}

function Chip({ state, view }: { state: ShownState; view: TransitionsView }) {
  const on = view.states.includes(state)
  const states = on ? view.states.filter((each) => each !== state) : [...view.states, state]
  return (
    <Link
      href={transitionsHref({ ...view, states, cursor: null })}
      prefetch={false}
      data-state={state}
      aria-current={on ? 'true' : undefined}
      className={`inline-flex min-h-8 items-center gap-1.5 rounded-control border px-2.5 text-13 max-sm:min-h-11 ${on ? 'tint keep-shape border-fill font-semibold text-state' : 'border-line text-muted hover:border-control hover:text-ink'}`}
    >
      <StateGlyph state={state} size={11} />
      {stateWords[state].word}
      {on && <span className="sr-only">, shown; activate to leave it out</span>}
    </Link>
  )
}
