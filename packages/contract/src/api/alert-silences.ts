import * as z from 'zod'
import { silenceKinds } from '../alert-vocabulary.ts'
import { count, instant, name, text } from '../fields.ts'

const id = z.string().regex(/^[1-9]\d{0,17}$/, { message: 'must be the id of a silence' })
export const silenceParams = z.strictObject({ id })

/**
 * Nothing is sent of alerts all whose hosts the selector names, from `startsAt` (now when left out) until `endsAt`. An empty selector
 * names every host; `ruleId` and `alertId` narrow it. `maintenance`: a planned window, in which patches are expected to be taken off,
 * also once it is over.
 */
export const createSilence = z
  .strictObject({
    kind: z.enum(silenceKinds).default('silence'),
    selector: text(2000).default(''),
    ruleId: id.nullable().default(null),
    alertId: id.nullable().default(null),
    reason: name(1000),
    startsAt: instant.nullable().default(null),
    endsAt: instant,
  })
  .meta({ id: 'CreateSilence' })
export type CreateSilence = z.infer<typeof createSilence>

export const silence = z
  .strictObject({
    id,
    kind: z.enum(silenceKinds),
    selector: z.string(),
    rule: z.strictObject({ id: z.string(), name: z.string() }).nullable(),
    /** The one alert it is for, which may be gone by now. */
    alert: z.strictObject({ id: z.string(), summary: z.string().nullable() }).nullable(),
    reason: z.string(),
    author: z.string(),
    createdAt: instant,
    startsAt: instant,
    endsAt: instant,
    /** Who ended it before its time. */
    endedBy: z.string().nullable(),
    state: z.enum(['planned', 'active', 'ended']),
    /** Alerts it keeps quiet now. */
    alerts: count,
  })
  .meta({ id: 'Silence' })
export type Silence = z.infer<typeof silence>

/** Active first, then planned, then ended, newest first; at most 200. */
export const silencesPage = z
  .strictObject({ items: z.array(silence), now: instant })
  .meta({ id: 'SilencesPage' })
export type SilencesPage = z.infer<typeof silencesPage>
