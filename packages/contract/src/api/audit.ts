import * as z from 'zod'
import { instant, name } from '../fields.ts'
import { actorKinds, auditActions } from '../vocabulary.ts'
import { pageQuery } from './people.ts'

/**
 * One write: who did what to what, when (server's clock) and from where. Stored in the transaction of the write itself, so
 * there is none without the other. `subject` is the kind and id of what was written, such as `host:12`, or the kind alone
 * for many. `data` is what a reader needs beside it, never a secret.
 */
export const auditEntry = z
  .strictObject({
    id: z.string(),
    at: instant,
    actor: z.strictObject({ kind: z.enum(actorKinds), id: z.string().nullable(), name: z.string() }),
    action: z.enum(auditActions),
    subject: z.string(),
    data: z.record(z.string(), z.unknown()),
    address: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof auditEntry>

/** Newest first. */
export const auditPage = z
  .strictObject({ items: z.array(auditEntry), nextCursor: z.string().nullable() })
  .meta({ id: 'AuditPage' })
export type AuditPage = z.infer<typeof auditPage>

/** `actor` is an actor's id: a person's, or `key:<id>`. As `csv` the whole log from the cursor on, whatever `limit` says. */
export const auditQuery = pageQuery.extend({
  actor: name(64).optional(),
  action: z.enum(auditActions).optional(),
  format: z.enum(['json', 'csv']).default('json'),
})
export type AuditQuery = z.infer<typeof auditQuery>
