import { createHash } from 'node:crypto'
import type { HostFact } from '@graftwatch/livepatch'
import type pg from 'pg'

type Client = Pick<pg.PoolClient, 'query'>

/** One statement with its rows as one JSON parameter; `$1` is the array. Skipped when there is nothing to write. */
export async function write(client: Client, name: string, text: string, rows: unknown[]): Promise<void> {
  if (rows.length > 0) await client.query({ name, text, values: [JSON.stringify(rows)] })
}

/** Sixteen bytes that are equal when the same fact is told again. */
function factHash(fact: HostFact): Buffer {
  const parts = [
    fact.bootId,
    fact.kind,
    // The host's own words of it, when it tells it with every report: its clock may be set meanwhile.
    fact.toldAt ?? fact.occurredAt,
    fact.patch,
    fact.source,
    fact.from,
    fact.to,
    fact.detail,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16)
}

/** The lock of its host keeps others from telling the same fact at the same time; no unique index spans partitions. */
const insertEvents = `
  insert into event (recorded_at, occurred_at, host_id, hostname, demo, boot_id, kind, data, hash)
  select graftwatch_now(), u.at, u.host_id, h.hostname, h.demo, u.boot_id, u.kind, u.data, decode(u.hash, 'hex')
  from (
    select distinct on (host_id, hash) *
    from jsonb_to_recordset($1::jsonb)
      as r (place int, host_id bigint, at timestamptz, boot_id text, kind text, data jsonb, hash text)
    order by host_id, hash, place
  ) as u join host h on h.id = u.host_id
  where not exists (select from event e where e.host_id = u.host_id and e.hash = decode(u.hash, 'hex'))
  order by u.host_id, u.place`

export type Told = { hostId: number; fact: HostFact }

/** Adds facts to the history of their hosts, in the order given; one that is there already stays as it is. Callers hold the hosts. */
export async function writeFacts(client: Client, facts: Told[]): Promise<void> {
  const rows = facts.map(({ hostId, fact }, place) => {
    const { kind, occurredAt, bootId, ...data } = fact
    const hash = factHash(fact).toString('hex')
    return { place, host_id: hostId, at: occurredAt, boot_id: bootId, kind, data, hash }
  })
  await write(client, 'events-insert', insertEvents, rows)
}

/** What a list shows of a host from `at` on; see Period in prisma/schema.prisma. */
export interface PeriodRow {
  host_id: number
  at: string
  state: string
  reason: string | null
  since: string
  since_before: boolean
  flags: number
  boot_id: string
  kernel_id: number | null
  patch_id: number | null
  hostname: string
  os: string | null
  labels: string[]
  patches: unknown[]
  /** Holds from `at` on, or from the newest period of the host, whichever is later. */
  is_newest: boolean
  /** Written only where a period of the host begins after this; null: always. */
  only_after: string | null
}

const insertPeriods = `
  insert into period (host_id, occurred_at, recorded_at, state, reason, state_since, since_before, flags, boot_id, kernel_id,
    patch_id, hostname, os, labels, demo, patches)
  select u.host_id, case when u.is_newest then greatest(u.at, newest.at) else u.at end, graftwatch_now(), u.state, u.reason, u.since, u.since_before, u.flags, u.boot_id, u.kernel_id,
    u.patch_id, u.hostname, u.os, u.labels, h.demo, u.patches
  from jsonb_to_recordset($1::jsonb) as u (place int, host_id bigint, at timestamptz, state text, reason text, since timestamptz,
    since_before boolean, flags int, boot_id text, kernel_id int, patch_id int, hostname text, os text, labels text[],
    patches jsonb, is_newest boolean, only_after timestamptz) join host h on h.id = u.host_id
  left join lateral (
    select occurred_at as at from period where host_id = u.host_id order by occurred_at desc, recorded_at desc, id desc limit 1
  ) as newest on true
  where u.only_after is null or newest.at > u.only_after
  order by u.host_id, u.place`

/** Adds what reports changed, in the order given. */
export async function writePeriods(client: Client, rows: PeriodRow[]): Promise<void> {
  await write(
    client,
    'periods-insert',
    insertPeriods,
    rows.map((row, place) => ({ place, ...row })),
  )
}

const patchesNow = `(select jsonb_agg(jsonb_build_array(patch_id, state, enabled, stack_order, objects_waiting) order by patch_id)
  from host_patch where host_id = h.id)`

/**
 * Adds a period for each of these hosts as its row now is: for changes that no report brought. With `removedAt` it is the last
 * one, since when the host is out of the fleet.
 */
export async function recordHosts(
  client: Client,
  hostIds: readonly (number | string)[],
  options: { isRemoval?: boolean } = {},
): Promise<void> {
  if (hostIds.length === 0) return
  await client.query({
    name: 'periods-of-hosts',
    text: `
      insert into period (host_id, occurred_at, recorded_at, state, reason, state_since, since_before, last_state, flags, boot_id,
        kernel_id, patch_id, hostname, os, labels, demo, retired_at, patches)
      select h.id, graftwatch_now(), graftwatch_now(), h.state, h.reason, h.state_since, h.since_before, h.last_state, h.flags,
        h.boot_id, h.kernel_id, h.patch_id, h.hostname, h.os, h.labels, h.demo,
        case when $2 then coalesce(h.retired_at, graftwatch_now()) else h.retired_at end, ${patchesNow}
      from host h where h.id = any($1::bigint[]) order by h.id`,
    values: [hostIds, options.isRemoval === true],
  })
}
