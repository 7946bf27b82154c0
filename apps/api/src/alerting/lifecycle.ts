import type { AlertNoteKind, DeliveryKind } from '@graftwatch/contract'
import type pg from 'pg'
import sql, { empty, join, type Sql } from 'sql-template-tag'
import { haveAllCatchUp } from '../channels/tell-missed.ts'
import { selectorCondition } from '../fleet/label-selector.ts'
import { gapSeconds } from '../sweep/silence.ts'

/** What became of an alert, and what is to be told of it. */
export interface Telling {
  id: string
  kind: DeliveryKind
  dueAt: Date | null
}

/** Whoever moves alerts on holds it, as an advisory lock; any number, as long as no other job of ours takes it. */
export const alertsLock = 7_245_018_840

/** After a time in which nobody could receive, hosts get this long to say what is so now, before old news fires. */
const graceSeconds = 120
/** What is moved on and told in one transaction, which has 10 s; what is left goes with the next, oldest first. */
const movedMost = 500
/** A growing alert is told again when it has doubled, or after this long. */
const growthSeconds = 300

/**
 * Moves alerts on: pending ones that are due fire, firing ones that hold nowhere are resolved, pending ones that hold nowhere go.
 * Returns what there is to tell, whether anything became of any alert, and whether more may be ready than goes into one transaction.
 * In the caller's, after the members were counted. `touched`: alerts whose hosts changed; null when silences came or went, so that all
 * are asked if they are quiet.
 */
export async function advance(
  client: pg.PoolClient,
  touched: readonly string[] | null,
): Promise<{ tellings: Telling[]; moved: boolean; hasMore: boolean }> {
  const { rows: fired } = await client.query<{ id: string; hosts: number }>({
    name: 'alert-fire',
    text: `
      with ready as (
        select a.id from alert a join alert_rule r on r.id = a.rule_id, (
          -- A tick that is late means a gap that the next one will note: the process that would have ticked has only just begun again.
          select coalesce(max(case when at < graftwatch_now() - interval '${gapSeconds} s' then graftwatch_now() else receiving_from end),
            '-infinity') as "from" from ingest_tick where id = 1) as t
        where a.status = 'pending' and a.due_at <= graftwatch_now()
          and (a.drill_ends_at is not null or r.enabled and exists (
            -- One host that is due, and that spoke since there was somebody to hear it, or has had the time to.
            select from alert_host m left join host_seen s on s.host_id = m.host_id
            where m.alert_id = a.id and m.left_at is null and m.due_at <= graftwatch_now() and (not m.silent or a.condition = 'silent')
              and (a.demo or s.last_seen_at > t."from" or graftwatch_now() >= t."from" + interval '${graceSeconds} s')))
        order by a.due_at, a.id limit ${movedMost}
      )
      update alert a set status = 'firing', firing_at = graftwatch_now() from ready where a.id = ready.id returning a.id::text, a.hosts`,
  })
  const { rows: resolved } = await client.query<{ id: string; hosts: number; wasTold: boolean }>({
    name: 'alert-resolve',
    text: `
      with ready as (
        -- Columns keep whole milliseconds, rounded; an instant of this transaction must not lie after it.
        select a.id from alert a join alert_rule r on r.id = a.rule_id, (select graftwatch_now() + interval '1 ms' as now) as t
        where a.status = 'firing' and case when a.drill_ends_at is not null then a.drill_ends_at <= t.now
          else a.hosts = 0 and a.empty_at <= t.now - make_interval(secs => r.keep_firing_seconds) end
        order by a.id limit ${movedMost}
      )
      update alert a set status = 'resolved', resolved_at = graftwatch_now(), silenced_until = null
      from ready where a.id = ready.id returning a.id::text, a.hosts_most as hosts, a.told_hosts is not null as "wasTold"`,
  })
  await client.query({
    name: 'alert-drop',
    text: `delete from alert where status = 'pending' and hosts = 0 and drill_ends_at is null`,
  })
  await note(client, fired, 'fired')
  await note(client, resolved, 'resolved')
  const quieted = await applySilences(client, touched && [...touched, ...fired.map(({ id }) => id)])
  const { rows: told } = await client.query<{
    id: string
    hosts: number
    isNew: boolean
    dueAt: Date | null
  }>({
    name: 'alert-tell',
    text: `
      with counted as (
        select a.id, count(m.host_id)::int as due,
          bool_or((not m.silent or a.condition = 'silent') and greatest(m.due_at, m.joined_at) > a.told_at) as news
        from alert a left join alert_host m on m.alert_id = a.id and m.left_at is null and m.due_at <= graftwatch_now()
        where a.status = 'firing' and (a.told_at is null or a.news_at > a.told_at) group by a.id
      ), ready as (
        select a.id, n.due from alert a join counted n using (id)
        where (a.silenced_until is null or a.silenced_until <= graftwatch_now())
          -- One that is over and waits for its end is not told as something that fires.
          and (n.due > 0 or a.drill_ends_at is not null)
          and (a.told_at is null or n.news
            and (n.due >= 2 * a.told_hosts or a.told_at <= graftwatch_now() - interval '${growthSeconds} s'))
        order by a.told_at nulls first, a.due_at, a.id limit ${movedMost}
      )
      update alert a set told_at = graftwatch_now(), told_hosts = ready.due from ready where a.id = ready.id
      returning a.id::text, a.hosts, old.told_at is null as "isNew",
        case when old.told_at is null then greatest(a.due_at, old.silenced_until) end as "dueAt"`,
  })
  await note(
    client,
    told.filter(({ isNew }) => !isNew),
    'grew',
  )
  const tellings = [
    ...told.map(({ id, isNew, dueAt }): Telling => ({ id, kind: isNew ? 'firing' : 'updated', dueAt })),
    ...resolved
      .filter(({ wasTold }) => wasTold)
      .map(({ id }): Telling => ({ id, kind: 'resolved', dueAt: null })),
  ]
  return {
    tellings,
    moved: fired.length + resolved.length + told.length + quieted > 0,
    hasMore: [fired, resolved, told].some(({ length }) => length === movedMost),
  }
}

