import { pipeline, Readable } from 'node:stream'
import {
  type AuditEntry,
  type AuditPage,
  type AuditQuery,
  auditEntry,
  auditPage,
  auditQuery,
  problem,
} from '@graftwatch/contract'
import type { PrismaClient, AuditEntry as Row } from '@graftwatch/db/prisma'
import { stringify } from 'csv-stringify'
import type { FastifyInstance, FastifyReply } from 'fastify'
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

/** One page of the log. Throws INVALID_INPUT for a foreign cursor. */
async function readPage(prisma: PrismaClient, query: Omit<AuditQuery, 'format'>): Promise<AuditPage> {
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
}

const pageSize = 1000

/** Every entry from the first page on, each page read when the one before was taken; newer entries are not in it. */
async function* readOn(
  prisma: PrismaClient,
  query: AuditQuery,
  first: AuditPage,
): AsyncGenerator<AuditEntry> {
  for (let page = first; ; ) {
    yield* page.items
    if (page.nextCursor === null) return
    page = await readPage(prisma, { ...query, cursor: page.nextCursor, limit: pageSize })
  }
}

const csvRow = ({ actor, data, ...entry }: AuditEntry) => ({
  ...entry,
  actorKind: actor.kind,
  actorId: actor.id,
  actor: actor.name,
  data: JSON.stringify(data),
})

function csvOf(entries: AsyncGenerator<AuditEntry>): Readable {
  const columns = ['id', 'at', 'actorKind', 'actorId', 'actor', 'action', 'subject', 'address', 'data']
  const csv = stringify({ header: true, columns, escape_formulas: true })
  const rows = Readable.from(entries, { objectMode: true }).map(csvRow)
  // Whichever end breaks ends the other; the reader sees a file that stops without its end.
  pipeline(rows, csv, () => {})
  return csv
}

/** GET /v1/audit: every write of people and keys, newest first. */
export async function auditLog(app: FastifyInstance, { prisma }: Pick<Deps, 'prisma'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/audit',
    {
      config: { access: 'audit:read' },
      schema: {
        tags: ['people'],
        summary: 'Who did what, newest first; ?format=csv for all of it',
        querystring: auditQuery,
        response: { 200: auditPage, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query }, reply) => {
      if (query.format === 'json') return await readPage(prisma, query)
      // Before the headers: what is refused is still a problem, not half a file.
      const first = await readPage(prisma, { ...query, limit: pageSize })
      return (reply as FastifyReply)
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="graftwatch-audit.csv"')
        .header('cache-control', 'no-store')
        .send(csvOf(readOn(prisma, query, first)))
    },
  )
}
