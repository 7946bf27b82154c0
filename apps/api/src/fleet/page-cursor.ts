import type * as z from 'zod'
import { ProblemError } from '../http/problem.ts'

/** The place a page ended at, as text for a URL; opaque to clients. */
export const cursorOf = (place: readonly unknown[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url')

/** The place a cursor names, null without one. Throws INVALID_INPUT for one that this list did not give out. */
export function placeOf<Place>(cursor: string | undefined, schema: z.ZodType<Place>): Place | null {
  if (cursor === undefined) return null
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch (cause) {
    throw new ProblemError('INVALID_INPUT', {
      detail: 'querystring/cursor: is not one that this server gave out.',
      remedy: 'Start again without cursor.',
      fields: [{ field: '/cursor', message: 'is not valid' }],
      cause,
    })
  }
}
