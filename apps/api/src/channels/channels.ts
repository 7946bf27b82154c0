import { type Channel, channel } from '@graftwatch/contract'
import type pg from 'pg'
import { ProblemError } from '../http/problem.ts'

export const channelsMax = 100

interface Row extends Omit<Channel, 'createdAt' | 'updatedAt' | 'lastDeliveredAt'> {
  createdAt: Date
  updatedAt: Date
  lastDeliveredAt: Date | null
}

const itemOf = (row: Row): Channel =>
  channel.parse({
    ...row,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    lastDeliveredAt: row.lastDeliveredAt?.toISOString() ?? null,
  })

export const channelMissing = (id: string) =>
  new ProblemError('NOT_FOUND', {
    detail: `There is no channel ${id}.`,
    remedy: 'GET /v1/channels lists them; it may have been removed.',
  })

/** Channels by name, or the one with this id, with how they fared over 24 hours. Never a secret. */
export async function readChannels(db: Pick<pg.Pool, 'query'>, id: string | null = null): Promise<Channel[]> {
  const { rows } = await db.query<Row>(
    `select c.id::text, c.name, c.type, c.enabled, c.severities, c.selector, c.target,
       c.allow_private as "allowPrivate", c.send_resolved as "sendResolved",
       c.heartbeat_seconds as "heartbeatSeconds", c.secret is not null as "hasSecret",
       c.created_at as "createdAt", c.updated_at as "updatedAt", c.updated_by as "updatedBy",
       s.delivered, s.dead, s.waiting, s.last_delivered_at as "lastDeliveredAt", s.last_failure as "lastFailure"
     from channel c cross join lateral (
       select count(*) filter (where d.delivered_at is not null and d.status = 'delivered')::int as delivered,
         count(*) filter (where d.status = 'dead')::int as dead,
         count(*) filter (where d.status = 'waiting')::int as waiting,
         max(d.delivered_at) as last_delivered_at,
         (array_agg(d.attempts -> -1 ->> 3 order by d.id desc)
           filter (where d.status <> 'delivered' and d.attempts <> '[]'))[1] as last_failure
       from delivery d where d.channel_id = c.id and d.created_at > now() - interval '24 hours') s
     where $1::bigint is null or c.id = $1::bigint
     order by c.name limit ${channelsMax}`,
    [id],
  )
  return rows.map(itemOf)
}

/** Throws NOT_FOUND. */
export async function readChannel(db: Pick<pg.Pool, 'query'>, id: string): Promise<Channel> {
  const [found] = await readChannels(db, id)
  if (!found) throw channelMissing(id)
  return found
}
