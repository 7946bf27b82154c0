import {
  type AlertDetail,
  type AlertsPage,
  type AlertsQuery,
  acknowledgeAlert,
  alertDetail,
  alertParams,
  alertSeverities,
  alertsPage,
  alertsQuery,
  commentAlert,
  problem,
} from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql, { empty, join } from 'sql-template-tag'
import * as z from 'zod'
import type { Deps } from '../deps.ts'
import { cursorOf, placeOf } from '../fleet/page-cursor.ts'
import { ProblemError } from '../http/problem.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { notifyFleet } from '../live/notify.ts'
import { type Actor, type Audited, audit } from '../people/audit.ts'
import { readAlertDetail } from './alert-detail.ts'
import { readAlertRows, summaryOf } from './alert-rows.ts'

export const alertMissing = (id: string) =>
  new ProblemError('NOT_FOUND', {
    detail: `There is no alert ${id}.`,
    remedy: 'GET /v1/alerts lists them; what is over is kept for as long as events are.',
  })

/** Where a list ended: status, severity, when it became what it is, id; as the order below sorts them. */
const place = z.tuple([z.int(), z.int(), z.iso.datetime(), alertParams.shape.id])

const statusPlace = sql`case a.status when 'firing' then 0 when 'pending' then 1 else 2 end`
const severityPlace = sql`case when a.status = 'resolved' then 0 else array_position(${[...alertSeverities]}::text[], a.severity) end`
/** Newest first: by what made it so. */
const became = sql`coalesce(a.resolved_at, a.firing_at, a.since)`

async function listAlerts(db: Pick<pg.Pool, 'query'>, query: AlertsQuery): Promise<AlertsPage> {
  const after = placeOf(query.cursor, place)
  const conditions = [
    sql`true`,
    query.status === undefined ? empty : sql`a.status = ${query.status}`,
    query.severity === undefined ? empty : sql`a.severity = ${query.severity}`,
    query.host === undefined
      ? empty
      : sql`exists (select from alert_host m where m.alert_id = a.id and m.host_id = ${query.host}::bigint)`,
    after === null
      ? empty
      : sql`(${statusPlace}, ${severityPlace}, -extract(epoch from ${became}), -a.id)
          > (${after[0]}::int, ${after[1]}::int, -extract(epoch from ${after[2]}::timestamptz), -${after[3]}::bigint)`,
  ].filter((condition) => condition !== empty)
  const rows = await readAlertRows(
    db,
    join(conditions, ' and '),
    sql`${statusPlace}, ${severityPlace}, ${became} desc, a.id desc`,
    query.limit + 1,
  )
  const { rows: counts } = await db.query<{ firing: number; pending: number }>(
    `select (count(*) filter (where status = 'firing'))::int as firing, (count(*) filter (where status = 'pending'))::int as pending
     from alert where status <> 'resolved' and drill_ends_at is null`,
  )
  const shown = rows.slice(0, query.limit)
  const last = rows.length > query.limit ? shown.at(-1) : undefined
  return {
    items: shown.map(summaryOf),
    nextCursor: last
      ? cursorOf([
          ['firing', 'pending', 'resolved'].indexOf(last.status),
          last.status === 'resolved' ? 0 : alertSeverities.indexOf(last.severity) + 1,
          (last.resolvedAt ?? last.firingAt ?? last.since).toISOString(),
          last.id,
        ])
      : null,
    firing: counts[0]?.firing ?? 0,
    pending: counts[0]?.pending ?? 0,
    now: new Date().toISOString(),
  }
}

/** One answer of a person to an alert: the change, its note, its audit entry, and the word to the browsers. */
async function answer(
  pool: pg.Pool,
  actor: Actor,
  id: string,
  {
    update,
    kind,
    text,
    action,
  }: { update: string; kind: string; text: string | null; action: Audited['action'] },
): Promise<AlertDetail> {
  await inTransaction(pool, async (client) => {
    const by = actor.viewer?.name ?? 'Graftwatch'
    const { rowCount } = await client.query(update, kind === 'acknowledged' ? [id, by, text] : [id])
    if (rowCount === 0) throw alertMissing(id)
    await client.query(
      'insert into alert_note (alert_id, at, kind, by, text) values ($1, graftwatch_now(), $2, $3, $4)',
      [id, kind, by, text],
    )
    await audit(client, actor, { action, subject: `alert:${id}`, data: text === null ? {} : { text } })
    await notifyFleet(client)
  })
  const detail = await readAlertDetail(pool, id)
  if (!detail) throw alertMissing(id)
  return detail
}

export async function alerts(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const tags = ['alerts']
  const refused = { 400: problem, 401: problem, 403: problem, 404: problem }

  routes.get(
    '/v1/alerts',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags,
        summary: 'Alerts: firing, then pending, then resolved',
        querystring: alertsQuery,
        response: { 200: alertsPage, 400: problem, 401: problem },
      },
    },
    async ({ query }) => await listAlerts(pool, query),
  )

  routes.get(
    '/v1/alerts/:id',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags,
        summary: 'One alert with its hosts, timeline and deliveries',
        params: alertParams,
        response: { 200: alertDetail, 400: problem, 401: problem, 404: problem },
      },
    },
    async ({ params, viewer }) => {
      const detail = await readAlertDetail(pool, params.id)
      if (!detail) throw alertMissing(params.id)
      // What receivers answered is for those who look after channels.
      return viewer?.permissions.includes('channels:read') ? detail : { ...detail, deliveries: [] }
    },
  )

  routes.post(
    '/v1/alerts/:id/acknowledge',
    {
      config: { access: 'alerts:answer' },
      schema: {
        tags,
        summary: 'Take an alert: others see who has it',
        params: alertParams,
        body: acknowledgeAlert,
        response: { 200: alertDetail, ...refused },
      },
    },
    async (request) =>
      await answer(pool, request, request.params.id, {
        update: `update alert set acknowledged_at = graftwatch_now(), acknowledged_by = $2, acknowledged_note = $3 where id = $1`,
        kind: 'acknowledged',
        text: request.body.note,
        action: 'alert.acknowledge',
      }),
  )

  routes.delete(
    '/v1/alerts/:id/acknowledge',
    {
      config: { access: 'alerts:answer' },
      schema: {
        tags,
        summary: 'Give an alert back: nobody has it',
        params: alertParams,
        response: { 200: alertDetail, ...refused },
      },
    },
    async (request) =>
      await answer(pool, request, request.params.id, {
        update:
          'update alert set acknowledged_at = null, acknowledged_by = null, acknowledged_note = null where id = $1 and acknowledged_at is not null',
        kind: 'unacknowledged',
        text: null,
        action: 'alert.unacknowledge',
      }),
  )

  routes.post(
    '/v1/alerts/:id/comments',
    {
      config: { access: 'alerts:answer' },
      schema: {
        tags,
        summary: 'Comment on an alert',
        params: alertParams,
        body: commentAlert,
        response: { 200: alertDetail, ...refused },
      },
    },
    async (request) =>
      await answer(pool, request, request.params.id, {
        // Locks the alert, so that it is there until the comment is.
        update: 'select from alert where id = $1 for key share',
        kind: 'commented',
        text: request.body.text,
        action: 'alert.comment',
      }),
  )
}
