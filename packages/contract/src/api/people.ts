import * as z from 'zod'
import { instant, name } from '../fields.ts'
import { permissions, roles } from '../vocabulary.ts'

/** Who asks: a person, or a program with an API key, which has no address and no role, only permissions. Its id is `key:<id>`. */
export const viewer = z
  .strictObject({
    id: z.string(),
    email: z.string().nullable(),
    name: z.string(),
    role: z.enum(roles).nullable(),
    permissions: z.array(z.enum(permissions)),
  })
  .meta({ id: 'Viewer' })
export type Viewer = z.infer<typeof viewer>

export const setupStatus = z.strictObject({ needed: z.boolean() }).meta({ id: 'SetupStatus' })

/** Creates the first admin with the one-time code that the server printed. Works once, while nobody is registered. */
export const setupRequest = z
  .strictObject({
    code: name(128),
    email: z.email().max(254),
    password: z.string().min(12).max(128),
    name: name(128),
  })
  .meta({ id: 'SetupRequest' })
export type SetupRequest = z.infer<typeof setupRequest>

/** A new enrollment token; `token` is shown this once. */
export const createEnrollmentToken = z
  .strictObject({
    label: name(128),
    expiresInHours: z
      .int()
      .min(1)
      .max(24 * 365)
      .default(24),
    maxUses: z.int().min(1).max(1_000_000).nullable().default(null),
  })
  .meta({ id: 'CreateEnrollmentToken' })
export const enrollmentToken = z
  .strictObject({
    id: z.string(),
    label: z.string(),
    token: z.string(),
    expiresAt: instant,
    maxUses: z.int().nullable(),
  })
  .meta({ id: 'EnrollmentToken' })

/** How many hosts were removed. */
export const hostsRemoved = z.strictObject({ removed: z.int() }).meta({ id: 'HostsRemoved' })
export type HostsRemoved = z.infer<typeof hostsRemoved>
