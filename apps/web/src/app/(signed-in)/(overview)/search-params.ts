import { type HostState, hostStates } from '@graftwatch/contract/vocabulary'

/** The view of the host list; the URL is its only home. */
export type HostsView = { states: HostState[]; q: string; cursor: string | null }

type SearchParams = Record<string, string | string[] | undefined>

/** Reads the view from the URL. What is no state is left out, so that an old link shows hosts rather than an error. */
export function readHostsView(params: SearchParams): HostsView {
  const named = [params.state ?? []].flat().flatMap((value) => value.split(','))
  return {
    states: hostStates.filter((state) => named.includes(state)),
    q: first(params.q).slice(0, 253),
    cursor: first(params.cursor).slice(0, 512) || null,
  }
}

const first = (value: string | string[] | undefined): string => [value ?? ''].flat()[0] ?? ''

/** The same as query parameters, for a link or for the API. */
export function hostsQuery(view: Partial<HostsView>): URLSearchParams {
  const query = new URLSearchParams()
  if (view.states !== undefined && view.states.length > 0) query.set('state', view.states.join(','))
  if (view.q) query.set('q', view.q)
  if (view.cursor) query.set('cursor', view.cursor)
  return query
}

export function hostsHref(view: Partial<HostsView>): string {
  const query = hostsQuery(view).toString()
  return query === '' ? '/#hosts' : `/?${query}#hosts`
}
