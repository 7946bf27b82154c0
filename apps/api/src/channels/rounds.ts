import type { AlertMessage } from '@graftwatch/contract'
import type pg from 'pg'
import { type ChannelRow, channelColumns } from './channel-row.ts'
import type { Outgoing } from './outgoing.ts'

/** Alertmanager forgets what it is not told again; its own clients tell it about once a minute. */
export const roundSeconds = 60
const batchMax = 200

type Send = (row: ChannelRow, outgoing: readonly [Outgoing, ...Outgoing[]]) => Promise<boolean>

interface Row {
  id: string
  alertId: string
  message: AlertMessage
}

async function readLast(
  db: Pick<pg.Pool, 'query'>,
  channelId: string,
  kinds: readonly AlertMessage['kind'][],
  alerts: { status: string; ids: readonly string[] | null },
): Promise<Row[]> {
  const { rows } = await db.query<Row>(
    `select distinct on (d.alert_id) d.id::text, d.alert_id::text as "alertId", d.message
     from alert a join delivery d on d.alert_id = a.id
     where a.status = $3 and d.channel_id = $1::bigint and d.kind = any($2::text[])
       and ($4::bigint[] is null or a.id = any($4::bigint[]))
     order by d.alert_id, d.id desc`,
    [channelId, kinds, alerts.status, alerts.ids],
  )
  return rows
}

async function sendAll(
  row: ChannelRow,
  rows: readonly Row[],
  as: AlertMessage['kind'],
  send: Send,
): Promise<void> {
  for (let from = 0; from < rows.length; from += batchMax) {
    const [first, ...rest] = rows
      .slice(from, from + batchMax)
      .map(({ id, message }) => ({ id, message: { ...message, kind: as } }))
    if (first) await send(row, [first, ...rest])
  }
}

/**
 * Tells an Alertmanager again of every alert that fires and that it was told of, so that it holds them; many in one request, and no rows
 * of `delivery`, of which there would be as many a minute as alerts. Also while a silence holds, or it would take what still fires for
 * resolved. Does nothing for channels that are off or of another type.
 */
export async function tellRound(db: Pick<pg.Pool, 'query'>, channelId: string, send: Send): Promise<void> {
  const { rows: channels } = await db.query<ChannelRow>(
    `select ${channelColumns} from channel c where c.id = $1::bigint and c.enabled and c.type = 'alertmanager'`,
    [channelId],
  )
  const [row] = channels
  if (!row) return
  const firing = await readLast(db, channelId, ['firing', 'updated'], { status: 'firing', ids: null })
  await sendAll(row, firing, 'repeated', send)
  // What resolved meanwhile would be held for another five minutes, since the round may have arrived after that news.
  const ids = firing.map(({ alertId }) => alertId)
  const over =
    ids.length === 0 ? [] : await readLast(db, channelId, ['resolved'], { status: 'resolved', ids })
  await sendAll(row, over, 'resolved', send)
}
