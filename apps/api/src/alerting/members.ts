import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type AlertSeverity, alertSeverities } from '@graftwatch/contract'
import type pg from 'pg'
import { matchesLabels } from '../fleet/label-selector.ts'
import {
  conditionsOf,
  type Evidence,
  eventCondition,
  type HeldCondition,
  type JudgedHost,
} from './conditions.ts'
import { baselineOf, eventHours, readBaselines, readWindows, type Window } from './expected.ts'
import { type Marked, readJudgedHosts } from './judged-hosts.ts'
import { type ActiveRule, type Membership, membershipsOf } from './rules.ts'

interface OpenMember {
  alertId: string
  hostId: number
  ruleId: number
  condition: string
  fingerprint: string
  since: Date
  dueAt: Date | null
  endsAt: Date | null
  silent: boolean
  baseline: boolean
  evidence: unknown
  severity: string
  labels: Record<string, string>
  isFiring: boolean
}

interface Row {
  fingerprint: string
  rule_id: number
  condition: string
  severity: string
  reason: string
  labels: Record<string, string>
  demo: boolean
  host_id: number
  since: string
  due_at: string | null
  ends_at: string | null
  silent: boolean
  baseline: boolean
  evidence: unknown
}

type Held = HeldCondition & { endsAt?: string }

/** How long after its boot a host may take to load what it runs. */
const bootingMs = 3_600_000

/** A host tells as much as it likes; more alerts than these are noise, and of new ones no more in an hour. */
const membershipsMost = 20
export const joinsAnHour = 30

export const fingerprintOf = (parts: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)

/**
 * Judges these hosts and writes under which alerts they are now, in the caller's transaction. Returns the ids of alerts whose members
 * changed. A host that is out of the fleet is under none. What an event began ends by its own time.
 */
export async function judge(
  client: pg.PoolClient,
  marked: Marked,
  rules: readonly ActiveRule[],
  now: Date,
): Promise<string[]> {
  const ids = [...marked.keys()]
  const hosts = await readJudgedHosts(client, marked)
  const events = await readEvents(client, marked, rules)
  const open = await readOpenMembers(client, ids)
  const [windows, baselines] = [await readWindows(client), await readBaselines(client, ids)]
  const wanted = new Map<string, Row>()
  const stays = new Set<string>()
  for (const host of hosts) {
    const happened: Held[] = (events.get(host.id) ?? []).flatMap((event) => eventCondition(host, event) ?? [])
    const held: Held[] = [...conditionsOf(host), ...happened]
    const expected = windows.filter(({ requirements }) => matchesLabels(requirements, host.labels))
    const rows = membershipsOf(host, held, rules, fingerprintOf)
      .map((membership) => rowOf(membership, open, { host, expected, baselines, now }))
      .map((row) => sameStall(row, open))
      .filter((row) => row.ends_at === null || row.ends_at > now.toISOString())
    for (const row of bounded(rows, open, host.id)) wanted.set(keyOf(row.fingerprint, host.id), row)
    for (const [key, member] of open)
      if (member.hostId === host.id && isStill(member, host, rules, now)) stays.add(key)
  }
  const left = [...open].filter(([key, { since }]) => {
    const row = wanted.get(key)
    return row ? row.since !== since.toISOString() : !stays.has(key)
  })
  const joins = await readJoins(client, ids)
  const changed = [...wanted].flatMap(([key, row]) => {
    const member = open.get(key)
    if (!differs(row, member)) return []
    const isNew = member === undefined
    const kind = joinKind(row.host_id, row.severity)
    const done = joins.get(kind) ?? 0
    if (isNew && done >= joinsAnHour) return []
    if (isNew) joins.set(kind, done + 1)
    return [row]
  })
  await leave(
    client,
    left.map(([, member]) => member),
  )
  const joined = await join(client, changed)
  return [...new Set([...left.map(([, { alertId }]) => alertId), ...joined])]
}

const keyOf = (fingerprint: string, hostId: number) => `${fingerprint} ${hostId}`

