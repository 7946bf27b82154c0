import {
  type HostEvent,
  type HostTimeline,
  hostParams,
  hostTimeline,
  type PastView,
  problem,
  timelineQuery,
} from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql, { empty, type Sql } from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { hostMissing } from './host-missing.ts'
import { eventsThen, resolvePast, slow } from './past.ts'

/** Columns of an event; the query names `event` e. */
export const eventColumns: Sql = sql`e.id::text, e.host_id::text as "hostId", e.hostname, e.demo, e.kind,
  e.occurred_at as "occurredAt", e.recorded_at as "recordedAt", e.data`

export interface EventRow {
  id: string
  hostId: string
  hostname: string
  demo: boolean
  kind: HostEvent['kind']
  occurredAt: Date
  recordedAt: Date
  data: Pick<HostEvent, 'patch' | 'source' | 'from' | 'to' | 'reason' | 'detail'>
}

export function eventOf({ data, occurredAt, recordedAt, ...row }: EventRow): HostEvent {
  const { patch, source, from, to, reason, detail } = data
  const times = { occurredAt: occurredAt.toISOString(), recordedAt: recordedAt.toISOString() }
  return { ...row, ...times, patch, source, from, to, reason, detail: detail?.slice(0, 500) ?? null }
}

const idPattern = /^\d{1,18}$/

/** What happened on a host, newest recorded first. Throws HOST_NOT_FOUND, and INVALID_INPUT for a foreign cursor. */
export async function readTimeline(
  db: Pick<pg.Pool, 'query'>,
  hostId: string,
  query: { cursor?: string | undefined; limit: number },
  view: PastView | null,
): Promise<HostTimeline> {
  if (query.cursor !== undefined && !idPattern.test(query.cursor))
    throw new ProblemError('INVALID_INPUT', {
      detail: 'querystring/cursor: is not one that this server gave out.',
      remedy: 'Start again without cursor.',
      fields: [{ field: '/cursor', message: 'is not valid' }],
    })
  const before = query.cursor === undefined ? empty : sql`and e.id < ${query.cursor}::bigint`
  const { rows } = await db.query<EventRow>(sql`
    select ${eventColumns} from event e
    where e.host_id = ${hostId}::bigint ${before} ${view ? sql`and ${eventsThen(view)}` : empty}
    order by e.id desc limit ${query.limit + 1}`)
  if (rows.length === 0) {
    const { rows: found } = await db.query(sql`select from host_ever where host_id = ${hostId}::bigint`)
    if (found.length === 0) throw hostMissing(hostId)
  }
  const items = rows.slice(0, query.limit).map(eventOf)
  return { items, nextCursor: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null }
}

export async function timeline(
  app: FastifyInstance,
  deps: Pick<Deps, 'pool' | 'slowPool' | 'config'>,
): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/hosts/:id/timeline',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'What happened on a host, newest first',
        params: hostParams,
        querystring: timelineQuery,
        response: { 200: hostTimeline, 400: problem, 401: problem, 404: problem },
      },
    },
    async ({ params, query }) => {
      const view = await resolvePast(deps.pool, query, deps.config.retention.eventDays)
      return await readTimeline(view ? slow(deps) : deps.pool, params.id, query, view)
    },
  )
}
