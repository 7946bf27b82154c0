import { first, type SearchParams } from '../../../search-params.ts'

/** The query of one page of a list of the settings: from the cursor in the address on. */
export function sectionPage(params: SearchParams): { cursor: string | null; query: string } {
  const cursor = first(params.cursor).slice(0, 512) || null
  return {
    cursor,
    query: new URLSearchParams({ limit: '100', ...(cursor !== null && { cursor }) }).toString(),
  }
}

export const nextHref = (path: string, cursor: string | null): string | null =>
  cursor === null ? null : `${path}?${new URLSearchParams({ cursor })}`