/**
 * What an event began holds until its own end, as long as its rule is asked; a patch taken off, until it is on again. That packages
 * cannot be asked now takes back nothing of a patch that is still on, and a reboot nothing of what held before anybody looked: the
 * patch may be loaded again in a minute.
 */
function isStill(
  { endsAt, ruleId, condition, evidence, baseline }: OpenMember,
  { truth, unpackaged }: JudgedHost,
  rules: readonly ActiveRule[],
  now: Date,
): boolean {
  if (!rules.some(({ id }) => id === ruleId)) return false
  const { patch } = evidence as Evidence
  const isOn = truth?.patches.some(({ name, applied }) => applied && name === patch) === true
  if (condition === 'unknown-patch' || condition === 'other-build') {
    const isBooting = now.getTime() - Date.parse(truth?.bootedAt ?? '') < bootingMs
    if (baseline && isBooting && truth?.patches.every(({ applied }) => !applied)) return true
    return condition === 'unknown-patch' && unpackaged === null && isOn
  }
  if (endsAt === null || endsAt <= now) return false
  return condition !== 'patch-off' || !isOn
}

/** Those it has first, so that a host that tells ever more keeps the alerts it is under; then the worst. */
function bounded(rows: Row[], open: ReadonlyMap<string, OpenMember>, hostId: number): Row[] {
  const place = (row: Row) =>
    (open.has(keyOf(row.fingerprint, hostId)) ? 0 : 10) +
    alertSeverities.indexOf(row.severity as AlertSeverity)
  return rows.toSorted((a, b) => place(a) - place(b)).slice(0, membershipsMost)
}

interface Known {
  /** Maintenance windows that name the host. */
  expected: readonly Window[]
  /** See {@link readBaselines}. */
  baselines: ReadonlySet<string>
}

function rowOf(
  membership: Membership,
  open: ReadonlyMap<string, OpenMember>,
  { host, expected, baselines, now }: Known & { host: JudgedHost; now: Date },
): Row {
  const { rule, condition, hostId, demo, labels, seconds, baselineFingerprint } = membership
  const { endsAt } = condition as Held
  const began = condition.since === null ? now : new Date(condition.since)
  // Before anybody looked, or as announced: that stays so, however often the host is judged again, and under whichever labels.
  const baseline =
    condition.baseline ||
    (rule.condition === 'patch-off' && expected.some(({ from, to }) => began >= from && began < to)) ||
    (endsAt === undefined && baselines.has(baselineOf(hostId, rule.id, rule.condition, condition.reason)))
  const fingerprint = baseline ? baselineFingerprint : membership.fingerprint
  const member = open.get(keyOf(fingerprint, hostId))
  // Another event of the same, or another gap in what could be heard, is no news of a host that is under this alert already.
  const isSame = condition.since === null || endsAt !== undefined || rule.condition === 'silent'
  const said = isSame && member ? member.since.getTime() : Date.parse(condition.since ?? now.toISOString())
  // Hosts name their own times, and may name any.
  const since = Math.max(0, Math.min(Number.isNaN(said) ? now.getTime() : said, now.getTime()))
  return {
    fingerprint,
    rule_id: rule.id,
    condition: rule.condition,
    severity: rule.severity,
    reason: condition.reason,
    labels,
    demo,
    host_id: hostId,
    since: new Date(since).toISOString(),
    due_at: baseline ? null : new Date(since + seconds * 1000).toISOString(),
    ends_at: endsAt ?? null,
    silent: host.state === 'silent',
    baseline,
    evidence: JSON.parse(JSON.stringify(condition.evidence)),
  }
}

/**
 * A stall that was told of stays under its alert when another task is seen to hold it, or the first one: as long as nothing moved, it is
 * the same story, and nobody is told it twice.
 */
function sameStall(row: Row, open: ReadonlyMap<string, OpenMember>): Row {
  if (row.condition !== 'stuck' || row.baseline || open.has(keyOf(row.fingerprint, row.host_id))) return row
  const groupOf = ({ severity: _, ...group }: Record<string, string>) => group
  const told = [...open.values()].find(
    (member) =>
      member.isFiring &&
      member.hostId === row.host_id &&
      member.ruleId === row.rule_id &&
      member.condition === row.condition &&
      member.since.toISOString() === row.since &&
      isDeepStrictEqual(groupOf(member.labels), groupOf(row.labels)),
  )
  return told ? { ...row, fingerprint: told.fingerprint } : row
}

