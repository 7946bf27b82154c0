import {
  changePassword as changePasswordBody,
  nothing,
  problem,
  type Session,
  sessionParams,
  sessions as sessionsAnswer,
  sessionsQuery,
} from '@graftwatch/contract'
import type { AuthSession } from '@graftwatch/db/prisma'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import { forbidden } from '../http/access.ts'
import { ProblemError } from '../http/problem.ts'
import { Tries } from '../http/tries.ts'
import { changePassword } from './change-password.ts'
import { endSession } from './end-session.ts'

const shownMax = 100

const itemOf = (row: AuthSession, current: string | null): Session => ({
  id: row.id,
  userId: row.userId,
  createdAt: row.createdAt.toISOString(),
  lastUsedAt: row.updatedAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
  address: row.ipAddress || null,
  userAgent: row.userAgent || null,
  isCurrent: row.id === current,
})

/** One's own sessions and password; with users:read the sessions of others. */
export async function sessions(
  app: FastifyInstance,
  deps: Pick<Deps, 'pool' | 'prisma' | 'auth'>,
): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const { pool, prisma } = deps
  const tags = ['people']
  const passwordTries = new Tries(10)

  routes.get(
    '/v1/sessions',
    {
      config: { access: 'sessions:own' },
      schema: {
        tags,
        summary: 'Sign-ins that have not ended: one’s own, or those of ?user= for admins',
        querystring: sessionsQuery,
        response: { 200: sessionsAnswer, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query, viewer }) => {
      if (!viewer) throw new Error('access let nobody through')
      const userId = query.user ?? viewer.id
      if (userId !== viewer.id && !viewer.permissions.includes('users:read'))
        throw forbidden('users:read', viewer)
      const where = { userId, expiresAt: { gt: new Date() } }
      const [rows, total] = await Promise.all([
        prisma.authSession.findMany({ where, orderBy: { createdAt: 'desc' }, take: shownMax }),
        prisma.authSession.count({ where }),
      ])
      return { items: rows.map((row) => itemOf(row, viewer.sessionId)), total }
    },
  )

  routes.delete(
    '/v1/sessions/:id',
    {
      config: { access: 'sessions:own' },
      schema: {
        tags,
        summary: 'End a session: one’s own, or anybody’s for admins',
        params: sessionParams,
        response: { 204: nothing, 400: problem, 401: problem, 404: problem },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      if (!(await endSession(pool, request, id)))
        throw new ProblemError('NOT_FOUND', {
          detail: `There is no session ${id}.`,
          remedy: 'GET /v1/sessions lists them; it may have ended.',
        })
      return reply.code(204).send(null)
    },
  )

  routes.post(
    '/v1/me/password',
    {
      config: { access: 'sessions:own' },
      schema: {
        tags,
        summary: 'Change one’s own password and end one’s other sessions',
        body: changePasswordBody,
        response: { 204: nothing, 400: problem, 401: problem, 403: problem },
      },
    },
    async (request, reply) => {
      const waitSeconds = passwordTries.take(request.viewer?.id ?? '')
      if (waitSeconds > 0)
        throw new ProblemError('TOO_MANY_REQUESTS', {
          detail: 'Too many tries to change this password.',
          remedy: 'Wait a minute, then try again.',
          retryAfterSeconds: waitSeconds,
        })
      await changePassword(deps, request, request.body)
      return reply.code(204).send(null)
    },
  )
}
