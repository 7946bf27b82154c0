import type { UpdateUser } from '@graftwatch/contract'
import type pg from 'pg'
import type { Deps } from '../deps.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { type Actor, audit } from './audit.ts'
import { requireOtherAdmin } from './last-admin.ts'
import { userMissing } from './user-missing.ts'

interface Before {
  name: string
  role: string
  disabled: boolean
}

async function write(
  client: Pick<pg.PoolClient, 'query'>,
  id: string,
  { name, role, disabled }: UpdateUser,
): Promise<Before> {
  const { rows } = await client.query<Before>(
    `update auth_user set name = coalesce($2, name), role = coalesce($3, role), "updatedAt" = now(),
       "disabledAt" = case when coalesce($4, "disabledAt" is not null) then coalesce("disabledAt", now()) end
     where id = $1 returning old.name, old.role, old."disabledAt" is not null as disabled`,
    [id, name ?? null, role ?? null, disabled ?? null],
  )
  const [before] = rows
  if (!before) throw userMissing(id)
  return before
}

/** What of `changes` is not so already, each as what it was and what it is. */
function differences(before: Before, { name, role, disabled }: UpdateUser) {
  const after = { name, role, disabled }
  const keys = ['name', 'role', 'disabled'] as const
  return Object.fromEntries(
    keys
      .filter((key) => after[key] !== undefined && after[key] !== before[key])
      .map((key) => [key, { from: before[key], to: after[key] }]),
  )
}

/**
 * Changes a person. A new role, a new password and being disabled end their sessions in the same transaction.
 * Throws NOT_FOUND, and LAST_ADMIN when nobody would be left to undo it.
 */
export async function updateUser(
  { pool, auth }: Pick<Deps, 'pool' | 'auth'>,
  actor: Actor,
  id: string,
  changes: UpdateUser,
): Promise<void> {
  const { role, disabled, password } = changes
  const digest = password === undefined ? null : await auth.hashPassword(password)
  await inTransaction(pool, async (client) => {
    if (disabled || (role !== undefined && role !== 'admin')) await requireOtherAdmin(client, id)
    const changed = differences(await write(client, id, changes), changes)
    if (digest !== null)
      await client.query(
        `update auth_account set password = $2, "updatedAt" = now()
         where "userId" = $1 and "providerId" = 'credential'`,
        [id, digest],
      )
    if (changed.role || (changed.disabled && disabled) || digest !== null)
      await client.query('delete from auth_session where "userId" = $1', [id])
    await audit(client, actor, {
      action: 'user.update',
      subject: `user:${id}`,
      data: { ...changed, ...(digest !== null && { password: 'set' }) },
    })
  })
}
