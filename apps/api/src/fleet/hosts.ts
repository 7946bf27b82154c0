import {
  type HostState,
  type HostsPage,
  hostStates,
  hostsPage,
  hostsQuery,
  instant,
  problem,
} from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql, { empty, join, type Sql } from 'sql-template-tag'
import * as z from 'zod'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { type SummaryRow, summaryColumns, summaryJoins, summaryOf } from './host-summary.ts'

const position = z.tuple([z.enum(hostStates), instant, z.string().regex(/^\d{1,16}$/)])
type Position = z.infer<typeof position>

const encode = (place: Position) => Buffer.from(JSON.stringify(place)).toString('base64url')

function decode(cursor: string): Position {
  try {
    return position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch (cause) {
    throw new ProblemError('INVALID_INPUT', {
      detail: 'querystring/cursor: is not one that this server gave out.',
      remedy: 'Start again without cursor.',
      fields: [{ field: '/cursor', message: 'is not valid' }],
      cause,
    })
  }
}

/** Rows of one state after the cursor's place, read in the order of the index (state, state_since, id). */
function pageOfState(state: HostState, after: Position | null, q: string | undefined, limit: number): Sql {
  const from =
    after?.[0] === state
      ? sql`and (h.state_since, h.id) > (${after[1]}::timestamptz, ${after[2]}::bigint)`
      : empty
  const match = q ? sql`and h.hostname ilike ${`%${q.replace(/[\\%_]/g, '\\$&')}%`}` : empty
  return sql`(select ${summaryColumns} from host h ${summaryJoins}
    where h.state = ${state} and h.retired_at is null ${from} ${match} order by h.state_since, h.id limit ${limit})`
}

/**
 * Hosts worst first, then longest in their state. One short index range a state, worst first, so that a page costs the same
 * whatever the fleet's size. `nextCursor` is null on the last page. Throws INVALID_INPUT for a foreign cursor.
 */
export async function listHosts(
  pool: Pick<pg.Pool, 'query'>,
  query: z.infer<typeof hostsQuery>,
): Promise<HostsPage> {
  const after = query.cursor === undefined ? null : decode(query.cursor)
  const from = after ? hostStates.indexOf(after[0]) : 0
  const states = hostStates.filter(
    (state, severity) => severity >= from && (!query.state || query.state.includes(state)),
  )
  const pages = states.map((state) => pageOfState(state, after, query.q, query.limit + 1))
  const { rows } =
    pages.length === 0
      ? { rows: [] }
      : await pool.query<SummaryRow>(
          sql`select * from (${join(pages, ' union all ')}) as worst_first limit ${query.limit + 1}`,
        )
  const items = rows.slice(0, query.limit)
  const last = items.at(-1)
  const hasMore = rows.length > query.limit && last !== undefined
  return {
    items: items.map((row) => summaryOf(row)),
    nextCursor: hasMore ? encode([last.state, last.stateSince.toISOString(), last.id]) : null,
    view: null,
    now: new Date().toISOString(),
  }
}

export async function hosts(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/hosts',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'Hosts, worst first',
        querystring: hostsQuery,
        response: { 200: hostsPage, 400: problem, 401: problem },
      },
    },
    (request) => listHosts(pool, request.query),
  )
}
