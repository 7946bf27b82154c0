import {
  type AlertCondition,
  type DryRunRule,
  hostFlags,
  type RuleDryRun,
  type WriteRule,
} from '@graftwatch/contract'
import type pg from 'pg'
import sql, { type Sql } from 'sql-template-tag'
import { selectorCondition } from '../fleet/label-selector.ts'
import { readAlertRows, toldOf } from './alert-rows.ts'
import { labelsOf } from './judged-hosts.ts'
import { exampleTold, type Told, textOf } from './texts.ts'

const shownMost = 100
/** Spans of hosts that are looked at; more, and the answer is a lower bound. */
const spansMost = 50_000
const examplesShown = 3

const flag = (name: (typeof hostFlags)[number]): Sql =>
  sql`p.flags & ${1 << hostFlags.indexOf(name)}::int <> 0`
const was = (state: string): Sql =>
  sql`(p.state = ${state} or p.state = 'silent' and p.last_state = ${state})`

/** When a condition held, as a row of period p shows it; null for what only events or readings show. */
const heldIn: Record<AlertCondition, Sql | null> = {
  stuck: was('stuck'),
  failed: sql`(${was('failed')} or ${flag('retrying')})`,
  'patch-off': sql`${was('unpatched')} and p.reason in ('disabled', 'removed')`,
  'not-loaded': sql`${was('unpatched')} and p.reason in ('justBooted', 'notLoaded', 'clientOff')`,
  forced: flag('forced'),
  disagree: flag('disagree'),
  silent: sql`p.state = 'silent'`,
  'sight-lost': sql`(${flag('blind')} or p.state = 'unknown' and p.reason in ('noSysfs', 'sourceFailed', 'contradiction'))`,
  'would-regress': flag('wouldRegress'),
  'unknown-patch': null,
  'other-build': null,
  crash: null,
  'data-dropped': null,
}

/** A time in which the condition held on one host, from when it counts. */
interface Span {
  hostId: string
  hostname: string
  labels: string[]
  since: Date
  until: Date | null
  /** The fewest seconds after which this kernel counts as stuck; null where that is not what is asked. */
  stuckAfter: number | null
  reason: string | null
}

/**
 * What a rule would have done, had it been there: from the periods that are kept of every host, with the labels it had then. What no
 * period shows is taken from the alerts there were of that condition. Reads only; bounded by 50,000 spans.
 */
export async function dryRun(db: Pick<pg.Pool, 'query'>, { rule, days }: DryRunRule): Promise<RuleDryRun> {
  const now = new Date()
  const from = new Date(now.getTime() - days * 86_400_000)
  const held = heldIn[rule.condition]
  const spans = held ? await readPeriods(db, rule, held, from) : await readAlerted(db, rule, from)
  const alerts = alertsOf(spans, rule, from, now)
  const { rows } = await db.query<{ n: number }>(sql`
    select count(*)::int as n from (select from host
      where retired_at is null and flags & 4096 = 0 and ${selectorCondition(rule.selector, sql`labels`)} limit 100000) as h`)
  return {
    items: alerts.slice(0, shownMost),
    total: alerts.length,
    exact: spans.length < spansMost,
    hostsNow: rows[0]?.n ?? 0,
    preview: await preview(db, rule),
    from: from.toISOString(),
    now: now.toISOString(),
  }
}

async function readPeriods(
  db: Pick<pg.Pool, 'query'>,
  rule: WriteRule,
  held: Sql,
  from: Date,
): Promise<Span[]> {
  const isHeld = sql`(${held}) and ${selectorCondition(rule.selector, sql`p.labels`)} and p.retired_at is null and not p.demo
    and p.flags & 4096 = 0 and not p.since_before`
  const byTask = rule.condition === 'stuck' || rule.condition === 'failed'
  const { rows } = await db.query<Span>(sql`
    with hosts as (
      select distinct host_id from period p where ${isHeld} limit ${spansMost}
    ), marked as (
      select p.host_id, p.hostname, p.labels, p.state_since, p.occurred_at, (${isHeld}) as held,
        lead(p.occurred_at) over (partition by p.host_id order by p.occurred_at, p.id) as until,
        lag(${isHeld}) over (partition by p.host_id order by p.occurred_at, p.id) as before
      from period p join hosts using (host_id)
    ), spans as (
      select host_id, min(occurred_at) as since, case when bool_or(until is null) then null else max(until) end as until,
        (array_agg(hostname order by occurred_at))[1] as hostname, (array_agg(to_jsonb(labels) order by occurred_at))[1] as labels
      from (select *, count(*) filter (where not coalesce(before, false)) over (partition by host_id order by occurred_at) as span
        from marked where held) as m
      group by host_id, span
    )
    select s.host_id::text as "hostId", s.hostname, coalesce(s.labels, '[]') as labels, s.since, s.until,
      a.stuck_after_seconds as "stuckAfter", coalesce('signature ' || b.signature_id, p.name) as reason
    from spans s
    left join lateral (select number, patch_id, stuck_after_seconds from attempt
      where ${byTask} and host_id = s.host_id and started_at <= s.since order by number desc limit 1) as a on true
    left join patch p on p.id = a.patch_id
    left join lateral (select signature_id from blocker
      where host_id = s.host_id and number = a.number order by first_seen_at, signature_id limit 1) as b on true
    where (s.until is null or s.until > ${from}::timestamptz)
      and (not ${rule.changesModules} or jsonb_path_exists(p.detail, '$.objects[*] ? (@.name != "vmlinux")'))
    order by s.since desc limit ${spansMost}`)
  return rows
}

