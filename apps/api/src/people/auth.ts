import { randomUUID } from 'node:crypto'
import type { Viewer } from '@graftwatch/contract'
import { roles } from '@graftwatch/contract/vocabulary'
import { betterAuth } from 'better-auth'
import { fromNodeHeaders } from 'better-auth/node'
import type { FastifyRequest } from 'fastify'
import type pg from 'pg'
import type { Config } from '../config.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { permissionsOf } from './permissions.ts'

const basePath = '/v1/auth'

function configure(pool: pg.Pool, config: Config) {
  return betterAuth({
    appName: 'Graftwatch',
    baseURL: config.baseUrl,
    basePath,
    secret: config.secret,
    trustedOrigins: config.trustedOrigins,
    database: pool,
    telemetry: { enabled: false },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 12, maxPasswordLength: 128 },
    user: {
      modelName: 'auth_user',
      additionalFields: { role: { type: 'string', defaultValue: 'viewer', input: false } },
    },
    session: {
      modelName: 'auth_session',
      expiresIn: 60 * 60 * 24 * 7,
      // Short: for as long a session that was ended elsewhere still passes.
      cookieCache: { enabled: true, maxAge: 5 },
    },
    account: { modelName: 'auth_account' },
    verification: { modelName: 'auth_verification' },
    rateLimit: {
      enabled: true,
      storage: 'database',
      modelName: 'auth_rate_limit',
      window: 60,
      max: 100,
      customRules: { '/sign-in/email': { window: 60, max: 20 } },
    },
    advanced: {
      cookiePrefix: 'graftwatch',
      ipAddress: { ipAddressHeaders: ['x-graftwatch-client'] },
      database: { generateId: () => randomUUID() },
    },
    logger: { disabled: true },
  })
}

/** Sign-in, on better-auth and our own pool. */
export interface Auth {
  /** Answers what the browser asks under /v1/auth. */
  handle(request: Request): Promise<Response>
  /**
   * Who is signed in with the session of this request, or null. Up to 5 s old: a session that was ended elsewhere still passes,
   * unless `isFresh`, which asks the database.
   */
  viewerOf(request: Pick<FastifyRequest, 'headers'>, options?: { isFresh: boolean }): Promise<Viewer | null>
  hasUsers(): Promise<boolean>
  /** False when somebody exists already; then nothing was written. */
  createFirstAdmin(user: { email: string; name: string; password: string }): Promise<boolean>
}

/** Any number, as long as nothing else of ours takes it. */
const setupLock = 7_245_018_833

export function createAuth(pool: pg.Pool, config: Config): Auth {
  const auth = configure(pool, config)
  return {
    handle: (request) => auth.handler(request),
    async viewerOf(request, { isFresh } = { isFresh: false }) {
      const session = await auth.api.getSession({
        headers: fromNodeHeaders(request.headers),
        query: { disableCookieCache: isFresh },
      })
      if (!session) return null
      const { id, email, name, role } = session.user
      const known = roles.find((each) => each === role) ?? 'viewer'
      return { id, email, name, role: known, permissions: permissionsOf(known) }
    },
    async hasUsers() {
      const { rows } = await pool.query<{ found: boolean }>('select exists (select from auth_user) as found')
      return rows[0]?.found ?? false
    },
    async createFirstAdmin({ email, name, password }) {
      const context = await auth.$context
      const digest = await context.password.hash(password)
      // All on the one connection: a holder of the lock that needed a second one could wait for those that wait for it.
      return await inTransaction(pool, async (client) => {
        await client.query('select pg_advisory_xact_lock($1)', [setupLock])
        const { rows } = await client.query('select from auth_user limit 1')
        if (rows.length > 0) return false
        const id = randomUUID()
        await client.query(
          `insert into auth_user (id, name, email, "emailVerified", role) values ($1, $2, $3, true, 'admin')`,
          [id, name, email.toLowerCase()],
        )
        await client.query(
          `insert into auth_account (id, "accountId", "providerId", "userId", password)
           values ($1, $2, 'credential', $2, $3)`,
          [randomUUID(), id, digest],
        )
        return true
      })
    },
  }
}
