import { type HostReport, type HostState, hostFlags, type ReportPatch } from '@graftwatch/contract'
import type { HostTruth } from '@graftwatch/livepatch'
import type pg from 'pg'
import sql from 'sql-template-tag'
import { heldNow } from '../fleet/held.ts'
import type { HeldBy, JudgedHost } from './conditions.ts'
import { unpackagedOf } from './unpackaged.ts'

/** Hosts to be judged, each with the kinds of events that marked it. */
export type Marked = ReadonlyMap<number, ReadonlySet<string>>

interface Row {
  id: number
  hostname: string
  state: HostState
  lastState: HostState | null
  reason: string | null
  stateSince: Date
  flags: number
  labels: string[]
  demo: boolean
  lastSeenAt: Date | null
  heardFrom: Date | null
  truth: HostTruth | null
  patches: ReportPatch[] | null
  sources: HostReport['sources'] | null
  rareBuilds: { name: string; build: string }[]
}

/** A build of a patch that fewer than one in ten hosts with the same kernel run is worth a look; below ten of them nobody can say. */
const rareShare = 0.1
const rareLeast = 10

/** `env=prod` and `env` as one label each. */
export const labelsOf = (tokens: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    tokens.filter((token) => token.includes('=')).map((token) => token.split('=', 2) as [string, string]),
  )

/**
 * What alerts are judged by, of those that count: in the fleet, and the first agent of their kernel. Reads only; two
 * statements whatever the number.
 */
export async function readJudgedHosts(client: pg.PoolClient, marked: Marked): Promise<JudgedHost[]> {
  const ids = [...marked.keys()]
  const { rows } = await client.query<Row>(sql`
    select h.id::int, h.hostname, h.state, h.last_state as "lastState", h.reason, h.state_since as "stateSince",
      h.flags, h.labels, h.demo, s.last_seen_at as "lastSeenAt",
      (select receiving_from from ingest_tick where id = 1) as "heardFrom", d.truth,
      d.report -> 'patches' as patches,
      d.report -> 'sources' as sources,
      coalesce(rare.builds, '[]') as "rareBuilds"
    from host h left join host_detail d on d.host_id = h.id left join host_seen s on s.host_id = h.id
    left join lateral (
      select jsonb_agg(jsonb_build_object('name', p.name, 'build', p.build)) as builds
      from host_patch hp join patch p on p.id = hp.patch_id
      cross join lateral (
        select coalesce(sum(c.enabled) filter (where o.id = p.id), 0) as own, coalesce(sum(c.enabled), 0) as all
        from patch o join patch_count c on c.patch_id = o.id and c.kernel_id = h.kernel_id
        where o.mechanism = p.mechanism and o.name = p.name) as n
      where hp.host_id = h.id and hp.enabled and p.build <> '' and n.all >= ${rareLeast} and n.own < ${rareShare}::float8 * n.all
    ) as rare on true
    where h.id = any(${ids}::bigint[]) and h.retired_at is null and h.flags & 4096 = 0 order by h.id`)
  const held = await readHeldBy(
    client,
    rows.filter(({ truth }) => truth?.open || truth?.failed).map(({ id }) => id),
  )
  return rows.map(({ patches, sources, ...row }) => {
    const moving = (patches ?? []).find(({ inTransition }) => inTransition)
    return {
      ...row,
      stateSince: row.stateSince.toISOString(),
      lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
      heardFrom: row.heardFrom?.toISOString() ?? '',
      isNew: marked.get(row.id)?.has('first-contact') ?? false,
      flags: hostFlags.filter((_, bit) => row.flags & (1 << bit)),
      labels: labelsOf(row.labels),
      heldBy: held.get(row.id) ?? null,
      unpackaged: unpackagedOf({ patches: patches ?? [], sources: sources ?? [] }),
      movingModules: (moving?.objects ?? []).map(({ name }) => name).filter((name) => name !== 'vmlinux'),
      replaces: moving?.replace === true,
    }
  })
}

/**
 * The oldest cause of each host: of what holds it now, else of the newest attempt of this boot that was held. A load that is tried
 * again and again has the same cause also in the seconds in which nothing holds it.
 */
async function readHeldBy(client: pg.PoolClient, ids: readonly number[]): Promise<Map<number, HeldBy>> {
  if (ids.length === 0) return new Map()
  const { rows } = await client.query<HeldBy & { hostId: number; since: Date }>(sql`
    with now as (select host_id, signature_id, since from (${heldNow()}) as b where host_id = any(${ids}::bigint[])),
    held as (
      select * from now
      union all
      select h.id, b.signature_id, b.first_seen_at
      from host h cross join lateral (
        select b.signature_id, b.first_seen_at from blocker b join attempt a using (host_id, number)
        where b.host_id = h.id and a.boot_id = h.boot_id order by b.number desc, b.first_seen_at, b.signature_id limit 1) as b
      where h.id = any(${ids}::bigint[]) and not exists (select from now where host_id = h.id)
    )
    select distinct on (b.host_id) b.host_id::int as "hostId", s.id::text, s.direction, s.function, s.kind, s.comm, s.unit, b.since,
      t.detail as task
    from held as b join signature s on s.id = b.signature_id
    left join lateral (select detail from blocker
      where host_id = b.host_id and signature_id = b.signature_id
      order by number desc, released_at is not null, first_seen_at, tid limit 1) as t on true
    order by b.host_id, b.since, b.signature_id`)
  return new Map(rows.map(({ hostId, since, ...row }) => [hostId, { ...row, since: since.toISOString() }]))
}
