import type { AlertSeverity } from '@graftwatch/contract'
import type pg from 'pg'
import sql from 'sql-template-tag'
import { messageOf, readAlertRows } from '../alerting/alert-rows.ts'
import { matchesLabels, parseSelector } from '../fleet/label-selector.ts'
import type { Outbox } from './outbox.ts'
import { insertDeliveries } from './tell.ts'

/** What one transaction can write in its time; the loudest and oldest. */
const missedMost = 500

/** Alerts that fire and were told to somebody, of which this channel heard nothing. */
const unheard = `
  select a.id::text, a.labels from alert a
  where a.status = 'firing' and a.told_at is not null and not a.demo and a.severity = any($2::text[])
    and (a.silenced_until is null or a.silenced_until <= graftwatch_now())
    and not exists (select from delivery d where d.alert_id = a.id and d.channel_id = $1::bigint and d.status <> 'dead')
  order by array_position(array['page', 'ticket', 'show'], a.severity), a.firing_at, a.id`

/** Alerts that are over, of which the last this channel heard was that they fire. */
const unended = `
  select a.id::text from (
    select distinct on (d.alert_id) d.alert_id, d.kind from delivery d
    where d.channel_id = $1::bigint and d.alert_id is not null and d.status <> 'dead' order by d.alert_id, d.id desc) as l
  join alert a on a.id = l.alert_id
  where l.kind in ('firing', 'updated') and a.status = 'resolved' order by a.id desc limit ${missedMost}`

/**
 * Tells a channel what it would know had it always been as it is now: what fires, and with `ends` what ended while it was off, so that no
 * incident stays open. In the caller's transaction, which holds the lock of alerts from before the channel was written: what fires
 * from then on finds the channel there. Nothing is told twice; what was given up while it was off counts as not told.
 */
export async function tellMissed(
  { outbox, baseUrl }: { outbox: Pick<Outbox, 'wake'>; baseUrl: string },
  client: pg.PoolClient,
  channel: { id: string; severities: readonly AlertSeverity[]; selector: string; ends: boolean },
): Promise<void> {
  const requirements = parseSelector(channel.selector)
  const { rows: firing } = await client.query<{ id: string; labels: Record<string, string> }>(unheard, [
    channel.id,
    channel.severities,
  ])
  const { rows: over } = channel.ends
    ? await client.query<{ id: string }>(unended, [channel.id])
    : { rows: [] }
  const kinds = new Map(
    [
      ...over.map(({ id }) => [id, 'resolved'] as const),
      ...firing
        .filter(({ labels }) => matchesLabels(requirements, labels))
        .map(({ id }) => [id, 'firing'] as const),
    ].slice(0, missedMost),
  )
  if (kinds.size === 0) return
  const ids = [...kinds.keys()]
  const rows = await readAlertRows(client, sql`a.id = any(${ids}::bigint[])`, sql`a.id`, ids.length)
  await insertDeliveries(
    outbox,
    client,
    rows.map((row) => ({
      channelId: channel.id,
      alertId: row.id,
      kind: kinds.get(row.id) ?? 'firing',
      message: messageOf(row, kinds.get(row.id) ?? 'firing', baseUrl),
      dueAt: null,
    })),
  )
}
