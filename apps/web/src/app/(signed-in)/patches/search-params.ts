import { first, type SearchParams } from '../../search-params.ts'

/** The view of the patches; the URL is its only home. */
export type PatchesView = { q: string; cursor: string | null }

export const readPatchesView = (params: SearchParams): PatchesView => ({
  q: first(params.q).slice(0, 128),
  cursor: first(params.cursor).slice(0, 512) || null,
})

/** The same as query parameters, for a link or for the API. */
export function patchesQuery({ q, cursor }: PatchesView): URLSearchParams {
  const query = new URLSearchParams()
  if (q !== '') query.set('q', q)
  if (cursor !== null) query.set('cursor', cursor)
  return query
}

export function patchesHref(view: PatchesView): string {
  const query = patchesQuery(view)
  return query.size === 0 ? '/patches' : `/patches?${query}`
}
