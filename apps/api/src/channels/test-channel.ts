import type { AlertMessage, ChannelTested } from '@graftwatch/contract'
import type pg from 'pg'
import type { Deps } from '../deps.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { type Actor, audit } from '../people/audit.ts'
import type { Attempt } from './attempts.ts'
import { type ChannelRow, channelColumns } from './channel-row.ts'
import { channelMissing } from './channels.ts'

async function readRow(pool: pg.Pool, id: string): Promise<ChannelRow & { deliveryId: string }> {
  const { rows } = await pool.query<ChannelRow & { deliveryId: string }>(
    `select ${channelColumns}, nextval(pg_get_serial_sequence('delivery', 'id'))::text as "deliveryId"
     from channel c where c.id = $1::bigint`,
    [id],
  )
  const [row] = rows
  if (!row) throw channelMissing(id)
  return row
}

/** Sends a test at once, once, also where the channel is off, and keeps it among the deliveries. Throws NOT_FOUND. */
export async function testChannel(
  { pool, outbox }: Pick<Deps, 'pool' | 'outbox'>,
  actor: Actor,
  id: string,
): Promise<ChannelTested> {
  const row = await readRow(pool, id)
  const at = new Date().toISOString()
  const message: AlertMessage = { version: 1, kind: 'test', at, alert: null }
  const begin = performance.now()
  const { isDelivered, status, answer } = await outbox.sendNow(row, { id: row.deliveryId, message })
  const milliseconds = Math.round(performance.now() - begin)
  const attempt: Attempt = [at, milliseconds, status, answer]
  await inTransaction(pool, async (client) => {
    await client.query(
      `insert into delivery (id, channel_id, kind, status, message, created_at, delivered_at, attempts)
       select $1::bigint, id, 'test', $3, $4, $5, case when $3 = 'delivered' then now() end, $6
       from channel where id = $2::bigint`,
      [
        row.deliveryId,
        id,
        isDelivered ? 'delivered' : 'dead',
        JSON.stringify(message),
        at,
        JSON.stringify([attempt]),
      ],
    )
    await audit(client, actor, {
      action: 'channel.test',
      subject: `channel:${id}`,
      data: { name: row.name, delivered: isDelivered },
    })
  })
  return { delivered: isDelivered, status, milliseconds, answer }
}
