import { randomUUID } from 'node:crypto'
import type { CreateUser } from '@graftwatch/contract'
import type pg from 'pg'
import { type Actor, audit } from './audit.ts'

/**
 * A person who may sign in, as better-auth keeps one, and the audit entry, in the caller's transaction. `digest` is of the
 * password, by better-auth. Returns the id. Rejects with 23505 when the e-mail address is somebody's already.
 */
export async function insertUser(
  client: Pick<pg.PoolClient, 'query'>,
  actor: Actor,
  { email: given, name, role }: Omit<CreateUser, 'password'>,
  digest: string,
): Promise<string> {
  const id = randomUUID()
  // better-auth looks for addresses in lower case.
  const email = given.toLowerCase()
  await client.query(
    `insert into auth_user (id, name, email, "emailVerified", role) values ($1, $2, $3, true, $4)`,
    [id, name, email, role],
  )
  await client.query(
    `insert into auth_account (id, "accountId", "providerId", "userId", password)
     values ($1, $2, 'credential', $2, $3)`,
    [randomUUID(), id, digest],
  )
  await audit(client, actor, { action: 'user.create', subject: `user:${id}`, data: { email, name, role } })
  return id
}
