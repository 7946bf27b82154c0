import type { Delivery } from '@graftwatch/contract'
import type pg from 'pg'
import sql, { type Sql } from 'sql-template-tag'
import { type Attempt, attemptOf } from '../channels/attempts.ts'

/** Deliveries that meet a condition on delivery `d` and channel `c`, newest first. */
export async function readDeliveries(
  db: Pick<pg.Pool, 'query'>,
  which: Sql,
  limit: number,
): Promise<Delivery[]> {
  const { rows } = await db.query<{
    id: string
    channel: Delivery['channel']
    alertId: string | null
    kind: Delivery['kind']
    status: Delivery['status']
    createdAt: Date
    deliveredAt: Date | null
    nextAt: Date | null
    attempts: Attempt[]
    overtaken: boolean
  }>(sql`
    select d.id::text, jsonb_build_object('id', c.id::text, 'name', c.name, 'type', c.type) as channel, d.alert_id::text as "alertId",
      d.kind, d.status, d.created_at as "createdAt", d.delivered_at as "deliveredAt", d.next_at as "nextAt", d.attempts,
      exists (select from delivery o where o.alert_id = d.alert_id and o.channel_id = d.channel_id and o.id > d.id
        and o.status <> 'dead')
        or d.kind <> 'resolved' and exists (select from alert a where a.id = d.alert_id and a.status = 'resolved') as overtaken
    from delivery d join channel c on c.id = d.channel_id where ${which} order by d.id desc limit ${limit}`)
  return rows.map(({ createdAt, deliveredAt, nextAt, attempts, ...row }) => ({
    ...row,
    createdAt: createdAt.toISOString(),
    deliveredAt: deliveredAt?.toISOString() ?? null,
    attempts: attempts.map(attemptOf),
    nextAttemptAt: nextAt?.toISOString() ?? null,
  }))
}