async function note(
  client: pg.PoolClient,
  alerts: readonly { id: string; hosts: number }[],
  kind: AlertNoteKind,
): Promise<void> {
  if (alerts.length === 0) return
  await client.query({
    name: 'alert-note',
    text: `insert into alert_note (alert_id, at, kind, hosts)
           select (u ->> 'id')::bigint, graftwatch_now(), $2, (u ->> 'hosts')::int from jsonb_array_elements($1::jsonb) as u`,
    values: [JSON.stringify(alerts), kind],
  })
}

interface ActiveSilence {
  selector: string
  ruleId: string | null
  fingerprint: string | null
  endsAt: Date
}

/**
 * Until when firing alerts are quiet: as long as every one of their hosts is named by a silence that runs. `ids`: null for all.
 * Channels made meanwhile
 * hear of what is quiet no longer. Returns how many that changed. Whoever calls it holds {@link alertsLock}, or its updates could wait for another's in a circle.
 */
export async function applySilences(client: pg.PoolClient, ids: readonly string[] | null): Promise<number> {
  const { rows: silences } = await client.query<ActiveSilence>({
    name: 'silences-active',
    // An alert is named by what it is known by, so that a silence holds for its successors too.
    text: `select selector, rule_id::text as "ruleId", fingerprint, ends_at as "endsAt" from silence
           where starts_at <= graftwatch_now() and ends_at > graftwatch_now() order by id`,
  })
  if (silences.length === 0) {
    const { rows } = await client.query<{ heard: boolean }>(
      `update alert set silenced_until = null where status = 'firing' and silenced_until is not null
       returning told_at is not null as heard`,
    )
    if (rows.some(({ heard }) => heard)) await haveAllCatchUp(client)
    return rows.length
  }
  const covering = silences.map(
    ({ selector, ruleId, fingerprint, endsAt }): Sql => sql`
      select ${endsAt}::timestamptz as ends_at
      where (${ruleId}::bigint is null or a.rule_id = ${ruleId}::bigint) and (${fingerprint}::text is null or a.fingerprint = ${fingerprint}::text)
        and ${selector === '' ? sql`true` : sql`coalesce(${selectorCondition(selector, sql`m.labels`)}, false)`}`,
  )
  const { rows } = await client.query<{ heard: boolean }>(sql`
    with quiet as (
      select a.id, case when bool_and(c.ends_at is not null) then min(c.ends_at) end as until
      from alert a
      left join lateral (select h.labels from alert_host mm join host h on h.id = mm.host_id
        where mm.alert_id = a.id and mm.left_at is null) as m on true
      left join lateral (select max(ends_at) as ends_at from (${join(covering, ' union all ')}) as s) as c on true
      where a.status = 'firing' and (a.hosts > 0 or a.drill_ends_at is not null) ${ids === null ? empty : sql`and a.id = any(${ids}::bigint[])`} group by a.id
    )
    update alert a set silenced_until = q.until from quiet q
    where q.id = a.id and a.silenced_until is distinct from q.until
    returning a.silenced_until is null and a.told_at is not null as heard`)
  if (rows.some(({ heard }) => heard)) await haveAllCatchUp(client)
  return rows.length
}
