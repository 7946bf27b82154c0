import {
  type ApiKey,
  apiKeysPage,
  type CreateApiKey,
  createApiKey,
  credentialParams,
  type NewApiKey,
  newApiKey,
  nothing,
  pageQuery,
  problem,
} from '@graftwatch/contract'
import { apiKeyScopes } from '@graftwatch/contract/vocabulary'
import type { ApiKey as Row } from '@graftwatch/db/prisma'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { digestOf } from '../ingest/secrets.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { newKey, prefixOf } from './api-key-secret.ts'
import { type Actor, audit } from './audit.ts'
import { newestFirst, pageOf } from './pages.ts'

type Told = Omit<Row, 'digest' | 'createdBy'>

const itemOf = (row: Told): ApiKey => ({
  id: String(row.id),
  label: row.label,
  prefix: row.prefix,
  scopes: apiKeyScopes.filter((scope) => row.scopes.includes(scope)),
  createdBy: row.createdByName,
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
  lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  revokedAt: row.revokedAt?.toISOString() ?? null,
})

/** Makes a key for a program. The key is in the answer and nowhere else. */
async function createKey(
  pool: pg.Pool,
  actor: Actor,
  { label, scopes, expiresInDays }: CreateApiKey,
): Promise<NewApiKey> {
  return await inTransaction(pool, async (client) => {
    const { rows: next } = await client.query<{ id: string }>(
      `select nextval(pg_get_serial_sequence('api_key', 'id'))::text as id`,
    )
    const key = newKey(next[0]?.id ?? '')
    const { rows } = await client.query<Told>(
      `insert into api_key (id, label, prefix, digest, scopes, created_by, created_by_name, expires_at)
       values ($1::bigint, $2, $3, $4, $5, $6, $7, now() + make_interval(days => $8))
       returning id, label, prefix, scopes, created_by_name as "createdByName", created_at as "createdAt",
         expires_at as "expiresAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt"`,
      [
        next[0]?.id,
        label,
        prefixOf(key),
        digestOf(key),
        scopes,
        actor.viewer?.id,
        actor.viewer?.name,
        expiresInDays,
      ],
    )
    const [row] = rows
    if (!row) throw new Error('an insert without conflict returned no row')
    const item = itemOf(row)
    await audit(client, actor, {
      action: 'api-key.create',
      subject: `api-key:${item.id}`,
      data: { label, scopes, expiresAt: item.expiresAt },
    })
    return { ...item, key }
  })
}

/** Ends a key at once, on every replica. Throws NOT_FOUND, also when it was revoked before. */
async function revokeKey(pool: pg.Pool, actor: Actor, id: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ label: string }>(
      'update api_key set revoked_at = now() where id = $1::bigint and revoked_at is null returning label',
      [id],
    )
    const [row] = rows
    if (!row)
      throw new ProblemError('NOT_FOUND', {
        detail: `There is no API key ${id} that could be revoked.`,
        remedy: 'GET /v1/api-keys lists them; it may have been revoked before.',
      })
    await audit(client, actor, {
      action: 'api-key.revoke',
      subject: `api-key:${id}`,
      data: { label: row.label },
    })
  })
}

export async function apiKeys(
  app: FastifyInstance,
  { pool, prisma }: Pick<Deps, 'pool' | 'prisma'>,
): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const tags = ['people']

  routes.get(
    '/v1/api-keys',
    {
      config: { access: 'api-keys:read' },
      schema: {
        tags,
        summary: 'API keys, newest first; never the key itself',
        querystring: pageQuery,
        response: { 200: apiKeysPage, 401: problem, 403: problem },
      },
    },
    async ({ query }) => {
      const rows = await prisma.apiKey.findMany(newestFirst(query))
      return pageOf(rows, query.limit, ({ id }) => String(id), itemOf)
    },
  )

  routes.post(
    '/v1/api-keys',
    {
      config: { access: 'api-keys:write' },
      schema: {
        tags,
        summary: 'Create an API key; it is shown this once',
        body: createApiKey,
        response: { 201: newApiKey, 400: problem, 403: problem },
      },
    },
    async (request, reply) => reply.code(201).send(await createKey(pool, request, request.body)),
  )

  routes.delete(
    '/v1/api-keys/:id',
    {
      config: { access: 'api-keys:write' },
      schema: {
        tags,
        summary: 'Revoke an API key',
        params: credentialParams,
        response: { 204: nothing, 400: problem, 403: problem, 404: problem },
      },
    },
    async (request, reply) => {
      await revokeKey(pool, request, request.params.id)
      return reply.code(204).send(null)
    },
  )
}
