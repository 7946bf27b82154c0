import {
  alertSeverities,
  dryRunRule,
  nothing,
  problem,
  type Rule,
  rule,
  ruleDryRun,
  ruleParams,
  rulesPage,
  type WriteRule,
  writeRule,
} from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql, { type Sql } from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { slow } from '../fleet/past.ts'
import { ProblemError } from '../http/problem.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { notifyFleet } from '../live/notify.ts'
import { type Actor, audit } from '../people/audit.ts'
import { checkRule } from './check-rule.ts'
import { dryRun } from './dry-run.ts'
import { judgeByRule } from './judge-again.ts'

const rulesMax = 200

const ruleMissing = (id: string) =>
  new ProblemError('NOT_FOUND', {
    detail: `There is no rule ${id}.`,
    remedy: 'GET /v1/rules lists them; it may have been removed.',
  })

async function readRules(db: Pick<pg.Pool, 'query'>, which: Sql = sql`true`): Promise<Rule[]> {
  const { rows } = await db.query<Omit<Rule, 'updatedAt'> & { updatedAt: Date }>(sql`
    select r.id::text, r.name, r.condition, r.enabled, r.selector, r.severity, r.for_seconds as "forSeconds",
      r.for_without_signals_seconds as "forWithoutSignalsSeconds", r.changes_modules as "changesModules", r.keep_firing_seconds as "keepFiringSeconds",
      r.group_by as "groupBy", r.summary, r.description, r.runbook_url as "runbookUrl", r.builtin is not null as builtin,
      (select count(*)::int from alert where rule_id = r.id and status = 'firing' and drill_ends_at is null) as firing,
      r.updated_at as "updatedAt", r.updated_by as "updatedBy"
    from alert_rule r where ${which}
    order by array_position(${[...alertSeverities]}::text[], r.severity), r.name limit ${rulesMax}`)
  return rows.map((row) => ({ ...row, updatedAt: row.updatedAt.toISOString() }))
}

async function readRule(db: Pick<pg.Pool, 'query'>, id: string): Promise<Rule> {
  const [found] = await readRules(db, sql`r.id = ${id}::bigint`)
  if (!found) throw ruleMissing(id)
  return found
}

/** Writes a rule, new or in place of `id`. Throws INVALID_INPUT, and NOT_FOUND for an id that is gone. */
async function write(pool: pg.Pool, actor: Actor, id: string | null, given: WriteRule): Promise<Rule> {
  checkRule(given)
  const by = actor.viewer?.name ?? null
  const written = await inTransaction(pool, async (client) => {
    const { rows: taken } = await client.query<{ id: string; rules: number }>(
      `select (select id::text from alert_rule where name = $1) as id, (select count(*)::int from alert_rule) as rules`,
      [given.name],
    )
    if (taken[0]?.id != null && taken[0].id !== id)
      throw new ProblemError('INVALID_INPUT', {
        detail: `name: another rule is called ${given.name}.`,
        remedy: 'Choose another name, or change that rule.',
        fields: [{ field: '/name', message: 'another rule has it' }],
      })
    if (id === null && (taken[0]?.rules ?? 0) >= rulesMax)
      throw new ProblemError('INVALID_INPUT', {
        detail: `There are ${rulesMax} rules already, which is as many as this server keeps.`,
        remedy: 'Remove one that nobody needs.',
      })
    const columns = sql`(name, condition, enabled, selector, severity, for_seconds, for_without_signals_seconds, changes_modules,
      keep_firing_seconds, group_by, summary, description, runbook_url, updated_at, updated_by, revision)`
    const values = sql`${given.name}, ${given.condition}, ${given.enabled}, ${given.selector}, ${given.severity}, ${given.forSeconds}::int,
      ${given.forWithoutSignalsSeconds}::int, ${given.changesModules}, ${given.keepFiringSeconds}::int, ${given.groupBy}::text[], ${given.summary},
      ${given.description}, ${given.runbookUrl}, graftwatch_now(), ${by}`
    const { rows } = await client.query<{ id: string }>(
      id === null
        ? sql`insert into alert_rule ${columns} values (${values}, 1) returning id::text`
        : sql`update alert_rule set ${columns} = row (${values}, revision + 1) where id = ${id}::bigint returning id::text`,
    )
    const [row] = rows
    if (!row) throw ruleMissing(id ?? '')
    await judgeByRule(client, given.condition)
    await audit(client, actor, {
      action: id === null ? 'rule.create' : 'rule.update',
      subject: `rule:${row.id}`,
      data: { name: given.name, enabled: given.enabled, severity: given.severity, selector: given.selector },
    })
    await notifyFleet(client)
    return row.id
  })
  return await readRule(pool, written)
}

