import type { WriteRule } from '@graftwatch/contract'
import sql from 'sql-template-tag'
import { selectorCondition } from '../fleet/label-selector.ts'
import { ProblemError } from '../http/problem.ts'
import { templateTrouble } from './texts.ts'

/** Refuses a rule whose selector or templates cannot be used, with the place. Throws INVALID_INPUT. */
export function checkRule({
  condition,
  changesModules,
  selector,
  groupBy,
  summary,
  description,
}: WriteRule): void {
  if (changesModules && condition !== 'stuck')
    throw new ProblemError('INVALID_INPUT', {
      detail: `changesModules: is about transitions, and ${condition} is not.`,
      remedy: 'Set it to false, or make the condition stuck.',
      fields: [{ field: '/changesModules', message: 'is only for the condition stuck' }],
    })
  selectorCondition(selector, sql`labels`)
  for (const [field, template] of [
    ['summary', summary],
    ['description', description],
  ] as const) {
    const trouble = templateTrouble(template, groupBy)
    if (!trouble) continue
    const message = `line ${trouble.line}, character ${trouble.column}: ${trouble.message}`
    throw new ProblemError('INVALID_INPUT', {
      detail: `${field}, ${message}.`,
      remedy: 'docs/alerting.md lists what a template can name, such as {{ hosts_text }} and {{ patch }}.',
      fields: [{ field: `/${field}`, message }],
    })
  }
}
