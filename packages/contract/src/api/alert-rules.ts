import * as z from 'zod'
import { alertConditions, alertSeverities } from '../alert-vocabulary.ts'
import { count, instant, labelKey, name, text } from '../fields.ts'

const id = z.string().regex(/^[1-9]\d{0,17}$/, { message: 'must be the id of a rule' })
export const ruleParams = z.strictObject({ id })

/**
 * What to look for, on which hosts, and how to tell. `selector`: Kubernetes label selector; empty for all hosts. `forSeconds`: how long
 * it must have held on one host, counted for `stuck` from its last progress; `forWithoutSignalsSeconds` instead on kernels that do not
 * wake sleepers by themselves; `changesModules`: only hosts on which the moving patch changes modules of the kernel, which can be left
 * half-registered; only for `stuck`. `keepFiringSeconds`: how long it must be gone everywhere before the alert resolves. `groupBy`: label
 * keys; hosts with the same cause and the same values of these are one alert. `summary` and `description`: Liquid templates, see
 * docs/alerting.md for what they can name.
 */
export const ruleFields = {
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, {
    message: 'must be letters, digits, _ and -, at most 63, a letter first',
  }),
  condition: z.enum(alertConditions),
  enabled: z.boolean().default(true),
  selector: text(2000).default(''),
  severity: z.enum(alertSeverities),
  forSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400),
  forWithoutSignalsSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .nullable()
    .default(null),
  changesModules: z.boolean().default(false),
  keepFiringSeconds: z.int().min(0).max(86_400).default(60),
  groupBy: z.array(labelKey).max(4).default([]),
  summary: name(500),
  description: text(4000).default(''),
  runbookUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .nullable()
    .default(null),
}

export const writeRule = z.strictObject(ruleFields).meta({ id: 'WriteRule' })
export type WriteRule = z.infer<typeof writeRule>

/** `builtin`: one of those that are there from the start; it can be changed and switched off, not removed. */
export const rule = z
  .strictObject({
    id,
    ...ruleFields,
    builtin: z.boolean(),
    /** Alerts of it that fire now. */
    firing: count,
    updatedAt: instant,
    updatedBy: z.string().nullable(),
  })
  .meta({ id: 'Rule' })
export type Rule = z.infer<typeof rule>

/** All rules there are, at most 200: worst severity first, then by name. */
export const rulesPage = z.strictObject({ items: z.array(rule), now: instant }).meta({ id: 'RulesPage' })
export type RulesPage = z.infer<typeof rulesPage>

/** What a rule would have done over the last `days`, had it been there. */
export const dryRunRule = z
  .strictObject({ rule: writeRule, days: z.int().min(1).max(90).default(7) })
  .meta({ id: 'DryRunRule' })
export type DryRunRule = z.infer<typeof dryRunRule>

/**
 * Alerts it would have raised, newest first, at most 100 of `total`. `exact` false: more hosts matched than are looked at, so the
 * numbers are lower bounds. `hostsNow`: hosts the selector names today. `preview`: the texts for the newest of them, or for an
 * example host where there was none.
 */
export const ruleDryRun = z
  .strictObject({
    items: z.array(
      z.strictObject({
        firingAt: instant,
        resolvedAt: instant.nullable(),
        hosts: count,
        examples: z.array(z.string()),
        group: z.string(),
      }),
    ),
    total: count,
    exact: z.boolean(),
    hostsNow: count,
    preview: z.strictObject({ summary: z.string(), description: z.string(), isExample: z.boolean() }),
    from: instant,
    now: instant,
  })
  .meta({ id: 'RuleDryRun' })
export type RuleDryRun = z.infer<typeof ruleDryRun>
