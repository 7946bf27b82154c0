import * as z from 'zod'
import { alertSeverities, channelTypes, deliveryStatuses } from '../alert-vocabulary.ts'
import { count, instant, name, text } from '../fields.ts'
import { delivery } from './alerts.ts'

const id = z.string().regex(/^[1-9]\d{0,17}$/, { message: 'must be the id of a channel' })
export const channelParams = z.strictObject({ id })
export const deliveryParams = z.strictObject({
  id: z.string().regex(/^[1-9]\d{0,17}$/, { message: 'must be the id of a delivery' }),
})

const httpUrl = z.url({ protocol: /^https?$/ }).max(2000)
const address = z.email().max(254)

/**
 * Where alerts go. What is secret is written, never answered: `secret` of a webhook (Standard Webhooks, `whsec_…`; made when left out),
 * the `url` of a Slack webhook, the `routingKey` of PagerDuty, the `password` of a mail server or an Alertmanager. Left out in a
 * change, it stays.
 */
export const channelTarget = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('webhook'),
    url: httpUrl,
    secret: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/=]{32,128}$/, { message: 'must be whsec_ and 24 to 64 bytes in base64' })
      .optional(),
  }),
  z.strictObject({ type: z.literal('slack'), url: httpUrl.optional() }),
  z.strictObject({
    type: z.literal('email'),
    host: name(253),
    port: z.int().min(1).max(65_535).default(587),
    /** `starttls` refuses to send in clear; `none` is for a relay on this host. */
    security: z.enum(['tls', 'starttls', 'none']).default('starttls'),
    user: text(254).nullable().default(null),
    password: text(500).optional(),
    from: address,
    to: z.array(address).min(1).max(20),
  }),
  z.strictObject({
    type: z.literal('pagerduty'),
    routingKey: z
      .string()
      .regex(/^[A-Za-z0-9]{32}$/, { message: 'must be the 32 characters of an Events API v2 integration' })
      .optional(),
    url: httpUrl.default('https://events.pagerduty.com/v2/enqueue'),
  }),
  z.strictObject({
    type: z.literal('alertmanager'),
    /** Of the server; `/api/v2/alerts` is added. */
    url: httpUrl,
    user: text(254).nullable().default(null),
    password: text(500).optional(),
  }),
])
export type ChannelTarget = z.infer<typeof channelTarget>

/**
 * `severities` and `selector` are the route: an alert goes here when its severity is among them and its labels match. `allowPrivate`:
 * the address may be private, loopback or link-local. `heartbeatSeconds`: a dead-man's switch, sent as long as this product watches;
 * null for none.
 */
const channelFields = {
  name: name(64),
  enabled: z.boolean().default(true),
  severities: z.array(z.enum(alertSeverities)).min(1).max(alertSeverities.length).default(['page', 'ticket']),
  selector: text(2000).default(''),
  allowPrivate: z.boolean().default(false),
  sendResolved: z.boolean().default(true),
  heartbeatSeconds: z.int().min(30).max(86_400).nullable().default(null),
}

export const writeChannel = z
  .strictObject({ ...channelFields, target: channelTarget })
  .meta({ id: 'WriteChannel' })
export type WriteChannel = z.infer<typeof writeChannel>

/** `target` without what is secret; `hasSecret`: whether there is one. */
export const channel = z
  .strictObject({
    id,
    ...channelFields,
    target: channelTarget,
    type: z.enum(channelTypes),
    hasSecret: z.boolean(),
    createdAt: instant,
    updatedAt: instant,
    updatedBy: z.string().nullable(),
    /** Over the last 24 hours. */
    delivered: count,
    dead: count,
    waiting: count,
    lastDeliveredAt: instant.nullable(),
    lastFailure: z.string().nullable(),
  })
  .meta({ id: 'Channel' })
export type Channel = z.infer<typeof channel>

/** `secret` is shown this once, where one was made. */
export const channelWritten = channel.extend({ secret: z.string().nullable() }).meta({ id: 'ChannelWritten' })
export type ChannelWritten = z.infer<typeof channelWritten>

/** By name, at most 100. */
export const channelsPage = z
  .strictObject({ items: z.array(channel), now: instant })
  .meta({ id: 'ChannelsPage' })
export type ChannelsPage = z.infer<typeof channelsPage>

/** How a test fared: sent at once, once, and told here. */
export const channelTested = z
  .strictObject({
    delivered: z.boolean(),
    status: z.int().nullable(),
    milliseconds: count,
    answer: z.string(),
  })
  .meta({ id: 'ChannelTested' })
export type ChannelTested = z.infer<typeof channelTested>

export const deliveriesQuery = z.strictObject({
  channel: id.optional(),
  status: z.enum(deliveryStatuses).optional(),
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
/** Newest first. */
export const deliveriesPage = z
  .strictObject({ items: z.array(delivery), nextCursor: z.string().nullable(), now: instant })
  .meta({ id: 'DeliveriesPage' })
export type DeliveriesPage = z.infer<typeof deliveriesPage>
