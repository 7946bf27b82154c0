import * as z from 'zod'
import { count, instant, labels, name } from '../fields.ts'
import { apiKeyScopes, mechanisms } from '../vocabulary.ts'
import { hostSummary } from './host.ts'

/** What hosts and programs prove themselves with. Each secret is answered once, when it is made; the server keeps its digest. */
export const credentialParams = z.strictObject({ id: z.string().regex(/^[1-9]\d{0,17}$/) })

/** `labels`: what every host gets that enrolls with it. */
export const createEnrollmentToken = z
  .strictObject({
    label: name(128),
    expiresInHours: z
      .int()
      .min(1)
      .max(24 * 365)
      .default(24),
    maxUses: z.int().min(1).max(1_000_000).nullable().default(null),
    labels: labels.default({}),
  })
  .meta({ id: 'CreateEnrollmentToken' })
export type CreateEnrollmentToken = z.infer<typeof createEnrollmentToken>

/** `createdBy` is the name of who made it, as it was then. */
export const enrollmentToken = z
  .strictObject({
    id: z.string(),
    label: z.string(),
    labels,
    createdBy: z.string().nullable(),
    createdAt: instant,
    expiresAt: instant,
    uses: z.int(),
    maxUses: z.int().nullable(),
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'EnrollmentToken' })
export type EnrollmentToken = z.infer<typeof enrollmentToken>

/** `token` is shown this once. */
export const newEnrollmentToken = enrollmentToken
  .extend({ token: z.string() })
  .meta({ id: 'NewEnrollmentToken' })
export type NewEnrollmentToken = z.infer<typeof newEnrollmentToken>

/** Newest first; tokens of the environment are not in it. */
export const enrollmentTokensPage = z
  .strictObject({ items: z.array(enrollmentToken), nextCursor: z.string().nullable() })
  .meta({ id: 'EnrollmentTokensPage' })
export type EnrollmentTokensPage = z.infer<typeof enrollmentTokensPage>

/**
 * Who has come since an enrollment token was made: real hosts that enrolled for the first time, or `again` with the identity of one
 * that was known, newest first, at most 20. By time alone: with two tokens in use, what comes is under both. `uses` counts this
 * token's own. `mechanism` is that of the host's patch; null while it has none.
 */
export const arrivals = z
  .strictObject({
    items: z.array(
      z.strictObject({
        host: hostSummary,
        mechanism: z.enum(mechanisms).nullable(),
        at: instant,
        again: z.boolean(),
      }),
    ),
    uses: count,
    now: instant,
  })
  .meta({ id: 'Arrivals' })
export type Arrivals = z.infer<typeof arrivals>

/** A key for programs; it may do exactly what its scopes name, whatever becomes of who made it. */
export const createApiKey = z
  .strictObject({
    label: name(128),
    scopes: z
      .array(z.enum(apiKeyScopes))
      .min(1)
      .max(apiKeyScopes.length)
      .refine((scopes) => new Set(scopes).size === scopes.length, { message: 'must not repeat a scope' }),
    expiresInDays: z.int().min(1).max(365).default(90),
  })
  .meta({ id: 'CreateApiKey' })
export type CreateApiKey = z.infer<typeof createApiKey>

/** `prefix` is how the key begins, to find it in a configuration. `lastUsedAt` is up to a minute old. */
export const apiKey = z
  .strictObject({
    id: z.string(),
    label: z.string(),
    prefix: z.string(),
    scopes: z.array(z.enum(apiKeyScopes)),
    createdBy: z.string().nullable(),
    createdAt: instant,
    expiresAt: instant,
    lastUsedAt: instant.nullable(),
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'ApiKey' })
export type ApiKey = z.infer<typeof apiKey>

/** `key` is shown this once: `gwk_<id>_<43 characters>`. */
export const newApiKey = apiKey.extend({ key: z.string() }).meta({ id: 'NewApiKey' })
export type NewApiKey = z.infer<typeof newApiKey>

/** Newest first. */
export const apiKeysPage = z
  .strictObject({ items: z.array(apiKey), nextCursor: z.string().nullable() })
  .meta({ id: 'ApiKeysPage' })
export type ApiKeysPage = z.infer<typeof apiKeysPage>
