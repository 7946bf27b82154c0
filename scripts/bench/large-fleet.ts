import { reduce } from '@graftwatch/livepatch'
import { syntheticReport } from '@graftwatch/simulator'
import type pg from 'pg'

/**
 * Fills hosts `from` to `to` with what reads look at, put straight into the tables: 1 in 100 in a transition with a blocking task (a
 * tenth of those stuck), labels of 500 racks, 40 kernels, 12 patches of which each host has one, a handful failed (each with an attempt
 * that was reversed and the task that held it; a tenth of those that completed were held too), silent, unpatched or forced, a day of
 * history. The rows of host must exist; made for measuring reads, not for their meaning. Deterministic.
 */
export async function furnishFleet(pool: Pick<pg.Pool, 'query'>, from: number, to: number): Promise<void> {
  const at = Date.now()
  const startedAt = at - 600_000
  const report = syntheticReport({ index: 1, sequence: 1, at, remaining: 3, startedAt })
  const { truth } = reduce(null, report, { at, sentAt: at })
  await pool.query(`insert into kernel (release, version, architecture)
    select '6.4.0-150600.23.' || n || '-default', '#1 SMP', 'x86_64' from generate_series(1, 40) n on conflict do nothing`)
  await pool.query(`insert into patch (mechanism, name, build)
    select 'klp', 'livepatch_' || n, 'B' || n from generate_series(1, 12) n on conflict do nothing`)
  await pool.query(`insert into signature (key, direction, function, kind, comm, unit)
    select 'bench ' || n, 'patching', 'function_' || n, 'user', 'comm_' || n, 'unit_' || n || '.service'
    from generate_series(1, 60) n on conflict do nothing`)
  for (let first = from; first <= to; first += 50_000) {
    const range = [first, Math.min(to, first + 49_999)]
    await pool.query(
      `update host h set state = s.state, reason = null, last_state = case when s.state = 'silent' then 'migrated' end,
         hostname = s.tier || '-' || h.id, labels = array['env', 'env=' || s.env, 'rack', 'rack=r' || h.id % 500, 'tier', 'tier=' || s.tier],
         state_since = now() - make_interval(secs => (h.id * 7919) % 86400), flags = case when h.id % 5003 = 0 then 1 else 0 end,
         boot_id = 'boot-' || h.id, level = 'causes', os = 'SLES 15 SP6', architecture = 'x86_64',
         kernel_id = dictionary.kernels[1 + h.id % array_length(dictionary.kernels, 1)],
         patch_id = dictionary.patches[1 + h.id % array_length(dictionary.patches, 1)]
       from (select id, case when id % 1000 = 0 then 'stuck' when id % 100 = 0 then 'transitioning' when id % 997 = 0 then 'failed'
           when id % 499 = 0 then 'silent' when id % 211 = 0 then 'unpatched' when id % 20 = 1 then 'notDue' else 'migrated' end as state,
           (array['prod', 'staging', 'test'])[1 + id % 3] as env, (array['db', 'web', 'cache', 'app'])[1 + id % 4] as tier
         from host where id between $1 and $2) as s,
         (select (select array_agg(id order by id) from kernel where version = '#1 SMP' and release like '6.4.0-150600.23.%') as kernels,
           (select array_agg(id order by id) from patch where name like 'livepatch\\_%' and build like 'B%') as patches) as dictionary
       where s.id = h.id`,
      range,
    )
    await pool.query(
      `insert into host_patch (host_id, patch_id, kernel_id, enabled, state)
       select id, patch_id, kernel_id, state <> 'notDue', case when state in ('stuck', 'transitioning') then 'pending' else 'applied' end
       from host where id between $1 and $2 on conflict do nothing`,
      range,
    )
    await pool.query(
      `insert into attempt (host_id, number, boot_id, patch_id, direction, started_at, started_at_source, started_before, total, remaining,
         low_water, progress_at, confidence)
       select id, 1, boot_id, patch_id, 'patching', now() - interval '10 min', 'kernel-log', false, 400, 3, 3,
         now() - make_interval(secs => id % 3000), 'full'
       from host where id between $1 and $2 and id % 100 = 0 on conflict do nothing`,
      range,
    )
    await pool.query(
      `insert into attempt (host_id, number, boot_id, patch_id, direction, started_at, started_at_source, started_before, total, remaining,
         low_water, progress_at, confidence, ended_at, outcome, end_recorded_at)
       select id, 2, boot_id, patch_id, 'patching', now() - interval '2 h', 'kernel-log', false, 400,
         case when state = 'failed' then 3 else 0 end, case when state = 'failed' then 3 else 0 end, now() - interval '119 min',
         'full', now() - interval '119 min', case when state = 'failed' then 'reversed' else 'completed' end, now() - interval '119 min'
       from host where id between $1 and $2 and id % 100 <> 0 on conflict do nothing`,
      range,
    )
    await pool.query(
      `insert into blocker (host_id, number, tid, task_started_at, signature_id, first_seen_at, detail)
       select id, 1, 4170, now() - interval '1 day', (select id from signature where key = 'bench ' || 1 + (host.id / 100) % 60), now() - interval '8 min',
         $3::jsonb from host where id between $1 and $2 and id % 100 = 0 on conflict do nothing`,
      [...range, JSON.stringify(report.transition?.blocking[0])],
    )
    await pool.query(
      `insert into blocker (host_id, number, tid, task_started_at, signature_id, first_seen_at, detail, released_at, release_recorded_at)
       select id, 2, 4170, now() - interval '1 day', (select id from signature where key = 'bench ' || 1 + host.id % 60), now() - interval '2 h', $3::jsonb,
         now() - interval '119 min', now() - interval '119 min'
       from host where id between $1 and $2 and id % 100 <> 0 and (state = 'failed' or id % 10 = 3) on conflict do nothing`,
      [...range, JSON.stringify(report.transition?.blocking[0])],
    )
    await pool.query(
      `insert into sample (host_id, number, at, recorded_at, remaining, total, direction)
       select id, 1, now() - make_interval(secs => n * 10), now(), n * 2, 400, 'patching'
       from host, generate_series(1, 60) n where id between $1 and $2 and id % 100 = 0 on conflict do nothing`,
      range,
    )
    await pool.query(
      `insert into host_detail (host_id, report, truth, reported_at, report_sequence, report_window)
       select id, $3, $4, now(), 0, 0 from host where id between $1 and $2 and id % 100 = 0 on conflict do nothing`,
      [...range, JSON.stringify(report), JSON.stringify(truth)],
    )
    await pool.query(
      `insert into period (host_id, occurred_at, recorded_at, state, state_since, since_before, flags, boot_id, kernel_id, patch_id,
         hostname, os, labels, demo)
       select id, t, t, case when n = 2 then state else 'migrated' end, t, false, flags, boot_id, kernel_id, patch_id, hostname, os,
         labels, false
       from host, generate_series(0, 2) n, lateral (select now() - make_interval(hours => 20 - 9 * n, secs => id % 3600) as t) as times
       where id between $1 and $2`,
      range,
    )
    await pool.query(
      `insert into event (recorded_at, occurred_at, host_id, hostname, kind, data, hash)
       select now() - interval '2 h', now() - interval '2 h', id, hostname, 'state-changed',
         '{"patch": null, "source": "server", "from": "transitioning", "to": "migrated", "reason": null, "detail": null}',
         sha256(id::text::bytea)
       from host where id between $1 and $2`,
      range,
    )
  }
  await pool.query(
    'vacuum analyze host, host_patch, patch_count, host_detail, attempt, blocker, sample, period, event, kernel, patch, signature',
  )
}
