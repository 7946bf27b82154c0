import {
  type CreateEnrollmentToken,
  createEnrollmentToken,
  credentialParams,
  type EnrollmentToken,
  enrollmentTokensPage,
  labels,
  type NewEnrollmentToken,
  newEnrollmentToken,
  nothing,
  pageQuery,
  problem,
} from '@graftwatch/contract'
import type { EnrollmentToken as Row } from '@graftwatch/db/prisma'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { digestOf, newEnrollmentToken as newToken } from '../ingest/secrets.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { type Actor, audit } from './audit.ts'
import { newestFirst, pageOf } from './pages.ts'

type Told = Omit<Row, 'digest' | 'demo' | 'createdBy'>

const itemOf = (row: Told): EnrollmentToken => ({
  id: String(row.id),
  label: row.label,
  labels: labels.parse(row.labels),
  createdBy: row.createdByName,
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
  uses: row.uses,
  maxUses: row.maxUses,
  revokedAt: row.revokedAt?.toISOString() ?? null,
})

const told = `id, label, labels, created_by_name as "createdByName", created_at as "createdAt", expires_at as "expiresAt",
  uses, max_uses as "maxUses", revoked_at as "revokedAt"`

/** Makes a token that enrolls hosts. The token is in the answer and nowhere else. */
async function createToken(
  pool: pg.Pool,
  actor: Actor,
  { label, labels: given, expiresInHours, maxUses }: CreateEnrollmentToken,
): Promise<NewEnrollmentToken> {
  const token = newToken()
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query<Told>(
      `insert into enrollment_token (label, digest, max_uses, created_by, created_by_name, expires_at, labels)
       values ($1, $2, $3, $4, $5, now() + make_interval(hours => $6), $7) returning ${told}`,
      [
        label,
        digestOf(token),
        maxUses,
        actor.viewer?.id,
        actor.viewer?.name,
        expiresInHours,
        JSON.stringify(given),
      ],
    )
    const [row] = rows
    if (!row) throw new Error('an insert without conflict returned no row')
    const item = itemOf(row)
    await audit(client, actor, {
      action: 'enrollment-token.create',
      subject: `enrollment-token:${item.id}`,
      data: { label, labels: given, maxUses, expiresAt: item.expiresAt },
    })
    return { ...item, token }
  })
}

/** Ends a token at once; hosts that enrolled with it keep their keys. Throws NOT_FOUND, also when it was revoked before. */
async function revokeToken(pool: pg.Pool, actor: Actor, id: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ label: string }>(
      `update enrollment_token set revoked_at = now()
       where id = $1::bigint and revoked_at is null and not demo returning label`,
      [id],
    )
    const [row] = rows
    if (!row)
      throw new ProblemError('NOT_FOUND', {
        detail: `There is no enrollment token ${id} that could be revoked.`,
        remedy: 'GET /v1/enrollment-tokens lists them; it may have been revoked before.',
      })
    await audit(client, actor, {
      action: 'enrollment-token.revoke',
      subject: `enrollment-token:${id}`,
      data: { label: row.label },
    })
  })
}

export async function enrollmentTokens(
  app: FastifyInstance,
  { pool, prisma }: Pick<Deps, 'pool' | 'prisma'>,
): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const tags = ['people']

  routes.get(
    '/v1/enrollment-tokens',
    {
      config: { access: 'enrollment-tokens:read' },
      schema: {
        tags,
        summary: 'Enrollment tokens, newest first; never the token itself',
        querystring: pageQuery,
        response: { 200: enrollmentTokensPage, 401: problem, 403: problem },
      },
    },
    async ({ query }) => {
      const { where, ...page } = newestFirst(query)
      // Of the demo there is one row, which says that it was removed; it is no token.
      const rows = await prisma.enrollmentToken.findMany({ ...page, where: { ...where, demo: false } })
      return pageOf(rows, query.limit, ({ id }) => String(id), itemOf)
    },
  )

  routes.post(
    '/v1/enrollment-tokens',
    {
      config: { access: 'enrollment-tokens:write' },
      schema: {
        tags,
        summary: 'Create an enrollment token; it is shown this once',
        body: createEnrollmentToken,
        response: { 201: newEnrollmentToken, 400: problem, 403: problem },
      },
    },
    async (request, reply) => reply.code(201).send(await createToken(pool, request, request.body)),
  )

  routes.delete(
    '/v1/enrollment-tokens/:id',
    {
      config: { access: 'enrollment-tokens:write' },
      schema: {
        tags,
        summary: 'Revoke an enrollment token',
        params: credentialParams,
        response: { 204: nothing, 400: problem, 403: problem, 404: problem },
      },
    },
    async (request, reply) => {
      await revokeToken(pool, request, request.params.id)
      return reply.code(204).send(null)
    },
  )
}
