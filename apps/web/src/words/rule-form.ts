import { alertConditions, alertSeverities } from '@graftwatch/contract/alert-vocabulary'
import type { Refusal } from '../api/refusal.ts'
import type { Rule, WriteRule } from '../api/types.ts'
import { parseSpan } from './span.ts'

/** What a new rule begins with. */
export const newRule: WriteRule = {
  name: '',
  condition: 'stuck',
  enabled: true,
  selector: '',
  severity: 'ticket',
  forSeconds: 900,
  forWithoutSignalsSeconds: 1800,
  changesModules: false,
  keepFiringSeconds: 60,
  groupBy: [],
  summary: '',
  description: '',
  runbookUrl: null,
}

/** What can be written of a rule that was read. */
export function writableRule({
  id: _id,
  builtin: _builtin,
  firing: _firing,
  updatedAt: _updatedAt,
  updatedBy: _updatedBy,
  ...rule
}: Rule): WriteRule {
  return rule
}

const noSpan = 'Write a span such as 15m, 1h30m, 2d or 0.'

/** The rule that the form asks for, or what of it cannot be read. The server judges the rest, and knows the places in texts. */
export function readRuleForm(form: FormData): { rule: WriteRule } | { refusal: Refusal } {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const condition = alertConditions.find((each) => each === text('condition'))
  const severity = alertSeverities.find((each) => each === text('severity'))
  const [held, keep] = [parseSpan(text('forSeconds')), parseSpan(text('keepFiringSeconds'))]
  const slow =
    text('forWithoutSignalsSeconds') === '' ? undefined : parseSpan(text('forWithoutSignalsSeconds'))
  const refusal: Record<string, string> = {}
  if (text('name') === '') refusal.name = 'Give it a name, such as stuck-payments.'
  if (held === null) refusal.forSeconds = noSpan
  if (slow === null) refusal.forWithoutSignalsSeconds = `${noSpan} Or leave it empty.`
  if (keep === null) refusal.keepFiringSeconds = noSpan
  if (text('summary') === '')
    refusal.summary = 'Say in one line what is wrong: it is what a page begins with.'
  if (
    held === null ||
    slow === null ||
    keep === null ||
    condition === undefined ||
    severity === undefined ||
    Object.keys(refusal).length > 0
  )
    return { refusal }
  return {
    rule: {
      name: text('name'),
      condition,
      enabled: form.get('enabled') !== null,
      selector: text('selector'),
      severity,
      forSeconds: held,
      forWithoutSignalsSeconds: slow ?? null,
      changesModules: form.get('changesModules') !== null,
      keepFiringSeconds: keep,
      groupBy: text('groupBy')
        .split(/[\s,]+/)
        .filter(Boolean),
      summary: text('summary'),
      description: text('description'),
      runbookUrl: text('runbookUrl') || null,
    },
  }
}
