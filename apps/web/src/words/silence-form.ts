import type { createSilence } from '@graftwatch/contract'
import { silenceKinds } from '@graftwatch/contract/alert-vocabulary'
import type { Refusal } from '../api/refusal.ts'
import { readAt } from '../components/time-cursor/at.ts'

export type CreateSilence = (typeof createSilence)['_output']

/** How long a silence lasts: seconds, and how people say it; empty for an end of one's own. */
export const silenceLives = [
  ['3600', '1 hour'],
  ['14400', '4 hours'],
  ['28800', '8 hours'],
  ['86400', '1 day'],
  ['259200', '3 days'],
  ['604800', '7 days'],
  ['', 'until a time'],
] as const

/** The request that the form of a new silence asks for, or what of it cannot be. `now` in milliseconds. */
export function readSilenceForm(
  form: FormData,
  now: number,
): { request: CreateSilence } | { refusal: Refusal } {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const [startsAt, endAsked] = [readAt(text('startsAt')), readAt(text('endsAt'))]
  const lives = Number(text('lives'))
  const from = startsAt === null ? now : Date.parse(startsAt)
  const endsAt = text('lives') === '' ? endAsked : new Date(from + lives * 1000).toISOString()
  const refusal: Record<string, string> = {}
  if (text('reason') === '') refusal.reason = 'Say why, for whoever misses a message.'
  if (endsAt === null) refusal.endsAt = 'Say when it ends.'
  else if (Date.parse(endsAt) <= Math.max(from, now)) refusal.endsAt = 'It would have ended before it begins.'
  if (endsAt === null || Object.keys(refusal).length > 0) return { refusal }
  return {
    request: {
      kind: silenceKinds.find((each) => each === text('kind')) ?? 'silence',
      selector: text('selector'),
      ruleId: text('ruleId') || null,
      alertId: null,
      reason: text('reason'),
      startsAt,
      endsAt,
    },
  }
}
