import {
  type CreateSilence,
  createSilence,
  problem,
  type Silence,
  silence,
  silenceParams,
  silencesPage,
} from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql, { type Sql } from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { selectorCondition } from '../fleet/label-selector.ts'
import { ProblemError } from '../http/problem.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { notifyFleet } from '../live/notify.ts'
import { type Actor, audit } from '../people/audit.ts'
import { readAlertRows, summaryOf } from './alert-rows.ts'
import { alertsLock, applySilences } from './lifecycle.ts'

const shownMost = 200
/** Every one that runs is asked of every alert. */
const runningMost = 100
const longestMs = 366 * 86_400_000

const silenceMissing = (id: string) =>
  new ProblemError('NOT_FOUND', {
    detail: `There is no silence ${id} that runs or is planned.`,
    remedy: 'GET /v1/silences lists them; it may have ended.',
  })

async function readSilences(db: Pick<pg.Pool, 'query'>, which: Sql = sql`true`): Promise<Silence[]> {
  const { rows } = await db.query<
    Omit<Silence, 'createdAt' | 'startsAt' | 'endsAt' | 'alert'> & {
      alertId: string | null
      createdAt: Date
      startsAt: Date
      endsAt: Date
    }
  >(sql`
    select s.id::text, s.kind, s.selector, case when r.id is not null then jsonb_build_object('id', r.id::text, 'name', r.name) end as rule,
      s.alert_id::text as "alertId", s.reason, s.author, s.created_at as "createdAt", s.starts_at as "startsAt",
      s.ends_at as "endsAt", s.ended_by as "endedBy",
      case when s.ends_at <= graftwatch_now() then 'ended' when s.starts_at > graftwatch_now() then 'planned' else 'active' end as state,
      case when s.starts_at <= graftwatch_now() and s.ends_at > graftwatch_now() then (select count(*)::int from alert a
        where a.status = 'firing' and a.silenced_until is not null and (s.rule_id is null or s.rule_id = a.rule_id)
          and (s.fingerprint is null or s.fingerprint = a.fingerprint)) else 0 end as alerts
    from silence s left join alert_rule r on r.id = s.rule_id where ${which}
    order by s.ends_at <= graftwatch_now(), s.starts_at > graftwatch_now(), s.id desc limit ${shownMost}`)
  const summaries = await readSummaries(
    db,
    rows.flatMap(({ alertId }) => alertId ?? []),
  )
  return rows.map(({ alertId, createdAt, startsAt, endsAt, ...row }) => ({
    ...row,
    alert: alertId === null ? null : { id: alertId, summary: summaries.get(alertId) ?? null },
    createdAt: createdAt.toISOString(),
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
  }))
}

async function readSummaries(
  db: Pick<pg.Pool, 'query'>,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const alerts = await readAlertRows(db, sql`a.id = any(${ids}::bigint[])`)
  return new Map(alerts.map((row) => [row.id, summaryOf(row).summary]))
}

function check({ selector, startsAt, endsAt }: CreateSilence): Date {
  selectorCondition(selector, sql`labels`)
  const from = startsAt === null ? new Date() : new Date(startsAt)
  const refuse = (message: string, remedy: string) =>
    new ProblemError('INVALID_INPUT', {
      detail: `endsAt: ${message}.`,
      remedy,
      fields: [{ field: '/endsAt', message }],
    })
  const ends = Date.parse(endsAt)
  if (ends <= Date.now() || ends <= from.getTime())
    throw refuse('must be later than now and than its start', 'Name an instant in the future.')
  if (ends - from.getTime() > longestMs)
    throw refuse('is more than a year after its start', 'Silence for at most a year, or switch the rule off.')
  return from
}

/** Whoever asks for quiet sees it in the answer; the evaluator looks by itself only every few seconds. */
async function applyNow(client: pg.PoolClient): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1)', [alertsLock])
  await applySilences(client, null)
  await notifyFleet(client)
}

