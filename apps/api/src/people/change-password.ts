import type { ChangePassword } from '@graftwatch/contract'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { type Actor, audit } from './audit.ts'

const wrong = () =>
  new ProblemError('PASSWORD_WRONG', {
    detail: 'The current password is not right.',
    remedy: 'Try again; an admin can set a new one.',
    fields: [{ field: '/currentPassword', message: 'is not right' }],
  })

/**
 * Changes one's own password and ends one's other sessions. Throws PASSWORD_WRONG, also when it was changed meanwhile; then
 * nothing was written.
 */
export async function changePassword(
  { pool, prisma, auth }: Pick<Deps, 'pool' | 'prisma' | 'auth'>,
  actor: Actor,
  { currentPassword, newPassword }: ChangePassword,
): Promise<void> {
  const { viewer } = actor
  if (!viewer) throw new Error('access let nobody through')
  const account = await prisma.authAccount.findFirst({
    where: { userId: viewer.id, providerId: 'credential' },
    select: { password: true },
  })
  const before = account?.password
  if (!before || !(await auth.isPassword(currentPassword, before))) throw wrong()
  const digest = await auth.hashPassword(newPassword)
  await inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `update auth_account set password = $3, "updatedAt" = now()
       where "userId" = $1 and "providerId" = 'credential' and password = $2`,
      [viewer.id, before, digest],
    )
    if (rowCount === 0) throw wrong()
    await client.query('delete from auth_session where "userId" = $1 and id <> $2', [
      viewer.id,
      viewer.sessionId,
    ])
    await audit(client, actor, { action: 'password.change', subject: `user:${viewer.id}` })
  })
}
