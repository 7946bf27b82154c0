import { randomUUID } from 'node:crypto'
import type { Viewer } from '@graftwatch/contract'
import { roles } from '@graftwatch/contract/vocabulary'
import { betterAuth } from 'better-auth'
import { fromNodeHeaders } from 'better-auth/node'
import type { FastifyRequest } from 'fastify'
import type pg from 'pg'
import type { Config } from '../config.ts'

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
  /** Who is signed in with the session of this request, or null. */
  viewerOf(request: FastifyRequest): Promise<Viewer | null>
  hasUsers(): Promise<boolean>
  /** Rejects when the e-mail address is taken. */
  createUser(user: { email: string; name: string; password: string; role: Viewer['role'] }): Promise<void>
}

export function createAuth(pool: pg.Pool, config: Config): Auth {
  const auth = configure(pool, config)
  return {
    handle: (request) => auth.handler(request),
    async viewerOf(request) {
      const session = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) })
      if (!session) return null
      const { id, email, name, role } = session.user
      return { id, email, name, role: roles.find((known) => known === role) ?? 'viewer' }
    },
    async hasUsers() {
      const { rows } = await pool.query<{ found: boolean }>('select exists (select from auth_user) as found')
      return rows[0]?.found ?? false
    },
    async createUser({ email, name, password, role }) {
      const context = await auth.$context
      const digest = await context.password.hash(password)
      const user = await context.internalAdapter.createUser(
        { email: email.toLowerCase(), name, emailVerified: true, role },
        { method: 'email-password' },
      )
      await context.internalAdapter.linkAccount({
        userId: user.id,
        providerId: 'credential',
        accountId: user.id,
        password: digest,
      })
    },
  }
}
