import type { CreateUser } from '@graftwatch/contract'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { inTransaction } from '../ingest/transaction.ts'
import type { Actor } from './audit.ts'
import { insertUser } from './insert-user.ts'

const uniqueViolation = '23505'

/** Adds a person with their first password. Returns the id. Throws EMAIL_TAKEN; then nothing was written. */
export async function createUser(
  { pool, auth }: Pick<Deps, 'pool' | 'auth'>,
  actor: Actor,
  user: CreateUser,
): Promise<string> {
  const digest = await auth.hashPassword(user.password)
  try {
    return await inTransaction(pool, (client) => insertUser(client, actor, user, digest))
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === uniqueViolation)) throw cause
    throw new ProblemError('EMAIL_TAKEN', {
      detail: `Somebody has the e-mail address ${user.email} already.`,
      remedy: 'Change that person, or use another address.',
      fields: [{ field: '/email', message: 'somebody has it already' }],
      cause,
    })
  }
}
