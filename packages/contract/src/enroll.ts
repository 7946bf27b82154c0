import * as z from 'zod'
import { labels, name, sequence } from './fields.ts'

/** What an agent sends once, to get a key of its own. The token travels in the body, never in a URL. */
export const enrollRequest = z
  .strictObject({ token: name(256), machineId: name(128), hostname: name(253), labels })
  .meta({ id: 'EnrollRequest' })
export type EnrollRequest = z.infer<typeof enrollRequest>

/** `hostKey` is shown this once; the server keeps only its digest. `lastSequence`: go on at max(own, this) + 1. */
export const enrollResponse = z
  .strictObject({ hostId: z.string(), hostKey: z.string(), lastSequence: z.int() })
  .meta({ id: 'EnrollResponse' })
export type EnrollResponse = z.infer<typeof enrollResponse>

/** Sent when nothing changed since the last report. Answered 2xx it may be held in memory for up to 2 s. */
export const heartbeat = z
  .strictObject({ sequence, stateHash: z.string().regex(/^[0-9a-f]{16}$/) })
  .meta({ id: 'Heartbeat' })
export type Heartbeat = z.infer<typeof heartbeat>

/**
 * The answer to reports and heartbeats. `sendReport`: send a full report now, since the server does not know this state.
 * `lastSequence`: the highest sequence the server has of this host.
 */
export const ingestAnswer = z
  .strictObject({ nextIntervalSeconds: z.int(), sendReport: z.boolean(), lastSequence: z.int() })
  .meta({ id: 'IngestAnswer' })
export type IngestAnswer = z.infer<typeof ingestAnswer>
