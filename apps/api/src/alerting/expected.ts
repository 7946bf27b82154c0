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
      select u.id::int as "hostId", a.rule_id::int as "ruleId", a.condition, a.reason
      from unnest($1::bigint[]) as u (id)
      -- For each host by itself, or a plan that suits any number of them reads the whole fleet.
      cross join lateral (
        select u.id as of
        union all
        select peer.id from host h join host peer on peer.boot_id = h.boot_id and peer.id <> h.id where h.id = u.id and h.flags & 4096 = 0
        offset 0) as kin
      cross join lateral (
        select alert_id from alert_host where host_id = kin.of and left_at is null and baseline offset 0) as m
      join alert a on a.id = m.alert_id`,
    values: [ids],
  })
  return new Set(
    rows.map(({ hostId, ruleId, condition, reason }) => baselineOf(hostId, ruleId, condition, reason)),
  )
}
