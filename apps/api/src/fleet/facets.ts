import {
  facetsQuery,
  type HostFacets,
  hostFacets,
  hostFlags,
  type PastView,
  problem,
} from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql, { empty, type Sql } from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { type FacetName, type HostScope, type HostsFilter, hostCondition, hostScope } from './host-scope.ts'
import { resolvePast, slow } from './past.ts'

type Db = Pick<pg.Pool, 'query'>
type Count = { value: string; n: number }

/** Counting ends here; what is counted then is a lower bound. */
const countMax = 100_000
/** Labels are counted on so many hosts at most. */
const labelHostsMax = 20_000
const valuesMax = 50

/**
 * What is left out where counting ends early must be the same every time in an answer about the past; about now, any hosts do, and
 * the database may take those it finds first.
 */
const inOrder = ({ view }: HostScope): Sql => (view ? sql`order by ever.host_id` : empty)

const matching = (scope: HostScope, filter: HostsFilter, columns: Sql, but?: FacetName): Sql =>
  sql`select ${columns} from ${scope.from} where ${hostCondition(scope, filter, but)} ${inOrder(scope)}
    limit ${countMax + 1}`

async function countBy(db: Db, scope: HostScope, filter: HostsFilter, facet: FacetName): Promise<Count[]> {
  const [columns, value, joins] = {
    state: [sql`h.state`, sql`m.state`, empty],
    kernel: [sql`h.kernel_id`, sql`k.release`, sql`join kernel k on k.id = m.kernel_id`],
    patch: [sql`h.patch_id`, sql`p.name`, sql`join patch p on p.id = m.patch_id`],
    flag: [
      sql`h.flags`,
      sql`bit`,
      sql`cross join generate_series(0, ${hostFlags.length - 1}) as bit where m.flags >> bit & 1 = 1`,
    ],
    level: [
      scope.view ? sql`null::text as level` : sql`h.level`,
      sql`m.level`,
      sql`where m.level is not null`,
    ],
  }[facet] as [Sql, Sql, Sql]
  const { rows } = await db.query<Count>(sql`
    select ${value}::text as value, count(*)::int as n from (${matching(scope, filter, columns, facet)}) as m ${joins}
    group by 1 order by 2 desc, 1 limit ${valuesMax}`)
  return rows
}

async function countLabels(db: Db, scope: HostScope, filter: HostsFilter): Promise<HostFacets['label']> {
  const { rows } = await db.query<{ token: string; n: number }>(sql`
    select token, count(*)::int as n
    from (
      select ${scope.labels} as labels from ${scope.from} where ${hostCondition(scope, filter)} ${inOrder(scope)}
      limit ${labelHostsMax}
    ) as m, unnest(m.labels) as token
    group by 1 order by 2 desc, 1 limit 2000`)
  const keys = rows.filter(({ token }) => !token.includes('=')).slice(0, 30)
  return keys.map(({ token: key, n }) => ({
    key,
    n,
    values: rows
      .filter(({ token }) => token.startsWith(`${key}=`))
      .slice(0, 20)
      .map(({ token, n: hosts }) => ({ value: token.slice(key.length + 1), n: hosts })),
  }))
}

/** Counts beside a list; see the contract. Every facet is a query of its own, so none waits for another. */
export async function readFacets(db: Db, filter: HostsFilter, view: PastView | null): Promise<HostFacets> {
  const scope = hostScope(view)
  const [total, state, kernel, patch, flag, level, label] = await Promise.all([
    db.query<{ n: number }>(sql`select count(*)::int as n from (${matching(scope, filter, sql`1`)}) as m`),
    countBy(db, scope, filter, 'state'),
    countBy(db, scope, filter, 'kernel'),
    countBy(db, scope, filter, 'patch'),
    countBy(db, scope, filter, 'flag'),
    view ? [] : countBy(db, scope, filter, 'level'),
    countLabels(db, scope, filter),
  ])
  const n = total.rows[0]?.n ?? 0
  return {
    total: Math.min(n, countMax),
    exact: n <= countMax,
    state,
    kernel,
    patch,
    flag: flag.map(({ value, n: hosts }) => ({ value: hostFlags[Number(value)] ?? value, n: hosts })),
    level,
    label,
    view,
    now: view?.asOf ?? new Date().toISOString(),
  }
}

export async function facets(
  app: FastifyInstance,
  deps: Pick<Deps, 'pool' | 'slowPool' | 'config'>,
): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/hosts/facets',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'How many hosts match, and how they are spread',
        querystring: facetsQuery,
        response: { 200: hostFacets, 400: problem, 401: problem },
      },
    },
    async ({ query }) =>
      await readFacets(
        slow(deps),
        query,
        await resolvePast(deps.pool, query, deps.config.retention.eventDays),
      ),
  )
}
