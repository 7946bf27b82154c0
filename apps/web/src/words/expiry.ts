import { duration, secondsSince, utcInstant } from './duration.ts'

/** When something ends: `in 23 h 4 min`, from two days on the instant itself. Null when it has ended. */
export function expiryText(at: string, now: number): string | null {
  const left = -secondsSince(at, now)
  if (left <= 0) return null
  return left < 2 * 86_400 ? `in ${duration(left)}` : utcInstant(at, now)
}
