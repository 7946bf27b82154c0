import {
  type BlockingTask,
  blockersQuery,
  type Cause,
  type CausesPage,
  causesPage,
  type PastView,
  problem,
} from '@graftwatch/contract'
import { remedyFor } from '@graftwatch/livepatch'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql, { empty, type Sql } from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { heldNow, heldThen } from './held.ts'
import { countedThen, resolvePast, slow } from './past.ts'
import { remedyOfSignature } from './signature-remedy.ts'

const causesShown = 200
/** Fewer cleared attempts say nothing about the next. */
const clearedLeast = 20
/** The newest say most about the next. */
const clearedMost = 50

type Db = Pick<pg.Pool, 'query'>

/** Held hosts that count: in the fleet, and the first agent of their kernel. The limit keeps the look at host a probe by key. */
const countedNow = sql`
  select b.*, h.hostname, h.state from (${heldNow()}) as b
  cross join lateral (select hostname, state from host
    where id = b.host_id and retired_at is null and flags & 4096 = 0 limit 1) as h`

const countedAt = (view: PastView) => sql`select h.* from (${heldThen(view)}) as h where ${countedThen}`

type Row = Omit<Cause, 'oldestSince' | 'newestSince' | 'remedy' | 'cause' | 'cleared'> & {
  oldestSince: Date
  newestSince: Date
  causes: number
  held: number
}

/** Causes with their counts, most hosts first; of one only when `id` is given. */
async function readRows(db: Db, source: Sql, id?: string): Promise<Row[]> {
  const { rows } = await db.query<Row>(sql`
    with held as materialized (
      select *, row_number() over (partition by host_id order by since, signature_id) as place,
        count(*) over (partition by host_id) as causes,
        row_number() over (partition by signature_id order by since, host_id) as rank
      from (${source}) as held
    ), patches as materialized (
      select m.signature_id,
        jsonb_agg(jsonb_build_object('id', p.id::text, 'name', p.name, 'hosts', m.hosts) order by m.rank) as list
      from (select signature_id, patch_id, count(*)::int as hosts,
          row_number() over (partition by signature_id order by count(*) desc, patch_id) as rank
        from held group by signature_id, patch_id) as m
      join patch p on p.id = m.patch_id where m.rank <= 3 group by m.signature_id
    )
    select s.id::text, s.direction, s.function, s.kind, s.comm, s.unit, c.hosts, c."alsoHolds", c."withOthers", c."oldestSince",
      c."newestSince", c.examples, coalesce(m.list, '[]') as patches,
      (select count(distinct signature_id)::int from held) as causes,
      (select count(*)::int from held where place = 1) as held
    from (
      select signature_id, (count(*) filter (where place = 1))::int as hosts,
        (count(*) filter (where place > 1))::int as "alsoHolds",
        (count(*) filter (where place = 1 and causes > 1))::int as "withOthers",
        min(since) as "oldestSince", max(since) as "newestSince",
        jsonb_agg(jsonb_build_object('id', host_id::text, 'hostname', hostname, 'state', state, 'since', since) order by rank)
          filter (where rank <= 3) as examples
      from held ${id === undefined ? empty : sql`where signature_id = ${id}::bigint`} group by signature_id
    ) as c
    join signature s on s.id = c.signature_id
    left join patches m on m.signature_id = c.signature_id
    order by c.hosts desc, c."oldestSince", s.id limit ${causesShown}`)
  return rows
}

/** The task each cause has held longest, with what the advice depends on; none for a cause that let go meanwhile. */
async function readLongestHeld(db: Db, rows: readonly Row[]) {
  const { rows: found } = await db.query<{
    id: string
    task: BlockingTask
    signalsByItself: boolean | null
  }>(sql`
    select u.signature_id::text as id, b.detail as task, d.truth #> '{open,signalsByItself}' as "signalsByItself"
    from unnest(${rows.map(({ id }) => id)}::int[], ${rows.map(({ examples }) => examples[0]?.id ?? '0')}::bigint[])
      as u (signature_id, host_id)
    cross join lateral (select detail from blocker
      where host_id = u.host_id and signature_id = u.signature_id
      order by number desc, released_at is not null, first_seen_at, tid limit 1) as b
    left join host_detail d on d.host_id = u.host_id`)
  return new Map(found.map((row) => [row.id, row]))
}

