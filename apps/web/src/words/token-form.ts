import type { Refusal } from '../api/refusal.ts'
import type { CreateEnrollmentToken } from '../api/types.ts'
import { parseLabels } from './labels-text.ts'

/** How long a token can be made to work: hours, and how people say it. */
export const tokenLives = [
  ['1', '1 hour'],
  ['24', '1 day'],
  ['168', '7 days'],
  ['720', '30 days'],
] as const

/** The request that the form of a new token asks for, or what of it cannot be. */
export function readTokenForm(form: FormData): { request: CreateEnrollmentToken } | { refusal: Refusal } {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const uses = text('maxUses')
  const parsed = parseLabels(text('labels'))
  const refusal: Record<string, string> = {}
  if (text('label') === '') refusal.label = 'Give it a name, such as rack 4.'
  if ('problem' in parsed) refusal.labels = parsed.problem
  if (uses !== '' && !/^[1-9]\d{0,6}$/.test(uses))
    refusal.maxUses = 'Enter a number from 1 to 1000000, or nothing.'
  if ('problem' in parsed || Object.keys(refusal).length > 0) return { refusal }
  return {
    request: {
      label: text('label'),
      labels: parsed.labels,
      maxUses: uses === '' ? null : Number(uses),
      expiresInHours: Number(text('expiresInHours')),
    },
  }
}
