import type pg from 'pg'
import { inTransaction } from '../ingest/transaction.ts'
import { type Actor, audit } from './audit.ts'
import { requireOtherAdmin } from './last-admin.ts'
import { userMissing } from './user-missing.ts'

/**
 * Removes a person with their sessions; what they made and what the audit log says of them stays.
 * Throws NOT_FOUND, and LAST_ADMIN when nobody would be left to undo it.
 */
export async function removeUser(pool: pg.Pool, actor: Actor, id: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await requireOtherAdmin(client, id)
    const { rows } = await client.query<{ email: string; name: string; role: string }>(
      'delete from auth_user where id = $1 returning email, name, role',
      [id],
    )
    const [row] = rows
    if (!row) throw userMissing(id)
    await audit(client, actor, { action: 'user.remove', subject: `user:${id}`, data: { ...row } })
  })
}
