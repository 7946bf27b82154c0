import {
  type AlertStatus,
  alertSeverities,
  channelTypes,
  hostFlags,
  hostStates,
  mechanisms,
} from '@graftwatch/contract'
import type pg from 'pg'
import sql, { join, raw } from 'sql-template-tag'
import { heldNow } from '../fleet/held.ts'

/** One value of a metric. Simulated hosts have the label `demo="true"`; real ones have no such label. */
export interface Sample {
  labels: Record<string, string>
  value: number
}

/** Hosts in a transition by seconds since its last progress: how many at most each of {@link ageBounds}, all, and their sum. */
export interface Ages {
  labels: Record<string, string>
  atMost: number[]
  count: number
  sum: number
}

/** What Prometheus is told of the fleet, read at one time. Bounded, whatever the fleet sends. */
export interface FleetReading {
  hosts: Sample[]
  mechanisms: Sample[]
  flags: Sample[]
  moving: Sample[]
  ages: Ages[]
  blockers: Sample[]
  alerts: Sample[]
  firing: Sample[]
  /** Deliveries, of all replicas. */
  waiting: Sample[]
  /** Changes that wait to be judged, at most {@link queueMost}. */
  queued: number
}

type Db = Pick<pg.Pool, 'query'>

/** Seconds at which what the kernel does, or what we say, changes: docs/glossary.md, `stuck`. */
export const ageBounds = [15, 20, 60, 120, 600, 900, 1800, 3600, 86_400]
const movingStates = ['stuck', 'reverting', 'transitioning'] as const
const causesShown = 20
/** A function or unit can be named by whoever writes a patch or a unit file. */
const labelMost = 100
const rulesMost = 200
const queueMost = 100_000

const fleet = (demo: boolean): Record<string, string> => (demo ? { demo: 'true' } : {})
const bounded = (text: string | null): string => (text ?? '').slice(0, labelMost).toWellFormed()

interface Counted {
  kind: string
  key: string
  demo: boolean
  n: number
}

const sumOf = (counted: readonly Counted[]): number => counted.reduce((sum, { n }) => sum + n, 0)

/** From the counters that a trigger keeps. Every word is there, with 0 where nothing has it; of a demo fleet only while there is one. */
async function readCounted(db: Db): Promise<Pick<FleetReading, 'hosts' | 'mechanisms' | 'flags' | 'moving'>> {
  const { rows } = await db.query<Counted>(
    sql`select kind, key, demo, sum(n)::int as n from fleet_count group by kind, key, demo having sum(n) <> 0`,
  )
  const fleets = [false, true]
    .map((demo) => ({ labels: fleet(demo), rows: rows.filter((row) => row.demo === demo) }))
    .filter((each, index) => index === 0 || each.rows.length > 0)
  return {
    hosts: fleets.flatMap(({ labels, rows: of }) =>
      hostStates.map((state) => ({
        labels: { state, ...labels },
        value: sumOf(of.filter(({ kind, key }) => kind === 'state' && key === state)),
      })),
    ),
    mechanisms: fleets.flatMap(({ labels, rows: of }) => {
      const patched = mechanisms.map((mechanism) => ({
        labels: { mechanism, ...labels },
        value: sumOf(of.filter(({ kind, key }) => kind === 'mechanism' && key === mechanism)),
      }))
      const rest = sumOf(of.filter(({ kind }) => kind === 'state'))
      const none = patched.reduce((left, { value }) => left - value, rest)
      return [...patched, { labels: { mechanism: 'none', ...labels }, value: none }]
    }),
    flags: fleets.flatMap(({ labels, rows: of }) =>
      hostFlags.map((flag, bit) => ({
        labels: { flag, ...labels },
        value: sumOf(of.filter(({ kind, key }) => kind === 'flag' && key === String(bit))),
      })),
    ),
    moving: fleets.map(({ labels, rows: of }) => ({
      labels,
      value: sumOf(
        of.filter(({ kind, key }) => kind === 'state' && movingStates.some((each) => each === key)),
      ),
    })),
  }
}

/** From the index of open attempts: a few thousand rows, whatever the fleet's size. */
async function readAges(db: Db): Promise<Ages[]> {
  const age = sql`greatest(0, extract(epoch from now() - a.progress_at))`
  const atMost = join(
    ageBounds.map((bound) => sql`(count(*) filter (where ${age} <= ${raw(String(bound))}))::int`),
  )
  const { rows } = await db.query<{ demo: boolean; atMost: number[]; count: number; sum: number }>(sql`
    select h.demo, array[${atMost}] as "atMost", count(*)::int as count, sum(${age})::float8 as sum
    from attempt a
    cross join lateral (select demo from host
      where id = a.host_id and state = any(${movingStates}) and retired_at is null and flags & 4096 = 0 limit 1) as h
    where a.ended_at is null group by h.demo order by h.demo`)
  const none = { demo: false, atMost: ageBounds.map(() => 0), count: 0, sum: 0 }
  const all = rows.some(({ demo }) => !demo) ? rows : [none, ...rows]
  return all.map(({ demo, ...ages }) => ({ labels: fleet(demo), ...ages }))
}

