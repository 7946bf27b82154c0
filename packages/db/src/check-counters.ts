import type pg from 'pg'

/** A counter that differs from a recount of the hosts and their patches. */
export interface WrongCounter {
  counter: string
  kept: number
  counted: number
}

/**
 * Recomputes every counter from the hosts in one snapshot and compares. [] when all are right. Reads only; scans the hosts.
 * Counted are hosts in the fleet that share no kernel with an older agent (flag sharedKernel, bit 12); of patches by kernel every host.
 */
export async function checkCounters(db: Pick<pg.Pool, 'query'>): Promise<WrongCounter[]> {
  const { rows } = await db.query<WrongCounter>(`
    with counted as (
      select u.kind || ' ' || u.key || case when demo then ' (demo)' else '' end as counter, count(*)::int as n
      from host h, graftwatch_counted_under(h.state, h.flags, h.level, h.patch_id) u
      where retired_at is null and flags & 4096 = 0 group by 1
      union all
      select 'patch ' || patch_id, count(*)::int from host
      where retired_at is null and flags & 4096 = 0 and state = 'migrated' and patch_id is not null group by 1
      union all
      select u.counter || ' patch ' || patch_id || ' kernel ' || coalesce(kernel_id, 0), sum(u.n)::int
      from host_patch cross join lateral (values ('loaded', 1), ('enabled', graftwatch_patch_enabled(enabled, state)),
        ('waiting', (objects_waiting > 0)::int)) as u (counter, n) group by 1
    ), kept as (
      select kind || ' ' || key || case when demo then ' (demo)' else '' end as counter, sum(n)::int as n
      from fleet_count group by 1
      union all
      select 'patch ' || patch_id, sum(n)::int from patch_adoption group by 1
      union all
      select u.counter || ' patch ' || patch_id || ' kernel ' || kernel_id, sum(u.n)::int
      from patch_count cross join lateral (values ('loaded', hosts), ('enabled', enabled), ('waiting', waiting)) as u (counter, n)
      group by 1
    )
    select counter, coalesce(kept.n, 0) as kept, coalesce(counted.n, 0) as counted
    from counted full join kept using (counter)
    where coalesce(kept.n, 0) <> coalesce(counted.n, 0) order by counter`)
  return rows
}
