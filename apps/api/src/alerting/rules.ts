import type { AlertCondition, AlertSeverity } from '@graftwatch/contract'
import type pg from 'pg'
import { matchesLabels, parseSelector, type Requirement } from '../fleet/label-selector.ts'
import type { HeldCondition, JudgedHost } from './conditions.ts'

/** A rule that is switched on, ready to judge by. */
export interface ActiveRule {
  id: number
  name: string
  condition: AlertCondition
  severity: AlertSeverity
  requirements: Requirement[]
  forSeconds: number
  forWithoutSignalsSeconds: number | null
  changesModules: boolean
  groupBy: string[]
}

/** Selectors of stored rules were parsed when they were written; one that no longer parses names no host. */
export async function readActiveRules(client: Pick<pg.PoolClient, 'query'>): Promise<ActiveRule[]> {
  const { rows } = await client.query<Omit<ActiveRule, 'requirements'> & { selector: string }>(
    `select id::int, name, condition, severity, selector, for_seconds as "forSeconds",
       for_without_signals_seconds as "forWithoutSignalsSeconds", changes_modules as "changesModules", group_by as "groupBy"
     from alert_rule where enabled order by id`,
  )
  return rows.map(({ selector, ...row }) => ({ ...row, requirements: parseSelector(selector) }))
}

/** A host under an alert, as the rules have it now. */
export interface Membership {
  rule: ActiveRule
  hostId: number
  demo: boolean
  condition: HeldCondition
  labels: Record<string, string>
  /** Names rule, condition, reason and group; what alerts are known by outside as well. */
  fingerprint: string
  /** Of the alert that hosts are under on which it held before anybody looked. */
  baselineFingerprint: string
  /** How long it must have held to count. */
  seconds: number
}

/** Under which alerts these conditions put the host. */
export function membershipsOf(
  host: JudgedHost,
  conditions: readonly HeldCondition[],
  rules: readonly ActiveRule[],
  fingerprintOf: (parts: unknown[]) => string,
): Membership[] {
  return conditions.flatMap((condition) =>
    rules
      .filter(
        (rule) =>
          rule.condition === condition.condition &&
          matchesLabels(rule.requirements, host.labels) &&
          (!rule.changesModules || host.movingModules.length > 0),
      )
      .map((rule) => {
        const group = rule.groupBy.flatMap((key) => {
          const value = host.labels[key]
          return value === undefined ? [] : [[key, value] as const]
        })
        const seconds =
          condition.evidence.signalsByItself === false && rule.forWithoutSignalsSeconds !== null
            ? rule.forWithoutSignalsSeconds
            : rule.forSeconds
        return {
          rule,
          hostId: host.id,
          demo: host.demo,
          condition,
          labels: {
            ...Object.fromEntries(group),
            alertname: rule.name,
            severity: rule.severity,
            condition: rule.condition,
          },
          fingerprint: fingerprintOf([rule.id, rule.condition, condition.reason, group, host.demo]),
          baselineFingerprint: fingerprintOf([
            rule.id,
            rule.condition,
            condition.reason,
            group,
            host.demo,
            'baseline',
          ]),
          seconds,
        }
      }),
  )
}
