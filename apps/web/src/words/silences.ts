import type { SilenceKind } from '@graftwatch/contract/alert-vocabulary'
import type { Silence } from '../api/types.ts'
import { expiryText } from './expiry.ts'

export const silenceKindWords: Record<SilenceKind, { word: string; means: string }> = {
  silence: { word: 'Silence', means: 'nothing is sent; somebody looks after it' },
  maintenance: { word: 'Maintenance window', means: 'planned; patches may go off in it, too' },
}

/** What is kept quiet now, and until when, beginning with a number. `now` in milliseconds. */
export function silencesSentence(silences: readonly Silence[], now: number): string {
  const active = silences.filter(({ state }) => state === 'active')
  const planned = silences.filter(({ state }) => state === 'planned').length
  const be = planned === 1 ? 'is' : 'are'
  if (active.length === 0) return `Nothing is silenced.${planned === 0 ? '' : ` ${planned} ${be} planned.`}`
  const rest = planned === 0 ? '' : ` ${planned} more ${be} planned.`
  const [first = ''] = active.map(({ endsAt }) => endsAt).toSorted()
  const ends = expiryText(first, now) ?? 'now'
  const lead =
    active.length === 1 ? '1 silence is active; it' : `${active.length} silences are active; the first`
  return `${lead} ends ${/^(in|now)/.test(ends) ? ends : `on ${ends}`}.${rest}`
}
