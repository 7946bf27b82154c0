import { type PatchDetail, patchDetail, patchParams, problem } from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import {
  type EntryRow,
  entryColumns,
  entryOf,
  kernelsOf,
  type PatchKept,
  patchCounts,
  patchMissing,
} from './patch-counts.ts'

const kernelsShown = 50
const kernelsInList = 5
const relatedShown = 20
const pointsShown = 500

type Db = Pick<pg.Pool, 'query'>
type Row = EntryRow & { kept: PatchKept | null; related: PatchDetail['related'] }

/** Hosts migrated with this patch on top as a running sum of the hours in which their number changed. */
async function readAdoption(db: Db, id: string): Promise<PatchDetail['adoption']> {
  const { rows } = await db.query<{ at: Date; hosts: number }>(sql`
    with hours as (
      select hour, sum(n) as n from patch_adoption where patch_id = ${id}::bigint group by hour having sum(n) <> 0
    ), points as (
      select least(hour + interval '1 hour', now()) as at, (sum(n) over (order by hour))::int as hosts,
        row_number() over (order by hour) - 1 as place, count(*) over () - 1 as last
      from hours
    )
    -- Thinned evenly: the first point at or after each of as many equal steps as are shown, with the first and the last.
    select at, hosts from points
    where last < ${pointsShown}::int or place = 0
      or place * ${pointsShown - 1}::int / last <> (place - 1) * ${pointsShown - 1}::int / last
    order by place`)
  return rows.map(({ at, hosts }) => ({ at: at.toISOString(), hosts }))
}

/** One patch: who runs it, since when, what it changes and what to compare it with. Throws NOT_FOUND. */
export async function readPatch(db: Db, id: string): Promise<PatchDetail> {
  const [{ rows }, adoption] = await Promise.all([
    db.query<Row>(sql`
      with ${patchCounts()}
      select ${entryColumns}, p.detail as kept, coalesce(r.related, '[]') as related
      from entry e join patch p on p.id = e.id ${kernelsOf(kernelsShown)}
      left join lateral (
        select jsonb_agg(jsonb_build_object('id', o.id::text, 'name', o.name, 'build', o.build, 'on', o.on)
          order by o.name <> e.name, o.on desc, o.id desc) as related
        from (
          select o.id, o.name, o.build, o.on from entry o
          where o.id <> e.id and (o.mechanism = e.mechanism and o.name = e.name or o.id in (
            select there.patch_id from counted there join counted here using (kernel_id)
            where here.patch_id = e.id and kernel_id <> 0))
          order by o.name <> e.name, o.on desc, o.id desc limit ${relatedShown}
        ) as o
      ) as r on true
      where e.id = ${id}::bigint`),
    readAdoption(db, id),
  ])
  const [row] = rows
  if (!row) throw patchMissing(id)
  const { kept, related, ...counted } = row
  const entry = entryOf(counted)
  return {
    patch: { ...entry, kernels: entry.kernels.slice(0, kernelsInList) },
    objects: kept?.objects ?? null,
    version: kept?.version ?? null,
    package: kept?.package ?? null,
    cves: kept?.cves ?? null,
    kernels: entry.kernels,
    adoption,
    related,
    now: new Date().toISOString(),
  }
}

export async function patch(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/patches/:id',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'One patch: where it runs, since when, and what it changes',
        params: patchParams,
        response: { 200: patchDetail, 400: problem, 401: problem, 404: problem },
      },
    },
    (request) => readPatch(pool, request.params.id),
  )
}
