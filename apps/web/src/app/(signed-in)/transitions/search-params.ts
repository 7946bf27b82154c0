import type { HostState } from '@graftwatch/contract/vocabulary'
import { first, type SearchParams } from '../../search-params.ts'

/** States in which a transition runs, or ran when the host last spoke. */
export const shownStates = [
  'stuck',
  'reverting',
  'transitioning',
  'silent',
  'unknown',
] as const satisfies HostState[]
export type ShownState = (typeof shownStates)[number]

/** The view of the list; the URL is its only home. */
export type TransitionsView = {
  states: ShownState[]
  q: string
  /** Id of a patch, or null for all. */
  patch: string | null
  cursor: string | null
}

/** Reads the view from the URL; what no transition can be is left out. */
export function readTransitionsView(params: SearchParams): TransitionsView {
  const named = first(params.state).split(',')
  const patch = first(params.patch)
  return {
    states: shownStates.filter((state) => named.includes(state)),
    q: first(params.q).slice(0, 253),
    patch: /^[1-9]\d{0,9}$/.test(patch) ? patch : null,
    cursor: first(params.cursor).slice(0, 512) || null,
  }
}

/** The same as query parameters, for a link or for the API. */
export function transitionsQuery(view: Partial<TransitionsView>): URLSearchParams {
  const query = new URLSearchParams()
  if (view.states !== undefined && view.states.length > 0) query.set('state', view.states.join(','))
  if (view.q) query.set('q', view.q)
  if (view.patch) query.set('patch', view.patch)
  if (view.cursor) query.set('cursor', view.cursor)
  return query
}

export function transitionsHref(view: Partial<TransitionsView>): string {
  const query = transitionsQuery(view)
  return query.size === 0 ? '/transitions' : `/transitions?${query}`
}

export const isFiltered = ({ states, q, patch }: TransitionsView): boolean =>
  states.length > 0 || q !== '' || patch !== null
