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

const password = z.string().min(12).max(128)

/** Creates the first admin with the one-time code that the server printed. Works once, while nobody is registered. */
export const setupRequest = z
  .strictObject({
    code: name(128),
    email: z.email().max(254),
    password,
    name: name(128),
  })
  .meta({ id: 'SetupRequest' })
export type SetupRequest = z.infer<typeof setupRequest>

/** The answer of a write that has nothing to tell: 204. */
export const nothing = z.null().meta({ description: 'Done' })

/** One page of a list that grows with use: `cursor` is the `nextCursor` of the page before. */
export const pageQuery = z.strictObject({
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

/** A person. `disabledAt` set: may not sign in, and nothing else of theirs was touched. `sessions`: how many have not ended. */
export const user = z
  .strictObject({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role: z.enum(roles),
    createdAt: instant,
    disabledAt: instant.nullable(),
    sessions: z.int(),
  })
  .meta({ id: 'User' })
export type User = z.infer<typeof user>

/** By e-mail address. */
export const usersPage = z
  .strictObject({ items: z.array(user), nextCursor: z.string().nullable() })
  .meta({ id: 'UsersPage' })
export type UsersPage = z.infer<typeof usersPage>

export const userParams = z.strictObject({ id: name(64) })

/** The admin who creates somebody gives them their first password, and they change it. */
export const createUser = z
  .strictObject({ email: z.email().max(254), name: name(128), role: z.enum(roles), password })
  .meta({ id: 'CreateUser' })
export type CreateUser = z.infer<typeof createUser>

/** What changes; what is absent stays. A new role, a new password and `disabled` each end every session of that person. */
export const updateUser = z
  .strictObject({
    name: name(128).optional(),
    role: z.enum(roles).optional(),
    disabled: z.boolean().optional(),
    password: password.optional(),
  })
  .refine((value) => Object.keys(value).length > 0, { message: 'must change something' })
  .meta({ id: 'UpdateUser' })
export type UpdateUser = z.infer<typeof updateUser>

/** One's own. Ends one's other sessions. */
export const changePassword = z
  .strictObject({ currentPassword: z.string().min(1).max(128), newPassword: password })
  .meta({ id: 'ChangePassword' })
export type ChangePassword = z.infer<typeof changePassword>

/**
 * A sign-in that has not ended. `isCurrent`: the one that asks. `lastUsedAt` is up to five minutes old. Neither the token nor its
 * digest is ever answered.
 */
export const session = z
  .strictObject({
    id: z.string(),
    userId: z.string(),
    createdAt: instant,
    lastUsedAt: instant,
    expiresAt: instant,
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    isCurrent: z.boolean(),
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof session>

/** Newest first, at most 100; `total` counts all. */
export const sessions = z.strictObject({ items: z.array(session), total: z.int() }).meta({ id: 'Sessions' })
export type Sessions = z.infer<typeof sessions>

/** Of oneself without `user`; of others needs users:read. */
export const sessionsQuery = z.strictObject({ user: name(64).optional() })
export const sessionParams = z.strictObject({ id: name(64) })

/** How many hosts were removed. */
export const hostsRemoved = z.strictObject({ removed: z.int() }).meta({ id: 'HostsRemoved' })
export type HostsRemoved = z.infer<typeof hostsRemoved>
