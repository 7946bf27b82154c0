import { type PatchesPage, patchesPage, patchesQuery, problem, smallCount } from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql, { empty } from 'sql-template-tag'
import * as z from 'zod'
import type { Deps } from '../deps.ts'
import { cursorOf, placeOf } from './page-cursor.ts'
import { type EntryRow, entryColumns, entryOf, kernelsOf, patchCounts } from './patch-counts.ts'

const position = z.tuple([smallCount, z.string().regex(/^\d{1,10}$/)])

/**
 * Patches, those on most hosts first; then, newest first, those that no host has any more. `nextCursor` is null on the last page.
 * Throws INVALID_INPUT for a foreign cursor.
 */
export async function listPatches(
  db: Pick<pg.Pool, 'query'>,
  query: z.infer<typeof patchesQuery>,
): Promise<PatchesPage> {
  const after = placeOf(query.cursor, position)
  const from = after ? sql`where (e.hosts, e.id) < (${after[0]}::int, ${after[1]}::bigint)` : empty
  const named = query.q ? sql`where e.name ilike ${`%${query.q.replace(/[\\%_]/g, '\\$&')}%`}` : empty
  const { rows } = await db.query<{ total: number; items: (EntryRow & { firstSeenAt: string })[] }>(sql`
    with ${patchCounts()}, matching as materialized (
      select e.*, e.on + e.moving + e.stuck + e.off as hosts from entry e ${named}
    )
    select (select count(*)::int from matching) as total, coalesce((
      select jsonb_agg(to_jsonb(page) order by page.hosts desc, page.id::bigint desc) from (
        select ${entryColumns} from (
          select * from matching e ${from} order by e.hosts desc, e.id desc limit ${query.limit + 1}
        ) as e ${kernelsOf()}
      ) as page), '[]') as items`)
  const { total, items } = rows[0] ?? { total: 0, items: [] }
  const shown = items.slice(0, query.limit)
  const last = shown.at(-1)
  return {
    items: shown.map((item) => entryOf({ ...item, firstSeenAt: new Date(item.firstSeenAt) })),
    nextCursor: items.length > query.limit && last ? cursorOf([last.hosts, last.id]) : null,
    total,
    now: new Date().toISOString(),
  }
}

export async function patches(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/patches',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'Patches, those on most hosts first',
        querystring: patchesQuery,
        response: { 200: patchesPage, 400: problem, 401: problem },
      },
    },
    (request) => listPatches(pool, request.query),
  )
}
