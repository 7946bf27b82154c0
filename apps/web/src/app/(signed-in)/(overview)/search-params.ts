import { type HostState, hostStates } from '@graftwatch/contract/vocabulary'

/** The view of the host list; the URL is its only home. */
export type HostsView = {
  states: HostState[]
  /** What stands in the URL as a state and is none. */
  unknown: string[]
  q: string
  cursor: string | null
}

type SearchParams = Record<string, string | string[] | undefined>

/** Reads the view from the URL. What is no state is kept apart, so that the page can say so instead of filtering by less than was asked. */
export function readHostsView(params: SearchParams): HostsView {
  const named = [params.state ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .filter((value) => value !== '')
  return {
    states: hostStates.filter((state) => named.includes(state)),
    unknown: named.filter((value) => !isState(value)).map((value) => value.slice(0, 40)),
    q: first(params.q).slice(0, 253),
    cursor: first(params.cursor).slice(0, 512) || null,
  }
}

const isState = (value: string): boolean => hostStates.some((state) => state === value)
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
