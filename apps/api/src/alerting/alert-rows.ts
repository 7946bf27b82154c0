import type {
  AlertCondition,
  AlertMessage,
  AlertSeverity,
  AlertStatus,
  AlertSummary,
} from '@graftwatch/contract'
import type pg from 'pg'
import sql, { type Sql } from 'sql-template-tag'
import type { Evidence } from './conditions.ts'
import { actNow, firstStep, type Told, textOf } from './texts.ts'

export interface AlertRow {
  id: string
  ruleId: string
  ruleName: string
  summary: string
  description: string
  runbookUrl: string | null
  groupBy: string[]
  fingerprint: string
  condition: AlertCondition
  severity: AlertSeverity
  status: AlertStatus
  labels: Record<string, string>
  since: Date
  dueAt: Date | null
  firingAt: Date | null
  resolvedAt: Date | null
  hosts: number
  silentHosts: number
  hostsMost: number
  evidence: Evidence
  acknowledgedAt: Date | null
  acknowledgedBy: string | null
  acknowledgedNote: string | null
  silencedUntil: Date | null
  isDrill: boolean
  demo: boolean
  examples: AlertSummary['examples'] | null
}

/** Alerts with their rules and the hosts that have had them longest; `which` is a condition on alert `a`. */
export async function readAlertRows(
  db: Pick<pg.Pool, 'query'>,
  which: Sql,
  order: Sql = sql`a.id`,
  limit = 500,
): Promise<AlertRow[]> {
  const { rows } = await db.query<AlertRow>(sql`
    select a.id::text, r.id::text as "ruleId", r.name as "ruleName", r.summary, r.description, r.runbook_url as "runbookUrl", r.group_by as "groupBy",
      a.fingerprint, a.condition, a.severity, a.status, a.labels, a.since, a.due_at as "dueAt", a.firing_at as "firingAt", a.resolved_at as "resolvedAt",
      a.hosts, a.silent_hosts as "silentHosts", a.hosts_most as "hostsMost", a.evidence, a.acknowledged_at as "acknowledgedAt",
      a.acknowledged_by as "acknowledgedBy", a.acknowledged_note as "acknowledgedNote", a.silenced_until as "silencedUntil",
      a.drill_ends_at is not null as "isDrill", a.demo, e.examples
    from alert a join alert_rule r on r.id = a.rule_id
    left join lateral (
      select jsonb_agg(jsonb_build_object('id', m.id::text, 'hostname', m.hostname, 'state', m.state, 'since', m.since) order by m.since, m.id)
        as examples
      from (select h.id, h.hostname, h.state, m.since from alert_host m join host h on h.id = m.host_id
        where m.alert_id = a.id and (m.left_at is null or a.status = 'resolved') order by m.left_at is not null, m.since, m.host_id limit 3) as m
    ) as e on true
    where ${which} order by ${order} limit ${limit}`)
  return rows
}

/** What an alert's texts are made from. Of one that is over, the most hosts there were. */
export const toldOf = (row: AlertRow): Told => ({
  name: row.ruleName,
  condition: row.condition,
  severity: row.severity,
  hosts: shownHosts(row),
  silentHosts: row.silentHosts,
  since: row.since.toISOString(),
  labels: row.labels,
  groupBy: row.groupBy,
  evidence: row.evidence,
  drill: row.isDrill,
})

const shownHosts = ({ status, hosts, hostsMost }: AlertRow): number =>
  status === 'resolved' ? hostsMost : hosts

/** How long it held is told as of now, of one that is over as of its end. */
const spokenAt = ({ resolvedAt }: AlertRow): number => resolvedAt?.getTime() ?? Date.now()

export function summaryOf(row: AlertRow): AlertSummary {
  const told = toldOf(row)
  const { signature } = row.evidence
  return {
    id: row.id,
    rule: { id: row.ruleId, name: row.ruleName },
    condition: row.condition,
    severity: row.severity,
    status: row.status,
    summary: textOf(row.summary, told, spokenAt(row)),
    labels: row.labels,
    since: row.since.toISOString(),
    dueAt: row.status === 'pending' ? (row.dueAt?.toISOString() ?? null) : null,
    firingAt: row.firingAt?.toISOString() ?? null,
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
    hosts: shownHosts(row),
    silentHosts: row.silentHosts,
    examples: (row.examples ?? []).map((example) => ({
      ...example,
      since: new Date(example.since).toISOString(),
    })),
    acknowledged:
      row.acknowledgedAt === null
        ? null
        : { by: row.acknowledgedBy ?? '', at: row.acknowledgedAt.toISOString(), note: row.acknowledgedNote },
    silencedUntil: row.silencedUntil?.toISOString() ?? null,
    actNow: actNow(told),
    firstStep: firstStep(told),
    signature: signature && {
      id: signature.id,
      function: signature.function,
      kind: signature.kind,
      comm: signature.comm,
      unit: signature.unit,
      direction: signature.direction,
    },
    drill: row.isDrill,
    demo: row.demo,
  }
}

export const descriptionOf = (row: AlertRow): string => textOf(row.description, toldOf(row), spokenAt(row))

/** What channels are told of an alert. `baseUrl`: of the dashboard, without a slash at the end. */
export function messageOf(row: AlertRow, kind: AlertMessage['kind'], baseUrl: string): AlertMessage {
  const url = `${baseUrl}/alerts/${row.id}`
  const { signature } = row.evidence
  return {
    version: 1,
    kind,
    at: new Date().toISOString(),
    alert: {
      ...summaryOf(row),
      fingerprint: row.fingerprint,
      description: descriptionOf(row),
      runbookUrl: row.runbookUrl,
      url,
      hostsUrl:
        signature && row.condition === 'stuck' && !row.isDrill
          ? `${baseUrl}/hosts?cause=${signature.id}`
          : url,
      hostsMost: row.hostsMost,
    },
  }
}
