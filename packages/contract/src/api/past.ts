import * as z from 'zod'
import { instant } from '../fields.ts'

/**
 * What an answer about the past is a function of, and of nothing else: `asOf`, the instant asked about, and `knownAt`, until when
 * facts had to have reached the server to count. The same two give the same bytes for ever.
 */
export const pastView = z.strictObject({ asOf: instant, knownAt: instant }).meta({ id: 'PastView' })
export type PastView = z.infer<typeof pastView>

/** The instants as a query; `knownAt` is 15 s before now when it is left out. Both must be at least 15 s ago. */
export const pastQuery = { asOf: instant.optional(), knownAt: instant.optional() }
