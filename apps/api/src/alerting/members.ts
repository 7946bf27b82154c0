import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type pg from 'pg'
import { conditionsOf, eventCondition, type HeldCondition } from './conditions.ts'
import { type Marked, readJudgedHosts } from './judged-hosts.ts'
import { type ActiveRule, type Membership, membershipsOf } from './rules.ts'

interface OpenMember {
  alertId: string
  hostId: number
  ruleId: number
  fingerprint: string
  since: Date
  dueAt: Date | null
  endsAt: Date | null
  silent: boolean
  baseline: boolean
  evidence: unknown
  severity: string
  labels: unknown
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
  const wanted = new Map<string, Row>()
  const stays = new Set<string>()
  for (const host of hosts) {
    const happened: Held[] = (events.get(host.id) ?? []).flatMap((event) => eventCondition(host, event) ?? [])
    const held: Held[] = [...conditionsOf(host), ...happened]
    for (const membership of membershipsOf(host, held, rules, fingerprintOf)) {
      const key = keyOf(membership.fingerprint, host.id)
      const row = rowOf(membership, open.get(key), host.state === 'silent', now)
      if (row.ends_at === null || row.ends_at > now.toISOString()) wanted.set(key, row)
    }
    for (const [key, member] of open)
      if (member.hostId === host.id && member.endsAt !== null && rules.some(({ id }) => id === member.ruleId))
        stays.add(key)
  }
  const left = [...open].filter(([key, { since, endsAt }]) => {
    const row = wanted.get(key)
    return row ? row.since !== since.toISOString() : !(stays.has(key) && endsAt !== null && endsAt > now)
  })
  const changed = [...wanted].filter(([key, row]) => differs(row, open.get(key))).map(([, row]) => row)
  await leave(
    client,
    left.map(([, member]) => member),
  )
  const joined = await join(client, changed)
  return [...new Set([...left.map(([, { alertId }]) => alertId), ...joined])]
}

const keyOf = (fingerprint: string, hostId: number) => `${fingerprint} ${hostId}`

function rowOf(membership: Membership, member: OpenMember | undefined, silent: boolean, now: Date): Row {
  const { rule, condition, hostId, demo, labels, fingerprint, dueAt } = membership
  const since = condition.since ?? (member?.since ?? now).toISOString()
  return {
    fingerprint,
    rule_id: rule.id,
    condition: rule.condition,
    severity: rule.severity,
    reason: condition.reason,
    labels,
    demo,
    host_id: hostId,
    since,
    due_at: dueAt(since),
    ends_at: (condition as Held).endsAt ?? null,
    silent,
    // Before anybody looked stays so, however often the host is judged again.
    baseline: condition.baseline || (member?.baseline ?? false),
    evidence: JSON.parse(JSON.stringify(condition.evidence)),
  }
}

function differs(row: Row, member: OpenMember | undefined): boolean {
  if (!member || row.since !== member.since.toISOString()) return true
  if (member.baseline && row.due_at !== null) row.due_at = null
  return !isDeepStrictEqual(
    [row.due_at, row.silent, row.severity, row.labels, row.evidence],
    [member.dueAt?.toISOString() ?? null, member.silent, member.severity, member.labels, member.evidence],
  )
}

async function readOpenMembers(
  client: pg.PoolClient,
  ids: readonly number[],
): Promise<Map<string, OpenMember>> {
  const { rows } = await client.query<OpenMember>({
    name: 'alert-open-members',
    text: `
      select m.alert_id::text as "alertId", m.host_id::int as "hostId", a.rule_id::int as "ruleId", a.fingerprint, m.since,
        m.due_at as "dueAt", m.ends_at as "endsAt", m.silent, m.baseline, m.evidence, a.severity, a.labels
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
  ]
  const ids = [...marked].filter(([, said]) => kinds.some((kind) => said.has(kind))).map(([id]) => id)
  const found = new Map<number, { kind: string; at: string; detail: string | null }[]>()
  if (ids.length === 0) return found
  const { rows } = await client.query<{ hostId: number; kind: string; at: Date; detail: string | null }>(
    `select host_id::int as "hostId", kind, occurred_at as at, data ->> 'detail' as detail
     from event where host_id = any($1::bigint[]) and kind = any($2) and recorded_at > graftwatch_now() - interval '1 hour'
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
      insert into alert (rule_id, fingerprint, condition, severity, reason, labels, since, demo)
      select rule_id, fingerprint, condition, severity, reason, labels, since, demo
      from jsonb_to_recordset($1::jsonb) as u (rule_id bigint, fingerprint text, condition text, severity text, reason text,
        labels jsonb, since timestamptz, demo boolean) order by fingerprint
      on conflict (fingerprint) where status <> 'resolved' do update set severity = excluded.severity, labels = excluded.labels
      returning id::text, fingerprint`,
    values: [JSON.stringify(alerts)],
  })
  const idOf = new Map(made.map(({ id, fingerprint }) => [fingerprint, id]))
  await client.query({
    name: 'alert-join',
    text: `
      insert into alert_host (alert_id, host_id, since, due_at, ends_at, silent, baseline, evidence)
      select alert_id, host_id, since, case when baseline then null else due_at end, ends_at, silent, baseline, evidence
      from jsonb_to_recordset($1::jsonb) as u (alert_id bigint, host_id bigint, since timestamptz, due_at timestamptz,
        ends_at timestamptz, silent boolean, baseline boolean, evidence jsonb) order by 1, 2, 3
      on conflict (alert_id, host_id, since) do update set due_at = excluded.due_at, ends_at = excluded.ends_at,
        silent = excluded.silent, baseline = excluded.baseline, evidence = excluded.evidence, left_at = null`,
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
        since = coalesce(c.since, a.since), due_at = c.due_at, evidence = coalesce(first.evidence, a.evidence),
        empty_at = case when c.hosts > 0 then null else coalesce(a.empty_at, graftwatch_now()) end
      from (
        select u.id, count(m.host_id)::int as hosts, (count(*) filter (where m.silent))::int as silent, min(m.since) as since,
          min(m.due_at) as due_at
        from unnest($1::bigint[]) as u (id) left join alert_host m on m.alert_id = u.id and m.left_at is null group by u.id
      ) as c
      left join lateral (select evidence from alert_host
        where alert_id = c.id and left_at is null order by since, host_id limit 1) as first on true
      where a.id = c.id and a.drill_ends_at is null`,
    values: [ids],
  })
}
