import { ProblemError } from '../http/problem.ts'

/** Where the next page begins, opaque to whoever asks. */
export const encodeCursor = (place: string): string => Buffer.from(place).toString('base64url')

/** The place a cursor names, or null without one. Throws INVALID_INPUT for one that does not fit `pattern`. */
export function decodeCursor(cursor: string | undefined, pattern: RegExp): string | null {
  if (cursor === undefined) return null
  const place = Buffer.from(cursor, 'base64url').toString('utf8')
  if (pattern.test(place)) return place
  throw new ProblemError('INVALID_INPUT', {
    detail: 'querystring/cursor: is not one that this server gave out.',
    remedy: 'Start again without cursor.',
    fields: [{ field: '/cursor', message: 'is not valid' }],
  })
}

/** Of rows with ids: newest first, from the cursor on, one more than the page holds. */
export function newestFirst(query: { cursor?: string | undefined; limit: number }) {
  const before = decodeCursor(query.cursor, /^[1-9]\d{0,17}$/)
  return {
    where: before === null ? {} : { id: { lt: BigInt(before) } },
    orderBy: { id: 'desc' },
    take: query.limit + 1,
  } as const
}

/** The page that was asked for, out of rows of which there may be one more; `placeOf` a row is where the page after it begins. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => string,
  itemOf: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(itemOf),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(placeOf(last)) : null,
  }
}
