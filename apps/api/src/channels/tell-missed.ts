import type { AlertSeverity } from '@graftwatch/contract'
import type pg from 'pg'
import sql from 'sql-template-tag'
import { messageOf, readAlertRows } from '../alerting/alert-rows.ts'
import { matchesLabels, parseSelector } from '../fleet/label-selector.ts'
import type { Outbox } from './outbox.ts'
import { insertDeliveries, mayHaveArrived } from './tell.ts'

/** What is told in one transaction, which has 10 s; what is left goes with the next. */
const missedMost = 500

interface Behind {
  id: string
  severities: AlertSeverity[]
  selector: string
}

/** A channel that may not know of all that fires. Who writes it waits meanwhile, so that no wish to catch up is lost. */
const behind = `
  select id::text, severities, selector from channel where enabled and catch_up
  order by id limit 1 for update skip locked`

/** Alerts that fire and were told to somebody, of which this channel heard nothing, or not that they are as loud as now. */
const unheard = `
  select a.id::text, a.labels from alert a join channel c on c.id = $1::bigint
  where a.status = 'firing' and a.told_at is not null and a.hosts > 0 and not a.demo and a.severity = any(c.severities)
    and (a.silenced_until is null or a.silenced_until <= graftwatch_now())
    and not exists (select from delivery d where d.alert_id = a.id and d.channel_id = c.id and d.id > c.heard_from
      and d.status <> 'dead' and d.message #>> '{alert,severity}' = a.severity)
  order by array_position(array['page', 'ticket', 'show'], a.severity), a.firing_at, a.id`

/** Alerts that ended while the channel was off, of which the last it heard was that they fire. */
const unended = `
  select a.id::text from channel c join alert a on a.status = 'resolved' and a.resolved_at >= c.off_since
  cross join lateral (
    select d.kind from delivery d where d.alert_id = a.id and d.channel_id = c.id and d.id > c.heard_from and ${mayHaveArrived}
    order by d.id desc limit 1) as l
  where c.id = $1::bigint and c.send_resolved and l.kind in ('firing', 'updated') order by a.id limit ${missedMost}`

/**
 * Tells one channel what it would know had it always been as it is now: what fires, and what ended while it was off, so that no incident
 * stays open. In the transaction of whoever judges, after what this one tells, so that nothing is told twice. What was given up counts as
 * not told, except that its end is told where it may have arrived. Resolves to whether there is more to tell.
 */
export async function tellMissed(
  { outbox, baseUrl }: { outbox: Pick<Outbox, 'wake'>; baseUrl: string },
  client: pg.PoolClient,
): Promise<boolean> {
  const { rows: channels } = await client.query<Behind>({ name: 'channel-behind', text: behind })
  const [channel] = channels
  if (!channel) return false
  const requirements = parseSelector(channel.selector)
  const { rows: firing } = await client.query<{ id: string; labels: Record<string, string> }>(unheard, [
    channel.id,
  ])
  const routed = firing.filter(({ labels }) => matchesLabels(requirements, labels)).map(({ id }) => id)
  // Pages before ends, which wake nobody.
  const first = routed.slice(0, missedMost)
  const { rows: over } =
    first.length === missedMost ? { rows: [] } : await client.query<{ id: string }>(unended, [channel.id])
  const ends = over.map(({ id }) => id).slice(0, missedMost - first.length)
  const ids = [...first, ...ends]
  const isAll = ids.length < missedMost
  if (isAll)
    await client.query('update channel set catch_up = false, off_since = null where id = $1::bigint', [
      channel.id,
    ])
  const rows = await readAlertRows(client, sql`a.id = any(${ids}::bigint[])`, sql`a.id`, ids.length)
  const isOver = new Set(ends)
  await insertDeliveries(
    outbox,
    client,
    rows.map((row) => {
      const kind = isOver.has(row.id) ? ('resolved' as const) : ('firing' as const)
      return {
        channelId: channel.id,
        alertId: row.id,
        kind,
        message: messageOf(row, kind, baseUrl),
        dueAt: null,
      }
    }),
  )
  return true
}

/** Has all channels that are on looked at by {@link tellMissed}. In the caller's transaction. */
export async function haveAllCatchUp(client: pg.ClientBase): Promise<void> {
  await client.query('update channel set catch_up = true where enabled and not catch_up')
}