async function remove(pool: pg.Pool, actor: Actor, id: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ name: string; builtin: string | null }>(
      'select name, builtin from alert_rule where id = $1::bigint for update',
      [id],
    )
    const [row] = rows
    if (!row) throw ruleMissing(id)
    if (row.builtin !== null)
      throw new ProblemError('INVALID_INPUT', {
        detail: `${row.name} is one of the rules this product brings.`,
        remedy: 'Switch it off instead: set enabled to false.',
        fields: [{ field: '/id', message: 'is a rule this product brings' }],
      })
    const { rows: firing } = await client.query(
      `select from alert where rule_id = $1::bigint and status = 'firing' limit 1`,
      [id],
    )
    if (firing.length > 0)
      throw new ProblemError('INVALID_INPUT', {
        detail: `Alerts of ${row.name} fire; whoever was told of them would never hear that they are over.`,
        remedy: 'Switch the rule off, wait until its alerts are resolved, then remove it.',
        fields: [{ field: '/id', message: 'has alerts that fire' }],
      })
    await client.query('delete from alert_rule where id = $1::bigint', [id])
    await audit(client, actor, { action: 'rule.remove', subject: `rule:${id}`, data: { name: row.name } })
    await notifyFleet(client)
  })
}

export async function ruleRoutes(
  app: FastifyInstance,
  deps: Pick<Deps, 'pool' | 'slowPool' | 'config'>,
): Promise<void> {
  const { pool } = deps
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const tags = ['alerts']
  const refused = { 400: problem, 401: problem, 403: problem, 404: problem }

  routes.get(
    '/v1/rules',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags,
        summary: 'Alert rules, worst severity first',
        response: { 200: rulesPage, 401: problem },
      },
    },
    async () => ({ items: await readRules(pool), now: new Date().toISOString() }),
  )

  routes.get(
    '/v1/rules/:id',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags,
        summary: 'One alert rule',
        params: ruleParams,
        response: { 200: rule, 400: problem, 401: problem, 404: problem },
      },
    },
    async ({ params }) => await readRule(pool, params.id),
  )

  routes.post(
    '/v1/rules',
    {
      config: { access: 'rules:write' },
      schema: { tags, summary: 'Make an alert rule', body: writeRule, response: { 201: rule, ...refused } },
    },
    async (request, reply) => reply.code(201).send(await write(pool, request, null, request.body)),
  )

  routes.put(
    '/v1/rules/:id',
    {
      config: { access: 'rules:write' },
      schema: {
        tags,
        summary: 'Change an alert rule',
        params: ruleParams,
        body: writeRule,
        response: { 200: rule, ...refused },
      },
    },
    async (request) => await write(pool, request, request.params.id, request.body),
  )

  routes.delete(
    '/v1/rules/:id',
    {
      config: { access: 'rules:write' },
      schema: {
        tags,
        summary: 'Remove an alert rule and its alerts',
        params: ruleParams,
        response: { 204: nothing, ...refused },
      },
    },
    async (request, reply) => {
      await remove(pool, request, request.params.id)
      return reply.code(204).send(null)
    },
  )

  routes.post(
    '/v1/rules/dry-run',
    {
      config: { access: 'rules:write', rateLimit: { max: 30, timeWindow: '1 minute' } },
      schema: {
        tags,
        summary: 'What a rule would have done over the last days',
        body: dryRunRule,
        response: { 200: ruleDryRun, ...refused, 429: problem, 503: problem },
      },
    },
    async ({ body }) => {
      checkRule(body.rule)
      return await dryRun(slow(deps), body)
    },
  )
}
