import { drillStarted, problem, type StartDrill, startDrill } from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import type { Deps } from '../deps.ts'
import { matchesLabels } from '../fleet/label-selector.ts'
import { ProblemError } from '../http/problem.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { notifyFleet } from '../live/notify.ts'
import { type Actor, audit } from '../people/audit.ts'
import type { Evidence } from './conditions.ts'
import { fingerprintOf } from './judge.ts'
import { readActiveRules } from './rules.ts'

/** What the simulated host of a drill shows. The name says what it is wherever it is read. */
const evidence: Evidence = {
  host: 'fire-drill (simulated)',
  patch: 'fire_drill',
  direction: 'patching',
  remaining: 1,
  total: 100,
  detail: 'noProgress',
  tries: null,
  signalsByItself: true,
  modules: [],
  replaces: false,
  signature: null,
}

/**
 * Puts a simulated stall under the first rule about stuck transitions that names these labels. It is due at once, goes through rule,
 * route and channel as any other, counts in no number of the fleet, and is resolved when its time is over. One at a time.
 */
async function start(pool: pg.Pool, actor: Actor, { labels, seconds }: StartDrill): Promise<string> {
  return await inTransaction(pool, async (client) => {
    const rule = (await readActiveRules(client)).find(
      ({ condition, requirements }) => condition === 'stuck' && matchesLabels(requirements, labels),
    )
    if (!rule)
      throw new ProblemError('INVALID_INPUT', {
        detail: 'No rule about stuck transitions that is switched on names a host with these labels.',
        remedy:
          'Choose other labels, or look at GET /v1/rules: a real stall on such a host would tell nobody either.',
        fields: [{ field: '/labels', message: 'no rule about stuck transitions names them' }],
      })
    const group = rule.groupBy.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]]))
    const { rows } = await client.query<{ id: string }>(
      `insert into alert (rule_id, fingerprint, condition, severity, reason, labels, since, due_at, hosts, hosts_most, evidence,
         drill_ends_at)
       values ($1, $2, $3, $4, 'drill', $5, graftwatch_now(), graftwatch_now(), 1, 1, $6, graftwatch_now() + make_interval(secs => $7))
       on conflict (fingerprint) where status <> 'resolved' do nothing returning id::text`,
      [
        rule.id,
        fingerprintOf(['drill']),
        rule.condition,
        rule.severity,
        {
          ...Object.fromEntries(group),
          alertname: rule.name,
          severity: rule.severity,
          condition: rule.condition,
          drill: 'true',
        },
        JSON.stringify(evidence),
        seconds,
      ],
    )
    const [row] = rows
    if (!row)
      throw new ProblemError('INVALID_INPUT', {
        detail: 'A fire drill runs already.',
        remedy: 'Wait until it has ended; GET /v1/alerts?status=firing shows it.',
      })
    await audit(client, actor, {
      action: 'drill.start',
      subject: `alert:${row.id}`,
      data: { labels, seconds },
    })
    await notifyFleet(client)
    return row.id
  })
}

export async function drills(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/drills',
    {
      config: { access: 'drills:start' },
      schema: {
        tags: ['alerts'],
        summary: 'Start a fire drill: a simulated stall that ends by itself',
        body: startDrill,
        response: { 201: drillStarted, 400: problem, 401: problem, 403: problem },
      },
    },
    async (request, reply) => reply.code(201).send({ alertId: await start(pool, request, request.body) }),
  )
}
