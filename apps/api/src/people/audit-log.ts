import { type AuditEntry, auditEntry, auditPage, auditQuery, problem } from '@graftwatch/contract'
import type { AuditEntry as Row } from '@graftwatch/db/prisma'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import { newestFirst, pageOf } from './pages.ts'

/** As PostgreSQL shows an address, without the length of its network, which is always all of it. */
const hostOf = (address: string | null): string | null => address?.replace(/\/(32|128)$/, '') ?? null

const itemOf = (row: Row): AuditEntry =>
  auditEntry.parse({
    id: String(row.id),
    at: row.at.toISOString(),
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
    action: row.action,
    subject: row.subject,
    data: row.data,
    address: hostOf(row.address),
  })

/** GET /v1/audit: every write of people and keys, newest first. */
export async function auditLog(app: FastifyInstance, { prisma }: Pick<Deps, 'prisma'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/audit',
    {
      config: { access: 'audit:read' },
      schema: {
        tags: ['people'],
        summary: 'Who did what, newest first',
        querystring: auditQuery,
        response: { 200: auditPage, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query }) => {
      const { where, ...page } = newestFirst(query)
      const { actor, action } = query
      const rows = await prisma.auditEntry.findMany({
        ...page,
        where: {
          ...where,
          ...(actor !== undefined && { actorId: actor }),
          ...(action !== undefined && { action }),
        },
      })
      return pageOf(rows, query.limit, ({ id }) => String(id), itemOf)
    },
  )
}
