import type { DeliveriesPage, Delivery, deliveriesQuery } from '@graftwatch/contract'
import type pg from 'pg'
import sql, { join } from 'sql-template-tag'
import * as z from 'zod'
import { readDeliveries } from '../alerting/deliveries.ts'
import type { Deps } from '../deps.ts'
import { placeOf } from '../fleet/page-cursor.ts'
import { ProblemError } from '../http/problem.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { type Actor, audit } from '../people/audit.ts'
import { pageOf } from '../people/pages.ts'
import { type Attempt, added } from './attempts.ts'
import { refused } from './check-channel.ts'

const place = z.tuple([z.string().regex(/^[1-9]\d{0,17}$/)])

/** Deliveries, newest first. Throws INVALID_INPUT for a foreign cursor. */
export async function listDeliveries(
  db: Pick<pg.Pool, 'query'>,
  { channel, status, cursor, limit }: z.infer<typeof deliveriesQuery>,
): Promise<DeliveriesPage> {
  const before = placeOf(cursor, place)?.[0]
  const conditions = [
    ...(channel === undefined ? [] : [sql`d.channel_id = ${channel}::bigint`]),
    ...(status === undefined ? [] : [sql`d.status = ${status}`]),
    ...(before === undefined ? [] : [sql`d.id < ${before}::bigint`]),
  ]
  const which = conditions.length === 0 ? sql`true` : join(conditions, ' and ')
  const items = await readDeliveries(db, which, limit + 1)
  return {
    ...pageOf(
      items,
      limit,
      ({ id }) => id,
      (item) => item,
    ),
    now: new Date().toISOString(),
  }
}

interface Row {
  channelId: string
  channelName: string
  enabled: boolean
  alertId: string | null
  kind: string
  status: string
  attempts: Attempt[]
}

/**
 * Sends a delivery again that arrived or was given up, with the id it had, and one that waits at once. Its earlier attempts stay. Throws
 * NOT_FOUND, and INVALID_INPUT where the channel is switched off or was told of the alert since: of one that is over it would open an
 * incident that nobody closes.
 */
export async function resendDelivery(
  { pool, outbox }: Pick<Deps, 'pool' | 'outbox'>,
  actor: Actor,
  id: string,
): Promise<Delivery> {
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query<Row>(
      `select c.id::text as "channelId", c.name as "channelName", c.enabled, d.alert_id::text as "alertId", d.kind,
         d.status, d.attempts
       from delivery d join channel c on c.id = d.channel_id where d.id = $1::bigint for update of d`,
      [id],
    )
    const [row] = rows
    if (!row)
      throw new ProblemError('NOT_FOUND', {
        detail: `There is no delivery ${id}.`,
        remedy: 'GET /v1/deliveries lists them; old ones are forgotten, and those of a channel go with it.',
      })
    if (!row.enabled)
      throw refused('/id', `its channel ${row.channelName} is switched off`, 'Switch the channel on first.')
    const [stored] = await readDeliveries(client, sql`d.id = ${id}::bigint`, 1)
    if (stored?.overtaken)
      throw refused(
        '/id',
        `alert ${row.alertId} is over, or ${row.channelName} was told of it since`,
        'Leave it: it would say what is no longer so. Send the newest one again.',
      )
    const asked: Attempt = [
      new Date().toISOString(),
      0,
      null,
      `Sent again by ${actor.viewer?.name ?? 'somebody'}.`,
      1,
    ]
    const attempts = row.status === 'waiting' ? row.attempts : added(row.attempts, asked)
    await client.query(
      `update delivery set status = 'waiting', next_at = now(), attempts = $2 where id = $1::bigint`,
      [id, JSON.stringify(attempts)],
    )
    await outbox.wake(client, [{ channelId: row.channelId, deliveryId: id }])
    await audit(client, actor, {
      action: 'delivery.resend',
      subject: `delivery:${id}`,
      data: { channel: row.channelName, kind: row.kind, alert: row.alertId },
    })
    const [item] = await readDeliveries(client, sql`d.id = ${id}::bigint`, 1)
    if (!item) throw new Error('a delivery that was locked is gone')
    return item
  })
}
