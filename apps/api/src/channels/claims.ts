import type { AlertMessage, ChannelType, DeliveryKind, DeliveryStatus } from '@graftwatch/contract'
import type pg from 'pg'
import type { Attempt } from './attempts.ts'
import { type ChannelRow, channelColumns } from './channel-row.ts'
import { deadlineMs } from './egress.ts'

/** Longer than an attempt and what is written after it may take. */
const claimMs = deadlineMs + 10_000

/** A delivery that is ours to send, with its channel. */
export interface Claimed extends ChannelRow {
  id: string
  type: ChannelType
  kind: DeliveryKind
  message: AlertMessage
  createdAt: Date
  dueAt: Date | null
  attempts: Attempt[]
  /** Something newer has been told, or waits to be, that makes this one old news. */
  isSuperseded: boolean
}

/**
 * The oldest delivery of a channel that is due, ours for 20 s; null when there is none. One alert's are taken in their order: none while
 * an earlier one waits or is being sent, except that an `updated` which waits is no longer worth waiting for.
 */
export async function claimNext(db: Pick<pg.Pool, 'query'>, channelId: string): Promise<Claimed | null> {
  const { rows } = await db.query<Claimed>({
    name: 'claim-delivery',
    text: `
      with next as materialized (
        select d.id from delivery d join channel c on c.id = d.channel_id and c.enabled
        where d.channel_id = $1::bigint and d.status = 'waiting' and d.next_at <= now()
          and (d.claimed_until is null or d.claimed_until <= now())
          -- Not an anti-join, which would read all that waits: one look into the index for each, until one may go.
          and (
            select true from delivery e
            where e.channel_id = d.channel_id and e.alert_id = d.alert_id and e.id < d.id and e.status = 'waiting'
              and (e.kind <> 'updated' or e.claimed_until > now()) limit 1) is null
        order by d.id limit 1 for update of d skip locked)
      update delivery d set claimed_until = now() + make_interval(secs => $2::float8 / 1000)
      from next, channel c where d.id = next.id and c.id = d.channel_id
      returning d.id::text, d.kind, d.message, d.created_at as "createdAt", d.due_at as "dueAt", d.attempts, c.type,
        ${channelColumns},
        d.kind = 'updated' and exists (
          select from delivery n where n.channel_id = d.channel_id and n.alert_id = d.alert_id and n.id > d.id)
        or d.kind = 'heartbeat' and exists (
          select from delivery n where n.channel_id = d.channel_id and n.kind = 'heartbeat' and n.id > d.id)
          as "isSuperseded"`,
    values: [channelId, claimMs],
  })
  return rows[0] ?? null
}

/** Writes how an attempt ended, and frees the delivery; one that was given up meanwhile stays so, unless it arrived. `waitMs` until the next; resolves to when that is, null when there is none. */
export async function settle(
  client: Pick<pg.ClientBase, 'query'>,
  id: string,
  {
    status,
    attempts,
    waitMs,
  }: { status: DeliveryStatus; attempts: readonly Attempt[]; waitMs: number | null },
): Promise<Date | null> {
  const { rows } = await client.query<{ nextAt: Date | null }>({
    name: 'settle-delivery',
    text: `update delivery set status = $2, attempts = $3, claimed_until = null,
        delivered_at = case when $2 = 'delivered' and $5 then now() else delivered_at end,
        next_at = now() + make_interval(secs => $4::float8 / 1000)
      where id = $1::bigint and (status = 'waiting' or $2 = 'delivered') returning next_at as "nextAt"`,
    values: [id, status, JSON.stringify(attempts), waitMs, attempts.at(-1)?.[2] !== null],
  })
  return rows[0]?.nextAt ?? null
}

/** Gives back what was not sent after all, as if it had not been taken. */
export async function release(db: Pick<pg.Pool, 'query'>, id: string): Promise<void> {
  await db.query('update delivery set claimed_until = null where id = $1::bigint', [id])
}

/** Channels that have something due which nobody sends: left by whoever was killed, or by a job that was lost. */
export async function channelsDue(db: Pick<pg.Pool, 'query'>): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select distinct d.channel_id::text as id from delivery d join channel c on c.id = d.channel_id and c.enabled
     where d.status = 'waiting' and next_at <= now() and (claimed_until is null or claimed_until <= now())`,
  )
  return rows.map(({ id }) => id)
}