function differs(row: Row, member: OpenMember | undefined): boolean {
  if (!member || row.since !== member.since.toISOString()) return true
  return !isDeepStrictEqual(
    [row.due_at, row.ends_at, row.silent, row.severity, row.labels, row.evidence],
    [
      member.dueAt?.toISOString() ?? null,
      member.endsAt?.toISOString() ?? null,
      member.silent,
      member.severity,
      member.labels,
      member.evidence,
    ],
  )
}

const joinKind = (hostId: number, severity: string) => `${hostId} ${severity}`

/** How many alerts of each severity a host came under in the last hour: noise of one does not keep another from being told. */
async function readJoins(client: pg.PoolClient, ids: readonly number[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: number; severity: string; joins: number }>({
    name: 'alert-joins',
    text: `select m.host_id::int as id, a.severity, count(*)::int as joins from alert_host m join alert a on a.id = m.alert_id
           where m.host_id = any($1::bigint[]) and m.joined_at > graftwatch_now() - interval '1 hour' group by 1, 2`,
    values: [ids],
  })
  return new Map(rows.map(({ id, severity, joins }) => [joinKind(id, severity), joins]))
}

async function readOpenMembers(
  client: pg.PoolClient,
  ids: readonly number[],
): Promise<Map<string, OpenMember>> {
  const { rows } = await client.query<OpenMember>({
    name: 'alert-open-members',
    text: `
      select m.alert_id::text as "alertId", m.host_id::int as "hostId", a.rule_id::int as "ruleId", a.condition, a.fingerprint, m.since,
        m.due_at as "dueAt", m.ends_at as "endsAt", m.silent, m.baseline, m.evidence, a.severity, a.labels,
        a.status = 'firing' as "isFiring"
      from alert_host m join alert a on a.id = m.alert_id
      where m.host_id = any($1::bigint[]) and m.left_at is null and a.status <> 'resolved'`,
    values: [ids],
  })
  return new Map(rows.map((row) => [keyOf(row.fingerprint, row.hostId), row]))
}

/** Events that no later reading shows, of hosts that such an event marked. */
async function readEvents(client: pg.PoolClient, marked: Marked, rules: readonly ActiveRule[]) {
  const kinds = [
    ...(rules.some(({ condition }) => condition === 'crash') ? ['oops', 'lockup'] : []),
    ...(rules.some(({ condition }) => condition === 'data-dropped') ? ['reports-dropped'] : []),
    ...(rules.some(({ condition }) => condition === 'patch-off') ? ['patch-disabled', 'patch-removed'] : []),
  ]
  const ids = [...marked].filter(([, said]) => kinds.some((kind) => said.has(kind))).map(([id]) => id)
  const found = new Map<number, { kind: string; at: string; patch: string | null; detail: string | null }[]>()
  if (ids.length === 0) return found
  const { rows } = await client.query<{
    hostId: number
    kind: string
    at: Date
    patch: string | null
    detail: string | null
  }>(
    `select host_id::int as "hostId", kind, occurred_at as at, data ->> 'patch' as patch, data ->> 'detail' as detail
     from event where host_id = any($1::bigint[]) and kind = any($2) and recorded_at > graftwatch_now() - interval '${eventHours} hours'
     order by id`,
    [ids, kinds],
  )
  for (const { hostId, at, ...event } of rows)
    found.set(hostId, [...(found.get(hostId) ?? []), { ...event, at: at.toISOString() }])
  return found
}

async function leave(client: pg.PoolClient, members: readonly OpenMember[]): Promise<void> {
  if (members.length === 0) return
  await client.query({
    name: 'alert-leave',
    text: `
      update alert_host m set left_at = graftwatch_now()
      from jsonb_to_recordset($1::jsonb) as u (alert bigint, host bigint, since timestamptz)
      where m.alert_id = u.alert and m.host_id = u.host and m.since = u.since and m.left_at is null`,
    values: [
      JSON.stringify(members.map(({ alertId, hostId, since }) => ({ alert: alertId, host: hostId, since }))),
    ],
  })
}

