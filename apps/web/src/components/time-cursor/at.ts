import { first, type SearchParams } from '../../app/search-params.ts'
import { visibleText } from '../../words/visible-text.ts'

/** An instant looked at, and until when facts had to be known to count; null for up to now. */
export type Past = { at: string; knownAt: string | null }

/**
 * The instant in an address, as the API takes it: null where it is none. What a field for date and time sends has no zone and is
 * meant in UTC, as it is shown.
 */
export function readAt(text: string): string | null {
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`
  const at = text === '' ? Number.NaN : Date.parse(zoned)
  if (Number.isNaN(at)) return null
  const iso = new Date(at).toISOString()
  return iso >= '1970' && iso.length === 24 ? iso : null
}

/** The pages that can say what was true at an instant. */
export const answersThePast = (path: string): boolean =>
  path === '/' || path === '/hosts' || path === '/blockers' || isHost(path)

/** A host's page has steps of its own, from change to change. */
export const isHost = (path: string): boolean => /^\/hosts\/\d+$/.test(path)

/** What an address asks of the past and its page does not answer, as a sentence; null where it is answered, or nothing is asked. */
export function unanswered(path: string, asked: string): string | null {
  if (asked === '') return null
  if (!answersThePast(path)) return 'This page knows only what is true now.'
  if (readAt(asked) !== null) return null
  return `“${visibleText(asked.slice(0, 60))}” is no instant, so this is what is true now. An instant reads 2026-11-17T03:10:00Z.`
}

/** The past an address asks for, as `at` (or `asOf`, as the API calls it) and `knownAt`; null for now. */
export function readPast(params: SearchParams): Past | null {
  const at = readAt(first(params.at) || first(params.asOf))
  return at === null ? null : { at, knownAt: readAt(first(params.knownAt)) }
}

/** The same as the API takes it; empty for now. */
export function pastQuery(past: Past | null): string {
  if (past === null) return ''
  return new URLSearchParams({
    asOf: past.at,
    ...(past.knownAt === null ? {} : { knownAt: past.knownAt }),
  }).toString()
}

/** History takes a quarter of a minute to settle; what is nearer is now. */
const settledMs = 16_000

/** The instant `ms` from another, in milliseconds; null once that is now. */
export function stepped(at: string | null, ms: number, now: number): string | null {
  const then = (at === null ? now : Date.parse(at)) + ms
  return then > now - settledMs ? null : new Date(then).toISOString()
}
