import type { AlertMessage, DeliveryKind } from '@graftwatch/contract'
import type pg from 'pg'
import { matchesLabels, parseSelector, type Requirement } from '../fleet/label-selector.ts'
import type { Outbox } from './outbox.ts'

/** Something that happened to an alert, as the evaluator tells it. `dueAt`: when it was due to be told. */
export interface Told {
  /** Of the alert. */
  id: string
  kind: DeliveryKind
  message: AlertMessage
  dueAt: Date | null
}

interface Route {
  id: string
  severities: string[]
  selector: string
  sendResolved: boolean
}

type Routed = Route & { requirements: Requirement[] }

async function readRoutes(client: pg.ClientBase): Promise<Routed[]> {
  const { rows } = await client.query<Route>({
    name: 'channel-routes',
    text: `select id::text, severities, selector, send_resolved as "sendResolved" from channel where enabled order by id`,
  })
  return rows.map((row) => ({ ...row, requirements: parseSelector(row.selector) }))
}

/**
 * SQL, of delivery `d`: whether its receiver may have got it. One that was given up may, if it was tried and no answer came: an attempt is
 * [at, milliseconds, status, answer], and one that was not sent says so.
 */
export const mayHaveArrived = `(d.status <> 'dead'
  or jsonb_path_exists(d.attempts, 'strict $[*] ? (@[2] == null && !(@[3] starts with "Not sent"))'))`

const pair = (alertId: string, channelId: string) => `${alertId} ${channelId}`

/** Who was told of these alerts and may have heard it, whatever the routes have become since. */
async function readHearers(client: pg.ClientBase, alertIds: readonly string[]): Promise<Set<string>> {
  if (alertIds.length === 0) return new Set()
  const { rows } = await client.query<{ alertId: string; channelId: string }>({
    name: 'alert-hearers',
    text: `select distinct d.alert_id::text as "alertId", d.channel_id::text as "channelId"
           from delivery d join channel c on c.id = d.channel_id
           where d.alert_id = any($1::bigint[]) and d.kind in ('firing', 'updated') and d.id > c.heard_from and ${mayHaveArrived}`,
    values: [alertIds],
  })
  return new Set(rows.map(({ alertId, channelId }) => pair(alertId, channelId)))
}

/**
 * Writes what is to be delivered, and the jobs for it, in the caller's transaction: what it commits is sent at least once, and nothing
 * of what it rolls back. An alert goes to the enabled channels whose severities and selector fit it; that it resolved, to those that were
 * told it fired and want to know. Simulated fleets are told to nobody. Resolves to how many deliveries there are.
 */
export async function tellChannels(
  outbox: Pick<Outbox, 'wake'>,
  client: pg.PoolClient,
  told: readonly Told[],
): Promise<number> {
  const real = told.filter(({ message }) => !message.alert?.demo)
  if (real.length === 0) return 0
  const routes = await readRoutes(client)
  const resolved = real.filter(({ kind }) => kind === 'resolved').map(({ id }) => id)
  const hearers = await readHearers(client, resolved)
  const isRouted = (route: Routed, { id, kind, message: { alert } }: Told): boolean => {
    if (kind === 'resolved') return route.sendResolved && hearers.has(pair(id, route.id))
    return (
      alert !== null &&
      route.severities.includes(alert.severity) &&
      matchesLabels(route.requirements, alert.labels)
    )
  }
  const deliveries = real.flatMap((each) =>
    routes
      .filter((route) => isRouted(route, each))
      .map((route) => ({ ...each, alertId: each.id, channelId: route.id })),
  )
  return await insertDeliveries(outbox, client, deliveries)
}

/** Rows of `delivery` that are due now, and the jobs for them, in this transaction. Resolves to how many there are. */
export async function insertDeliveries(
  outbox: Pick<Outbox, 'wake'>,
  client: pg.ClientBase,
  deliveries: readonly (Pick<Told, 'kind' | 'message' | 'dueAt'> & {
    channelId: string
    alertId: string | null
  })[],
): Promise<number> {
  if (deliveries.length === 0) return 0
  const { rows } = await client.query<{ deliveryId: string; channelId: string }>({
    name: 'insert-deliveries',
    text: `insert into delivery (channel_id, alert_id, kind, message, due_at, next_at)
      select channel_id, alert_id, kind, message, due_at, now()
      from unnest($1::bigint[], $2::bigint[], $3::text[], $4::jsonb[], $5::timestamptz[]) with ordinality
        as t (channel_id, alert_id, kind, message, due_at, place)
      order by place
      returning id::text as "deliveryId", channel_id::text as "channelId"`,
    values: [
      deliveries.map(({ channelId }) => channelId),
      deliveries.map(({ alertId }) => alertId),
      deliveries.map(({ kind }) => kind),
      deliveries.map(({ message }) => JSON.stringify(message)),
      deliveries.map(({ dueAt }) => dueAt),
    ],
  })
  await outbox.wake(client, rows)
  return rows.length
}
