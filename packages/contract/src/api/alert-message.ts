import * as z from 'zod'
import { deliveryKinds } from '../alert-vocabulary.ts'
import { count, instant } from '../fields.ts'
import { alertSummary } from './alerts.ts'

/**
 * What a channel is told, and the body of a webhook (signed as Standard Webhooks; `webhook-id` stays the same when it is sent again).
 * `alert` is as it was when it happened, null for `test` and `heartbeat`. Fields are only ever added.
 */
export const alertMessage = z
  .strictObject({
    version: z.literal(1),
    kind: z.enum(deliveryKinds),
    at: instant,
    alert: z
      .strictObject({
        ...alertSummary.shape,
        /** The same for the same cause, rule and group, also of its successors. */
        fingerprint: z.string(),
        description: z.string(),
        runbookUrl: z.string().nullable(),
        /** Pages of the dashboard: of this alert, and of all its hosts. */
        url: z.string(),
        hostsUrl: z.string(),
        hostsMost: count,
      })
      .nullable(),
  })
  .meta({ id: 'AlertMessage' })
export type AlertMessage = z.infer<typeof alertMessage>
