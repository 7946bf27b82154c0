import type { PatchEntry } from '@graftwatch/contract'
import type pg from 'pg'
import sql, { empty, type Sql } from 'sql-template-tag'
import { ProblemError } from '../http/problem.ts'

const kernelsShown = 5

/** Hosts that do not count: out of the fleet, or with an older agent on the same kernel. Two short indexes. */
const uncounted = sql`
  select id from host where retired_at is not null union select id from host where flags & 4096 <> 0`

const only = (column: Sql, ids: readonly string[] | undefined): Sql =>
  ids ? sql`and ${column} = any(${ids}::bigint[])` : empty

/**
 * `counted`: hosts by patch and kernel, from the counters that a trigger keeps, less those that do not count; none of it grows with the
 * fleet but the hosts out of it. Kernel 0 is one that is not known. `moving`: hosts on which a patch moves, from the index
 * of open attempts. `entry`: a row a patch, of `ids` only when they are given. A host is on, moving, stuck or off under a patch,
 * never two of them.
 */
export const patchCounts = (ids?: readonly string[]): Sql => sql`
  uncounted as materialized (${uncounted}),
  counted as materialized (
    select patch_id, kernel_id, sum(hosts)::int as hosts, sum(enabled)::int as enabled, sum(waiting)::int as waiting
    from (
      select patch_id, kernel_id, hosts, enabled, waiting from patch_count where true ${only(sql`patch_id`, ids)}
      union all
      select hp.patch_id, coalesce(hp.kernel_id, 0), -1, -graftwatch_patch_enabled(hp.enabled, hp.state),
        case when hp.objects_waiting > 0 then -1 else 0 end
      from uncounted u join host_patch hp on hp.host_id = u.id where true ${only(sql`hp.patch_id`, ids)}
    ) as each group by patch_id, kernel_id having sum(hosts) <> 0
  ),
  moving as materialized (
    select a.patch_id, count(*)::int as hosts, (count(*) filter (where h.state = 'stuck'))::int as stuck,
      (count(*) filter (where hp.is_enabled))::int as enabled, (count(*) filter (where not hp.is_enabled))::int as off
    from attempt a
    cross join lateral (select state from host
      where id = a.host_id and retired_at is null and flags & 4096 = 0 limit 1) as h
    left join lateral (select coalesce(enabled, false) and state <> 'leftover' as is_enabled from host_patch
      where host_id = a.host_id and patch_id = a.patch_id limit 1) as hp on true
    where a.ended_at is null ${only(sql`a.patch_id`, ids)} group by a.patch_id
  ),
  entry as materialized (
    select p.id, p.mechanism, p.name, p.build, p.first_seen_at,
      coalesce(c.enabled, 0) - coalesce(m.enabled, 0) as on, coalesce(m.hosts - m.stuck, 0) as moving, coalesce(m.stuck, 0) as stuck,
      coalesce(c.hosts - c.enabled, 0) - coalesce(m.off, 0) as off, coalesce(c.waiting, 0) as waiting
    from patch p
    left join (select patch_id, sum(hosts)::int as hosts, sum(enabled)::int as enabled, sum(waiting)::int as waiting
      from counted group by patch_id) as c on c.patch_id = p.id
    left join moving m on m.patch_id = p.id
    -- A transition is told by the name of its patch alone; where a build of it is known, the name is no patch of its own.
    where (c.patch_id is not null or m.patch_id is not null or p.build <> '' or p.detail is not null
      or not exists (select from patch o where o.mechanism = p.mechanism and o.name = p.name and o.build <> ''))
      ${only(sql`p.id`, ids)}
  )`

/** Of entries e: the columns of PatchEntry and how many hosts have it. */
export const entryColumns: Sql = sql`
  e.id::text, e.mechanism, e.name, e.build, e.first_seen_at as "firstSeenAt", e.on, e.moving, e.stuck, e.off, e.waiting,
  e.on + e.moving + e.stuck + e.off as hosts, coalesce(k.kernels, '[]') as kernels, coalesce(k.total, 0) as "kernelsTotal"`

/** Kernels of hosts that have patch e loaded, as k; most hosts first, at most `most`. */
export const kernelsOf = (most = kernelsShown): Sql => sql`
  left join lateral (
    select (jsonb_agg(jsonb_build_object('release', release, 'hosts', hosts) order by rank) filter (where rank <= ${most}::int))
        as kernels, count(*)::int as total
    from (select k.release, sum(c.hosts)::int as hosts, row_number() over (order by sum(c.hosts) desc, k.release) as rank
      from counted c join kernel k on k.id = c.kernel_id where c.patch_id = e.id group by k.release) as releases
  ) as k on true`

export type EntryRow = Omit<PatchEntry, 'firstSeenAt'> & { firstSeenAt: Date; hosts: number }

export function entryOf({ hosts: _hosts, firstSeenAt, ...entry }: EntryRow): PatchEntry {
  return { ...entry, firstSeenAt: firstSeenAt.toISOString() }
}

export const patchMissing = (id: string) =>
  new ProblemError('NOT_FOUND', {
    detail: `There is no patch ${id}.`,
    remedy: 'GET /v1/patches lists those that are known.',
  })

/** What a patch changes, as ingest keeps it; see DictionaryCache. */
export interface PatchKept {
  objects: { name: string; functions: string[] }[] | null
  version: string | null
  package: string | null
  cves: string[] | null
}

/** These patches with their counts and what is kept of each, by id. Throws NOT_FOUND for the first that is not there. */
export async function readEntries(
  db: Pick<pg.Pool, 'query'>,
  ids: readonly string[],
): Promise<(id: string) => { entry: PatchEntry; kept: PatchKept | null }> {
  const { rows } = await db.query<EntryRow & { kept: PatchKept | null }>(sql`
    with ${patchCounts(ids)}
    select ${entryColumns}, p.detail as kept from entry e join patch p on p.id = e.id ${kernelsOf()}`)
  return (id) => {
    const row = rows.find((each) => each.id === id)
    if (!row) throw patchMissing(id)
    const { kept, ...entry } = row
    return { entry: entryOf(entry), kept }
  }
}
