import { isIP } from 'node:net'
import type { ActorKind, AuditAction } from '@graftwatch/contract'
import type { FastifyRequest } from 'fastify'
import type pg from 'pg'

/** What a write did to what. `subject` is kind and id, such as `host:12`, or the kind alone for many. No secret in `data`. */
export interface Audited {
  action: AuditAction
  subject: string
  data?: Record<string, unknown>
}

/** Whose request it is: a person's, a key's, or nobody's, which is the server's own. */
export type Actor = Pick<FastifyRequest, 'viewer' | 'ip'>

const kindOf = (viewer: Actor['viewer']): ActorKind => {
  if (!viewer) return 'system'
  return viewer.role === null ? 'key' : 'user'
}

/** PostgreSQL's inet has no zones, and what is no address, such as that of a socket file, must not end the write. */
const addressOf = (ip: string): string | null => (isIP(ip) > 0 && !ip.includes('%') ? ip : null)

/**
 * Puts a write into the audit log. Call it once in every write of a person or a key, with the client of the write's own
 * transaction: then one is stored exactly when the other is. Rejects when the row cannot be written, and so ends the transaction.
 */
export async function audit(
  client: Pick<pg.PoolClient, 'query'>,
  { viewer, ip }: Actor,
  { action, subject, data = {} }: Audited,
): Promise<void> {
  await client.query({
    name: 'audit',
    text: `insert into audit_entry (actor_kind, actor_id, actor_name, action, subject, data, address)
           values ($1, $2, $3, $4, $5, $6, $7)`,
    values: [
      kindOf(viewer),
      viewer?.id ?? null,
      viewer?.name ?? 'Graftwatch',
      action,
      subject,
      JSON.stringify(data),
      addressOf(ip),
    ],
  })
}