async function create(pool: pg.Pool, actor: Actor, given: CreateSilence): Promise<Silence> {
  const from = check(given)
  const id = await inTransaction(pool, async (client) => {
    const { rows: running } = await client.query<{ n: number }>(
      'select count(*)::int as n from silence where ends_at > graftwatch_now()',
    )
    if ((running[0]?.n ?? 0) >= runningMost)
      throw new ProblemError('INVALID_INPUT', {
        detail: `${runningMost} silences run or are planned already, which is as many as this server keeps.`,
        remedy: 'End one that nobody needs, or name more hosts by one selector.',
      })
    const { rows } = await client.query<{ id: string }>(
      `insert into silence (kind, selector, rule_id, alert_id, fingerprint, reason, author_id, author, created_at, starts_at, ends_at)
       select $1, $2, r.id, a.id, a.fingerprint, $5, $6, $7, graftwatch_now(), $8, $9
       from (values (1)) as one left join alert_rule r on r.id = $3::bigint left join alert a on a.id = $4::bigint
       where ($3::bigint is null or r.id is not null) and ($4::bigint is null or a.id is not null)
       returning id::text`,
      [
        given.kind,
        given.selector,
        given.ruleId,
        given.alertId,
        given.reason,
        actor.viewer?.id ?? '',
        actor.viewer?.name ?? 'Graftwatch',
        from,
        given.endsAt,
      ],
    )
    const [row] = rows
    if (!row)
      throw new ProblemError('NOT_FOUND', {
        detail: 'There is no such rule or alert to silence.',
        remedy: 'GET /v1/alerts and GET /v1/rules list them.',
      })
    if (given.alertId !== null)
      await client.query(
        `insert into alert_note (alert_id, at, kind, by, text) values ($1, graftwatch_now(), 'silenced', $2, $3)`,
        [given.alertId, actor.viewer?.name ?? 'Graftwatch', given.reason],
      )
    await audit(client, actor, {
      action: 'silence.create',
      subject: `silence:${row.id}`,
      data: { kind: given.kind, selector: given.selector, reason: given.reason, endsAt: given.endsAt },
    })
    await applyNow(client)
    return row.id
  })
  return await readSilence(pool, id)
}

async function readSilence(pool: pg.Pool, id: string): Promise<Silence> {
  const [found] = await readSilences(pool, sql`s.id = ${id}::bigint`)
  if (!found) throw silenceMissing(id)
  return found
}

async function end(pool: pg.Pool, actor: Actor, id: string): Promise<Silence> {
  await inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      // Columns round to whole milliseconds: an end rounded up would not be over yet for this transaction.
      `update silence set ends_at = n.now, starts_at = least(starts_at, n.now), ended_by = $2
       from (select date_trunc('milliseconds', graftwatch_now()) as now) as n
       where id = $1::bigint and ends_at > graftwatch_now()`,
      [id, actor.viewer?.name ?? 'Graftwatch'],
    )
    if (rowCount === 0) throw silenceMissing(id)
    await audit(client, actor, { action: 'silence.end', subject: `silence:${id}` })
    await applyNow(client)
  })
  return await readSilence(pool, id)
}

export async function silences(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const tags = ['alerts']
  routes.get(
    '/v1/silences',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags,
        summary: 'Silences and maintenance windows',
        response: { 200: silencesPage, 401: problem },
      },
    },
    async () => ({ items: await readSilences(pool), now: new Date().toISOString() }),
  )
  routes.post(
    '/v1/silences',
    {
      config: { access: 'silences:write' },
      schema: {
        tags,
        summary: 'Silence alerts for a time, or announce a maintenance window',
        body: createSilence,
        response: { 201: silence, 400: problem, 401: problem, 403: problem, 404: problem },
      },
    },
    async (request, reply) => reply.code(201).send(await create(pool, request, request.body)),
  )
  routes.post(
    '/v1/silences/:id/end',
    {
      config: { access: 'silences:write' },
      schema: {
        tags,
        summary: 'End a silence before its time',
        params: silenceParams,
        response: { 200: silence, 400: problem, 401: problem, 403: problem, 404: problem },
      },
    },
    async (request) => await end(pool, request, request.params.id),
  )
}
