import { type Past, readPast } from '../../../components/time-cursor/at.ts'
import { first, type SearchParams } from '../../search-params.ts'

/** The view of the causes; the URL is its only home. `all`: without a limit on rows. */
export type CausesView = { past: Past | null; all: boolean }

export const readCausesView = (params: SearchParams): CausesView => ({
  past: readPast(params),
  all: first(params.all) !== '',
})

export function causesHref({ past, all }: CausesView): string {
  const query = new URLSearchParams()
  if (past !== null) query.set('at', past.at)
  if (past?.knownAt != null) query.set('knownAt', past.knownAt)
  if (all) query.set('all', '1')
  return query.size === 0 ? '/blockers' : `/blockers?${query}`
}