/** Of conditions that periods do not show: where they held while some rule looked for them. */
async function readAlerted(db: Pick<pg.Pool, 'query'>, rule: WriteRule, from: Date): Promise<Span[]> {
  const { rows } = await db.query<Span>(sql`
    select distinct on (m.host_id, m.since, a.reason) m.host_id::text as "hostId", h.hostname, to_jsonb(h.labels) as labels, m.since,
      m.left_at as until, null::int as "stuckAfter", a.reason
    from alert_host m join alert a on a.id = m.alert_id join host h on h.id = m.host_id
    where a.condition = ${rule.condition} and not m.baseline and not h.demo and (m.left_at is null or m.left_at > ${from}::timestamptz)
      and ${selectorCondition(rule.selector, sql`h.labels`)} limit ${spansMost}`)
  return rows
}

/** Folds spans of hosts into alerts as the evaluator would have. */
function alertsOf(spans: readonly Span[], rule: WriteRule, from: Date, now: Date): RuleDryRun['items'] {
  interface Would {
    firingAt: number
    /** When it held nowhere any more; null while it still holds. */
    until: number | null
    hosts: Map<string, string>
    group: string
  }
  const done: Would[] = []
  const open = new Map<string, Would>()
  const due = spans
    .map((span) => ({ span, at: dueAt(span, rule) }))
    .filter(({ span, at }) => at <= now.getTime() && (span.until === null || at < span.until.getTime()))
    .toSorted((a, b) => a.at - b.at)
  for (const { span, at } of due) {
    const labels = labelsOf(span.labels)
    const group = rule.groupBy
      .flatMap((key) => (labels[key] === undefined ? [] : [`${key}=${labels[key]}`]))
      .join(', ')
    const key = JSON.stringify([group, span.reason])
    const until = span.until?.getTime() ?? null
    const running = open.get(key)
    if (running && (running.until === null || at <= running.until + rule.keepFiringSeconds * 1000)) {
      running.hosts.set(span.hostId, span.hostname)
      running.until = running.until === null || until === null ? null : Math.max(running.until, until)
      continue
    }
    const would = { firingAt: at, until, hosts: new Map([[span.hostId, span.hostname]]), group }
    open.set(key, would)
    done.push(would)
  }
  return done
    .filter(({ until }) => until === null || until + rule.keepFiringSeconds * 1000 >= from.getTime())
    .toSorted((a, b) => b.firingAt - a.firingAt)
    .map(({ firingAt, until, hosts, group }) => ({
      firingAt: new Date(firingAt).toISOString(),
      resolvedAt: until === null ? null : new Date(until + rule.keepFiringSeconds * 1000).toISOString(),
      hosts: hosts.size,
      examples: [...hosts.values()].slice(0, examplesShown),
      group,
    }))
}

/** A kernel that waits ten minutes before it counts as stuck is one that does not wake sleepers by itself. */
const withoutSignalsSeconds = 600

function dueAt({ since, stuckAfter }: Span, rule: WriteRule): number {
  const start = since.getTime()
  if (rule.condition !== 'stuck' || stuckAfter === null) return start + rule.forSeconds * 1000
  const seconds =
    stuckAfter >= withoutSignalsSeconds && rule.forWithoutSignalsSeconds !== null
      ? rule.forWithoutSignalsSeconds
      : rule.forSeconds
  // A period begins when its threshold has passed; the rule counts from the last progress.
  return start + Math.max(0, seconds - stuckAfter) * 1000
}

/** The texts as they would be for the newest alert of this condition, or for an example. */
async function preview(db: Pick<pg.Pool, 'query'>, rule: WriteRule): Promise<RuleDryRun['preview']> {
  const [row] = await readAlertRows(db, sql`a.condition = ${rule.condition}`, sql`a.id desc`, 1)
  const told: Told = row ? toldOf(row) : exampleTold
  const named = {
    ...told,
    name: rule.name,
    condition: rule.condition,
    severity: rule.severity,
    groupBy: rule.groupBy,
  }
  return {
    summary: textOf(rule.summary, named),
    description: textOf(rule.description, named),
    isExample: row === undefined,
  }
}
