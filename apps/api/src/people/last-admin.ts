import type pg from 'pg'
import { ProblemError } from '../http/problem.ts'

/**
 * Refuses what would leave nobody who may do everything. Holds every admin until the transaction ends, so that of two that
 * take the role from each other at once, one is refused. Throws LAST_ADMIN.
 */
export async function requireOtherAdmin(client: Pick<pg.PoolClient, 'query'>, id: string): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `select id from auth_user where role = 'admin' and "disabledAt" is null order by id for update`,
  )
  if (rows.length !== 1 || rows[0]?.id !== id) return
  throw new ProblemError('LAST_ADMIN', {
    detail: 'Nobody else is admin and may sign in.',
    remedy: 'Make somebody else admin first.',
  })
}
