import * as z from 'zod'
import { cursorOf, placeOf } from '../fleet/page-cursor.ts'

const idPlace = z.tuple([z.string().regex(/^[1-9]\d{0,17}$/)])

/** Of rows with ids: newest first, from the cursor on, one more than the page holds. Throws INVALID_INPUT. */
export function newestFirst(query: { cursor?: string | undefined; limit: number }) {
  const place = placeOf(query.cursor, idPlace)
  return {
    where: place === null ? {} : { id: { lt: BigInt(place[0]) } },
    orderBy: { id: 'desc' },
    take: query.limit + 1,
  } as const
}

/** The page that was asked for, out of rows of which there may be one more; the page after it begins where `endOf` its last row says. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  endOf: (row: Row) => string,
  itemOf: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(itemOf),
    nextCursor: rows.length > limit && last !== undefined ? cursorOf([endOf(last)]) : null,
  }
}