/** Makes the alerts that are missing and puts the hosts under them. Returns their ids. */
async function join(client: pg.PoolClient, rows: readonly Row[]): Promise<string[]> {
  if (rows.length === 0) return []
  const alerts = [...new Map(rows.map((row) => [row.fingerprint, row])).values()]
  const { rows: made } = await client.query<{ id: string; fingerprint: string }>({
    name: 'alert-upsert',
    text: `
      insert into alert as a (rule_id, fingerprint, condition, severity, reason, labels, since, demo)
      select rule_id, fingerprint, condition, severity, reason, labels, since, demo
      from jsonb_to_recordset($1::jsonb) as u (rule_id bigint, fingerprint text, condition text, severity text, reason text,
        labels jsonb, since timestamptz, demo boolean) order by fingerprint
      on conflict (fingerprint) where status <> 'resolved' do update set severity = excluded.severity, labels = excluded.labels,
        -- Louder than before is news to whoever it goes to now.
        told_at = case when a.severity = excluded.severity then a.told_at end
      returning id::text, fingerprint`,
    values: [JSON.stringify(alerts)],
  })
  const idOf = new Map(made.map(({ id, fingerprint }) => [fingerprint, id]))
  await client.query({
    name: 'alert-join',
    text: `
      insert into alert_host (alert_id, host_id, since, due_at, ends_at, silent, baseline, evidence)
      select alert_id, host_id, since, due_at, ends_at, silent, baseline, evidence
      from jsonb_to_recordset($1::jsonb) as u (alert_id bigint, host_id bigint, since timestamptz, due_at timestamptz,
        ends_at timestamptz, silent boolean, baseline boolean, evidence jsonb) order by 1, 2, 3
      on conflict (alert_id, host_id, since) do update set due_at = excluded.due_at, ends_at = excluded.ends_at,
        silent = excluded.silent, baseline = excluded.baseline, evidence = excluded.evidence, left_at = null,
        joined_at = case when alert_host.left_at is null then alert_host.joined_at else excluded.joined_at end`,
    values: [JSON.stringify(rows.map((row) => ({ ...row, alert_id: idOf.get(row.fingerprint) })))],
  })
  return made.map(({ id }) => id)
}

/** Ends what counted only for a time. Returns the alerts it was under. */
export async function endExpired(client: pg.PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>({
    name: 'alert-expire',
    text: `update alert_host set left_at = graftwatch_now() where left_at is null and ends_at <= graftwatch_now()
           returning alert_id::text as id`,
  })
  return [...new Set(rows.map(({ id }) => id))]
}

/** Counts the members of these alerts anew; what is told of an alert is of the host that has had it longest. */
export async function recount(client: pg.PoolClient, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await client.query({
    name: 'alert-recount',
    text: `
      update alert a set hosts = c.hosts, silent_hosts = c.silent, hosts_most = greatest(a.hosts_most, c.hosts),
        since = coalesce(c.since, a.since), due_at = c.due_at, news_at = c.news_at, evidence = coalesce(first.evidence, a.evidence),
        empty_at = case when c.hosts > 0 then null else coalesce(a.empty_at, graftwatch_now()) end
      from (
        select u.id, count(m.host_id)::int as hosts, (count(*) filter (where m.silent))::int as silent, min(m.since) as since,
          min(m.due_at) as due_at, max(greatest(m.due_at, m.joined_at)) filter (where m.due_at is not null) as news_at
        from unnest($1::bigint[]) as u (id) left join alert_host m on m.alert_id = u.id and m.left_at is null group by u.id
      ) as c
      left join lateral (select evidence from alert_host
        where alert_id = c.id and left_at is null order by since, host_id limit 1) as first on true
      where a.id = c.id and a.drill_ends_at is null`,
    values: [ids],
  })
}
