import { readAt } from '../../../components/time-cursor/at.ts'
import { first, type SearchParams } from '../../search-params.ts'

/** The view of the causes; the URL is its only home. `at`: the instant asked about, null for now. `all`: without a limit on rows. */
export type CausesView = { at: string | null; all: boolean }

/** Reads the view from the URL; what is no instant is left out. */
export function readCausesView(params: SearchParams): CausesView {
  return { at: readAt(first(params.at)), all: first(params.all) !== '' }
}

/** As the API takes it. */
export const causesQuery = ({ at }: CausesView): string =>
  at === null ? '' : new URLSearchParams({ asOf: at }).toString()

export function causesHref({ at, all }: CausesView): string {
  const query = new URLSearchParams()
  if (at !== null) query.set('at', at)
  if (all) query.set('all', '1')
  return query.size === 0 ? '/blockers' : `/blockers?${query}`
}
