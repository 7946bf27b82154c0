import { randomUUID } from 'node:crypto'
import type { Viewer } from '@graftwatch/contract'
import { roles } from '@graftwatch/contract/vocabulary'
import { betterAuth } from 'better-auth'
import { APIError } from 'better-auth/api'
import { fromNodeHeaders } from 'better-auth/node'
import type { FastifyRequest } from 'fastify'
import type pg from 'pg'
import type { Config } from '../config.ts'
import { bearerOf } from '../http/bearer.ts'
import { databaseUnavailable } from '../http/problem.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { viewerOfKey } from './api-key-secret.ts'
import { insertUser } from './insert-user.ts'
import { permissionsOf } from './permissions.ts'
import { sessionDigests } from './session-digest.ts'

const basePath = '/v1/auth'

/** better-auth's refusals carry a code; this one is ours. */
export const accountDisabled = 'ACCOUNT_DISABLED'

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
      additionalFields: {
        role: { type: 'string', defaultValue: 'viewer', input: false },
        disabledAt: { type: 'date', required: false, input: false },
      },
    },
    // No cache in the cookie: a session that was ended would pass for as long as that lasts.
    // Renewed at most every five minutes, which is also how old the time of its last use may be.
    session: { modelName: 'auth_session', expiresIn: 60 * 60 * 24 * 7, updateAge: 60 * 5 },
    plugins: [sessionDigests],
    databaseHooks: {
      session: { create: { before: ({ userId }) => refuseDisabled(pool, userId) } },
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

/** After the password was found right, so that only its owner learns of it. */
async function refuseDisabled(pool: pg.Pool, userId: string): Promise<void> {
  const { rows } = await pool.query('select from auth_user where id = $1 and "disabledAt" is not null', [
    userId,
  ])
  if (rows.length > 0) throw new APIError('FORBIDDEN', { code: accountDisabled, message: 'disabled' })
}

/** Who asks, and in which session; a key has none. */
export interface Principal extends Viewer {
  sessionId: string | null
}

/** Sign-in, on better-auth and our own pool. */
export interface Auth {
  /** Answers what the browser asks under /v1/auth. */
  handle(request: Request): Promise<Response>
  /**
   * Who asks: the program whose key the request carries, else whoever is signed in with its session; null when neither holds.
   * Always asks the database: what was revoked or ended anywhere is refused at once. Rejects with DATABASE_UNAVAILABLE.
   */
  viewerOf(request: Pick<FastifyRequest, 'headers'>): Promise<Principal | null>
  hashPassword(password: string): Promise<string>
  isPassword(password: string, digest: string): Promise<boolean>
  hasUsers(): Promise<boolean>
  /** False when somebody exists already; then nothing was written. */
  createFirstAdmin(user: { email: string; name: string; password: string }, ip?: string): Promise<boolean>
}

/** Any number, as long as nothing else of ours takes it. */
const setupLock = 7_245_018_833

/** better-auth's own failures are failures of the database, which is all it uses; a session that ended meanwhile is none. */
function failed(error: unknown): null {
  if (error instanceof APIError && error.statusCode < 500) return null
  throw databaseUnavailable(error)
}

export function createAuth(pool: pg.Pool, config: Config): Auth {
  const auth = configure(pool, config)
  return {
    handle: (request) => auth.handler(request),
    async viewerOf(request) {
      const key = bearerOf(request)
      if (key !== null) {
        const program = await viewerOfKey(pool, key)
        return program && { ...program, sessionId: null }
      }
      const found = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) }).catch(failed)
      if (!found || found.user.disabledAt) return null
      const { id, email, name, role } = found.user
      const known = roles.find((each) => each === role) ?? 'viewer'
      return { id, email, name, role: known, permissions: permissionsOf(known), sessionId: found.session.id }
    },
    async hashPassword(password) {
      return await (await auth.$context).password.hash(password)
    },
    async isPassword(password, digest) {
      return await (await auth.$context).password.verify({ password, hash: digest })
    },
    async hasUsers() {
      const { rows } = await pool.query<{ found: boolean }>('select exists (select from auth_user) as found')
      return rows[0]?.found ?? false
    },
    async createFirstAdmin({ email, name, password }, ip = '') {
      const digest = await this.hashPassword(password)
      // All on the one connection: a holder of the lock that needed a second one could wait for those that wait for it.
      return await inTransaction(pool, async (client) => {
        await client.query('select pg_advisory_xact_lock($1)', [setupLock])
        const { rows } = await client.query('select from auth_user limit 1')
        if (rows.length > 0) return false
        await insertUser(client, { viewer: null, ip }, { email, name, role: 'admin' }, digest)
        return true
      })
    },
  }
}
