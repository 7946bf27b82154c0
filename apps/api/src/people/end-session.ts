import type pg from 'pg'
import { inTransaction } from '../ingest/transaction.ts'
import { type Actor, audit } from './audit.ts'

/**
 * Ends a session at once, on every replica: one's own, or anybody's with users:write. False when there is no such session,
 * or it is somebody else's and that permission is missing; then nothing was written.
 */
export async function endSession(pool: pg.Pool, actor: Actor, id: string): Promise<boolean> {
  const { viewer } = actor
  const owner = viewer?.permissions.includes('users:write') ? null : (viewer?.id ?? '')
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ user: string }>(
      `delete from auth_session where id = $1 and ($2::text is null or "userId" = $2) returning "userId" as user`,
      [id, owner],
    )
    const [row] = rows
    if (!row) return false
    await audit(client, actor, {
      action: 'session.end',
      subject: `session:${id}`,
      data: { user: row.user },
    })
    return true
  })
}
