import type pg from 'pg'
import { parseSelector, type Requirement } from '../fleet/label-selector.ts'

/** What an event began holds for a day at most; a server that was away for less still learns of it. */
export const eventHours = 25

/** A maintenance window that is there for every host. */
export interface Window {
  requirements: Requirement[]
  from: Date
  to: Date
}

/** Maintenance windows by the hosts that they name; also those that ended, of which hosts may speak late. */
export async function readWindows(client: pg.PoolClient): Promise<Window[]> {
  const { rows } = await client.query<{ selector: string; from: Date; to: Date }>({
    name: 'maintenance-windows',
    text: `select selector, starts_at as "from", ends_at as "to" from silence
           where kind = 'maintenance' and rule_id is null and alert_id is null
             and starts_at <= graftwatch_now() and ends_at > graftwatch_now() - interval '${eventHours} hours'`,
  })
  return rows.map(({ selector, ...span }) => ({ ...span, requirements: parseSelector(selector) }))
}

/** Names one thing that held on one host. */
export const baselineOf = (hostId: number, ruleId: number, condition: string, reason: string) =>
  JSON.stringify([hostId, ruleId, condition, reason])

/**
 * What held before anybody looked, as {@link baselineOf} names it: on these hosts, and on those with which they share a kernel, since
 * another of them may speak for it from now on.
 */
export async function readBaselines(client: pg.PoolClient, ids: readonly number[]): Promise<Set<string>> {
  const { rows } = await client.query<{ hostId: number; ruleId: number; condition: string; reason: string }>({
    name: 'alert-baselines',
    text: `
      with kin as (
        select u.id as host_id, u.id as of from unnest($1::bigint[]) as u (id)
        union
        select h.id, peer.id from host h join host peer on peer.boot_id = h.boot_id and peer.id <> h.id
          where h.id = any($1::bigint[]) and h.flags & 4096 = 0
      )
      select kin.host_id::int as "hostId", a.rule_id::int as "ruleId", a.condition, a.reason
      from kin join alert_host m on m.host_id = kin.of and m.left_at is null and m.baseline join alert a on a.id = m.alert_id`,
    values: [ids],
  })
  return new Set(
    rows.map(({ hostId, ruleId, condition, reason }) => baselineOf(hostId, ruleId, condition, reason)),
  )
}