/** A host with several causes counts under the one that has held it longest, as on the page of blockers. */
async function readBlockers(db: Db): Promise<Sample[]> {
  const { rows } = await db.query<{
    demo: boolean
    function: string | null
    kind: string | null
    comm: string | null
    unit: string | null
    isOther: boolean
    hosts: number
  }>(sql`
    with held as materialized (
      select h.demo, b.signature_id, row_number() over (partition by b.host_id order by b.since, b.signature_id) as place
      from (${heldNow()}) as b
      cross join lateral (select demo from host
        where id = b.host_id and retired_at is null and flags & 4096 = 0 limit 1) as h
    ), counted as (
      select demo, signature_id, count(*)::int as hosts,
        row_number() over (partition by demo order by count(*) desc, signature_id) > ${causesShown}::int as is_other
      from held where place = 1 group by demo, signature_id
    )
    select c.demo, s.function, s.kind, s.comm, s.unit, false as "isOther", c.hosts
    from counted c join signature s on s.id = c.signature_id where not is_other
    union all
    select demo, null, null, null, null, true, sum(hosts)::int from counted where is_other group by demo`)
  return rows.map((row) => ({
    labels: {
      function: row.isOther ? 'other' : bounded(row.function),
      kind: row.kind ?? '',
      comm: bounded(row.comm),
      unit: bounded(row.unit),
      ...fleet(row.demo),
    },
    value: row.hosts,
  }))
}

const openStatuses = ['pending', 'firing'] as const satisfies AlertStatus[]

/** Alerts that are not over, and without fire drills, which count nowhere. */
async function readAlerts(db: Db): Promise<Pick<FleetReading, 'alerts' | 'firing'>> {
  const { rows } = await db.query<{
    rule: string
    severity: string | null
    status: string | null
    demo: boolean
    n: number
  }>(sql`
    with open as materialized (
      select rule_id, severity, status, demo from alert where status <> 'resolved' and drill_ends_at is null
    )
    select r.name as rule, o.severity, o.status, coalesce(o.demo, false) as demo, count(o.status)::int as n
    from (select id, name from alert_rule order by id limit ${rulesMost}) as r left join open o on o.rule_id = r.id
    group by 1, 2, 3, 4`)
  const fleets = [false, ...(rows.some(({ demo }) => demo) ? [true] : [])]
  const total = (counted: typeof rows) => counted.reduce((sum, { n }) => sum + n, 0)
  return {
    alerts: fleets.flatMap((demo) =>
      alertSeverities.flatMap((severity) =>
        openStatuses.map((status) => ({
          labels: { severity, status, ...fleet(demo) },
          value: total(
            rows.filter((row) => row.demo === demo && row.severity === severity && row.status === status),
          ),
        })),
      ),
    ),
    firing: fleets.flatMap((demo) =>
      [...new Set(rows.map(({ rule }) => rule))].map((rule) => ({
        labels: { rule, ...fleet(demo) },
        value: total(rows.filter((row) => row.rule === rule && row.demo === demo && row.status === 'firing')),
      })),
    ),
  }
}

/** From the index of what waits: as few as the receivers that are away. */
async function readWaiting(db: Db): Promise<Sample[]> {
  const { rows } = await db.query<{ type: string; n: number }>(sql`
    select c.type, count(*)::int as n from delivery d join channel c on c.id = d.channel_id
    where d.status = 'waiting' group by c.type`)
  return channelTypes.map((type) => ({
    labels: { type },
    value: rows.find((row) => row.type === type)?.n ?? 0,
  }))
}

async function readQueued(db: Db): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    sql`select count(*)::int as n from (select from alert_dirty limit ${queueMost}) as waiting`,
  )
  return rows[0]?.n ?? 0
}

/** Reads all of it, one question after the other: a scrape takes one connection, never several. Throws what the database throws. */
export async function readFleet(db: Db): Promise<FleetReading> {
  return {
    ...(await readCounted(db)),
    ages: await readAges(db),
    blockers: await readBlockers(db),
    ...(await readAlerts(db)),
    waiting: await readWaiting(db),
    queued: await readQueued(db),
  }
}
