import type { AlertCondition } from '@graftwatch/contract'
import type pg from 'pg'
import { joinsAnHour } from './judge.ts'

/** Below it every state that an alert can be about: severity is 16 times the place in the worst-first order. */
const quietSeverity = 6 * 16

/** Conditions that hold on hosts with which nothing else is wrong. */
const aboutPatches: readonly AlertCondition[] = ['unknown-patch', 'other-build']

/** A rule about this condition came or changed: hosts on which it may hold are judged, and those that are under an alert. */
export async function judgeByRule(client: pg.PoolClient, condition: AlertCondition): Promise<void> {
  await client.query(
    `insert into alert_dirty (host_id)
     select id from host where retired_at is null and flags & 4096 = 0
       and (flags <> 0 or severity < $1 or $2 and patch_id is not null or exists (select from alert_host m where m.host_id = host.id and m.left_at is null))`,
    [quietSeverity, aboutPatches.includes(condition)],
  )
}

/** Whether a build is a rare one depends on other hosts: those that run one are judged again, lest it became the common one. */
export async function judgeRareBuilds(pool: pg.Pool): Promise<void> {
  await pool.query(
    `insert into alert_dirty (host_id) select distinct m.host_id from alert_host m join alert a on a.id = m.alert_id
     where a.condition = 'other-build' and m.left_at is null`,
  )
}

/** Hosts that came under as many new alerts as one may in an hour are judged again, lest what was left out then is never told. */
export async function judgeLeftOut(pool: pg.Pool): Promise<void> {
  await pool.query(
    `insert into alert_dirty (host_id) select host_id from alert_host
     where joined_at > graftwatch_now() - interval '2 hours' group by host_id having count(*) >= $1`,
    [joinsAnHour],
  )
}
