import {
  type AgentLevel,
  agentLevels,
  type HostFlag,
  type HostState,
  hostFlags,
  hostStates,
} from '@graftwatch/contract/vocabulary'
import { readAt } from '../../../components/time-cursor/at.ts'
import { first, type SearchParams } from '../../search-params.ts'
import { type Column, columnsShown, readColumns } from './columns.ts'
import { readTokens, type WrongToken } from './filter-tokens.ts'
import { conjunction } from './label-selector.ts'

/** The orders a list of hosts has; those of the API. */
const sorts = ['state', 'hostname', 'since', 'kernel', 'patch', 'lastSeen'] as const
export type HostsSort = (typeof sorts)[number]

/** Which hosts: all conditions hold. The same names and values as in the query of the API. */
export type HostsFilter = {
  states: HostState[]
  q: string
  kernels: string[]
  patches: string[]
  selector: string
  flags: HostFlag[]
  levels: AgentLevel[]
  cause: string
  retired: boolean
}

/** The view of the list of hosts; the URL is its only home. */
export type HostsView = HostsFilter & {
  sort: HostsSort
  reverse: boolean
  cursor: string
  columns: Column[]
  /** The instant looked at, null for now; and until when facts had to be known to count. */
  at: string | null
  knownAt: string | null
  /** What was asked for and means nothing. It stays, so that the page can say so instead of filtering by less than was asked. */
  wrong: WrongToken[]
}

/** More would be rows nobody reads before filtering. */
export const rowsPerPage = 30

export const noFilter: HostsFilter = {
  states: [],
  q: '',
  kernels: [],
  patches: [],
  selector: '',
  flags: [],
  levels: [],
  cause: '',
  retired: false,
}

const list = (value: string | string[] | undefined): string[] =>
  [value ?? []]
    .flat()
    .flatMap((each) => each.split(','))
    .filter((each) => each !== '')
    .slice(0, 50)

/** Those of `values` that are in `known`, in its order; the others as tokens of `key` that mean nothing. */
function known<Value extends string>(
  key: string,
  values: readonly string[],
  all: readonly Value[],
): { right: Value[]; wrong: WrongToken[] } {
  const wrong = values.filter((value) => !all.some((each) => each === value))
  return {
    right: all.filter((each) => values.includes(each)),
    wrong: wrong.map((value) => ({
      text: `${key}:${value.slice(0, 60)}`,
      reason: `“${value.slice(0, 60)}” is no ${key} a host can have.`,
    })),
  }
}

/** Reads the view from the URL; `query` holds tokens as they were typed, of a form sent without script, or wrong ones. Never throws. */
export function readHostsView(params: SearchParams): HostsView {
  const typed = readTokens(first(params.query).slice(0, 2000))
  const states = known('state', [...list(params.state), ...typed.states], hostStates)
  const flags = known('flag', [...list(params.flag), ...typed.flags], hostFlags)
  const levels = known('level', [...list(params.level), ...typed.levels], agentLevels)
  const sort = first(params.sort)
  const at = readAt(first(params.at) || first(params.asOf))
  return {
    states: states.right,
    q: [first(params.q), typed.q].filter(Boolean).join(' ').slice(0, 253),
    kernels: unique([...list(params.kernel), ...typed.kernels]),
    patches: unique([...list(params.patch), ...typed.patches]),
    selector: conjunction(first(params.selector), typed.selector).slice(0, 2000),
    flags: flags.right,
    levels: levels.right,
    cause: first(params.cause).slice(0, 20) || typed.cause,
    retired: first(params.retired) === 'true' || typed.retired,
    sort: sorts.find((each) => each === sort.replace(/^-/, '')) ?? 'state',
    reverse: sort.startsWith('-'),
    cursor: first(params.cursor).slice(0, 1024),
    columns: readColumns(list(params.columns)),
    at,
    knownAt: at === null ? null : readAt(first(params.knownAt)),
    wrong: [...states.wrong, ...flags.wrong, ...levels.wrong, ...typed.wrong].slice(0, 20),
  }
}

const unique = (values: readonly string[]): string[] => [...new Set(values)]

/** The conditions alone, as the API takes them: in a query, and as the filter of a selection. */
export function filterParams(filter: Partial<HostsFilter>): Record<string, string> {
  const { states = [], q = '', kernels = [], patches = [], selector = '', flags = [], levels = [] } = filter
  return Object.fromEntries(
    Object.entries({
      state: states.join(','),
      q,
      kernel: kernels.join(','),
      patch: patches.join(','),
      selector,
      flag: flags.join(','),
      level: levels.join(','),
      cause: filter.cause ?? '',
      retired: filter.retired === true ? 'true' : '',
    }).filter(([, value]) => value !== ''),
  )
}

/** How many conditions a filter has; 0 lists all. */
export const conditionsOf = (filter: HostsFilter): number => Object.keys(filterParams(filter)).length

const sortParam = ({ sort = 'state', reverse = false }: Partial<HostsView>): string =>
  `${reverse ? '-' : ''}${sort}`

const pastParams = ({ at = null, knownAt = null }: Partial<HostsView>): Record<string, string> => ({
  ...(at === null ? {} : { asOf: at }),
  ...(at === null || knownAt === null ? {} : { knownAt }),
})

/** The view as the API's list takes it. */
export const hostsQuery = (view: HostsView): URLSearchParams =>
  new URLSearchParams({
    limit: String(rowsPerPage),
    ...filterParams(view),
    ...pastParams(view),
    sort: sortParam(view),
    ...(view.columns.includes('ticks') ? { include: 'ticks' } : {}),
    ...(view.cursor === '' ? {} : { cursor: view.cursor }),
  })

/** As the API's facets take it. */
export const facetsQuery = (view: HostsView): string =>
  new URLSearchParams({ ...filterParams(view), ...pastParams(view) }).toString()

/** Address of all rows as a file. */
export const exportHref = (view: HostsView, format: 'csv' | 'json'): string =>
  `/v1/hosts/export?${new URLSearchParams({ ...filterParams(view), ...pastParams(view), sort: sortParam(view), format })}`

/** What stands in the address of the page; what is as usual is left out. */
export function hostsParams(view: Partial<HostsView>): Record<string, string> {
  const { wrong = [], columns, at = null, knownAt = null, cursor = '' } = view
  return {
    ...filterParams(view),
    ...(sortParam(view) === 'state' ? {} : { sort: sortParam(view) }),
    ...(columns === undefined || columnsShown(columns) === null
      ? {}
      : { columns: columnsShown(columns) ?? '' }),
    ...(at === null ? {} : { at }),
    ...(at === null || knownAt === null ? {} : { knownAt }),
    ...(wrong.length === 0 ? {} : { query: wrong.map(({ text }) => text).join(' ') }),
    ...(cursor === '' ? {} : { cursor }),
  }
}

/** Address of a list of hosts; without anything: all, worst first. */
export function hostsHref(view: Partial<HostsView> = {}): string {
  const query = new URLSearchParams(hostsParams(view)).toString()
  return query === '' ? '/hosts' : `/hosts?${query}`
}

/** Address of a host's page, now or as it was. */
export const hostHref = (id: string, at: string | null = null): string =>
  at === null ? `/hosts/${id}` : `/hosts/${id}?at=${encodeURIComponent(at)}`