/** How long each cause held attempts that completed: of the 50 it let go last. */
async function readCleared(db: Db, ids: readonly string[]): Promise<Map<string, Cause['cleared']>> {
  const { rows } = await db.query<{ id: string; times: number; medianSeconds: number }>(sql`
    select u.id::text, count(*)::int as times, percentile_cont(0.5) within group (order by b.seconds) as "medianSeconds"
    from unnest(${ids}::int[]) as u (id)
    cross join lateral (
      select host_id, number, extract(epoch from max(released_at) - min(first_seen_at))::float8 as seconds
      from (select host_id, number, first_seen_at, released_at from blocker
        where signature_id = u.id and released_at is not null order by released_at desc limit ${10 * clearedMost}) as newest
      group by host_id, number order by max(released_at) desc limit ${clearedMost}
    ) as b
    cross join lateral (select from attempt
      where host_id = b.host_id and number = b.number and outcome = 'completed' limit 1) as a
    group by u.id having count(*) >= ${clearedLeast}`)
  return new Map(rows.map(({ id, times, medianSeconds }) => [id, { times, medianSeconds }]))
}

function causeOf(row: Row): Omit<Cause, 'cause' | 'remedy' | 'cleared'> {
  const { causes: _causes, held: _held, ...shown } = row
  return {
    ...shown,
    oldestSince: row.oldestSince.toISOString(),
    newestSince: row.newestSince.toISOString(),
    examples: row.examples.map((example) => ({ ...example, since: new Date(example.since).toISOString() })),
  }
}

/** Causes that hold hosts now, most hosts first; of one only when `id` is given. */
async function readCausesNow(db: Db, id?: string): Promise<{ rows: Row[]; items: Cause[] }> {
  const rows = await readRows(db, countedNow, id)
  const [tasks, cleared] = await Promise.all([
    readLongestHeld(db, rows),
    readCleared(
      db,
      rows.map((row) => row.id),
    ),
  ])
  const items = rows.map((row): Cause => {
    const longest = tasks.get(row.id)
    const { direction, patches } = row
    const told = longest && {
      cause: longest.task.cause,
      remedy: remedyFor({ ...longest, direction, patch: patches[0]?.name ?? 'the patch' }),
    }
    return { ...causeOf(row), ...(told ?? remedyOfSignature(row)), cleared: cleared.get(row.id) ?? null }
  })
  return { rows, items }
}

/** One cause as it is now; null while it holds no host. */
export async function readCauseNow(db: Db, id: string): Promise<Cause | null> {
  const { items } = await readCausesNow(db, id)
  return items[0] ?? null
}

/**
 * Everything that holds transitions, grouped by cause. With `view`, as it was then: every part comes from rows that are never
 * changed, so cause and remedy follow from the signature alone; see {@link remedyOfSignature}.
 */
export async function readCauses(db: Db, view: PastView | null = null): Promise<CausesPage> {
  const { rows, items } = view
    ? await readRows(db, countedAt(view)).then((then) => ({
        rows: then,
        items: then.map((row): Cause => ({ ...causeOf(row), ...remedyOfSignature(row), cleared: null })),
      }))
    : await readCausesNow(db)
  return {
    items,
    causes: rows[0]?.causes ?? 0,
    hosts: rows[0]?.held ?? 0,
    view,
    now: view?.asOf ?? new Date().toISOString(),
  }
}

export async function causes(
  app: FastifyInstance,
  deps: Pick<Deps, 'pool' | 'slowPool' | 'config'>,
): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/blockers',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'What holds transitions, grouped by cause, most hosts first',
        querystring: blockersQuery,
        response: { 200: causesPage, 400: problem, 401: problem },
      },
    },
    async (request) => {
      const view = await resolvePast(deps.pool, request.query, deps.config.retention.eventDays)
      return await readCauses(view ? slow(deps) : deps.pool, view)
    },
  )
}
