import type pg from 'pg'

/** A host under an alert that is not over. */
export interface OpenMember {
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

/** A host that is to be under an alert, and that alert should it not be there yet. */
export interface WantedMember {
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

export const keyOf = (fingerprint: string, hostId: number) => `${fingerprint} ${hostId}`

export const joinKind = (hostId: number, severity: string) => `${hostId} ${severity}`

/** How many alerts of each severity a host came under in the last hour: noise of one does not keep another from being told. */
export async function readJoins(client: pg.PoolClient, ids: readonly number[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: number; severity: string; joins: number }>({
    name: 'alert-joins',
    text: `select m.host_id::int as id, a.severity, count(*)::int as joins from alert_host m join alert a on a.id = m.alert_id
           where m.host_id = any($1::bigint[]) and m.joined_at > graftwatch_now() - interval '1 hour' group by 1, 2`,
    values: [ids],
  })
  return new Map(rows.map(({ id, severity, joins }) => [joinKind(id, severity), joins]))
}

/** Of these hosts, by {@link keyOf}. */
export async function readOpenMembers(
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

export async function leave(client: pg.PoolClient, members: readonly OpenMember[]): Promise<void> {
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
export async function join(client: pg.PoolClient, rows: readonly WantedMember[]): Promise<string[]> {
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
