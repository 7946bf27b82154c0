import {
  type HostsPage,
  type HostsQuery,
  hostsPage,
  hostsQuery,
  type PastView,
  problem,
} from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql, { empty, join } from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { afterCursor, encodeCursor, hostOrder } from './host-order.ts'
import { hostCondition, hostScope } from './host-scope.ts'
import { type SummaryRow, summaryOf } from './host-summary.ts'
import { resolvePast, slow } from './past.ts'
import { readTicks } from './ticks.ts'

type Row = SummaryRow & { place: string[] }

/**
 * One page of hosts, now or then. First the page's ids, by the index of its order; then what the rows show, of these alone.
 * `nextCursor` is null on the last page. Throws INVALID_INPUT for a foreign cursor or a selector that cannot be read.
 */
export async function listHosts(
  db: Pick<pg.Pool, 'query'>,
  query: HostsQuery,
  view: PastView | null,
  limit: number = query.limit,
): Promise<HostsPage> {
  const scope = hostScope(view)
  const order = hostOrder(query.sort, scope)
  const columns = order.keys.map(({ column }, index) => sql`${column} as ${key(index)}`)
  const from = query.cursor === undefined ? empty : sql`and ${afterCursor(order, query.cursor)}`
  const sorted = join(order.keys.map((_key, index) => sql`page.${key(index)} ${order.direction}`))
  const page = sql`select ${view ? sql`h.*` : scope.id}, ${join(columns)}
    from ${scope.from} ${order.joins} where ${hostCondition(scope, query)} ${from}
    order by ${join(order.keys.map(({ column }) => sql`${column} ${order.direction}`))} limit ${limit + 1}`
  const shown = view ? sql`page as h` : sql`page join host h on h.id = page.id`
  const place = order.keys.map(({ type }, index) =>
    type.sql === 'timestamptz'
      ? sql`${isoOf(sql`${view ? sql`h` : sql`page`}.${key(index)}`)}`
      : sql`${view ? sql`h` : sql`page`}.${key(index)}::text`,
  )
  const { rows } = await db.query<Row>(sql`
    with page as materialized (${page})
    select ${scope.columns}, array[${join(place)}] as place from ${shown} ${scope.joins}
    order by ${view ? join(order.keys.map((_key, index) => sql`h.${key(index)} ${order.direction}`)) : sorted}`)
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const now = view?.asOf ?? new Date().toISOString()
  const ticks =
    query.include === 'ticks'
      ? await readTicks(
          db,
          items.map(({ id }) => id),
          now,
          view,
        )
      : null
  return {
    items: items.map((row) => summaryOf(row, ticks?.get(row.id) ?? null)),
    nextCursor: rows.length > limit && last ? encodeCursor(order, last.place) : null,
    view,
    now,
  }
}

/** Names of the columns that decide the order; fixed, since identifiers cannot be parameters. */
const key = (index: number) => [sql`key_0`, sql`key_1`, sql`key_2`][index] ?? empty

const isoOf = (column: ReturnType<typeof sql>) =>
  sql`case when isfinite(${column}) then to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') else '-infinity' end`

export async function hosts(
  app: FastifyInstance,
  deps: Pick<Deps, 'pool' | 'slowPool' | 'config'>,
): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/hosts',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'Hosts, filtered and sorted, now or as they were',
        querystring: hostsQuery,
        response: { 200: hostsPage, 400: problem, 401: problem },
      },
    },
    async ({ query }) => {
      const view = await resolvePast(deps.pool, query, deps.config.retention.eventDays)
      return await listHosts(view ? slow(deps) : deps.pool, query, view)
    },
  )
}
