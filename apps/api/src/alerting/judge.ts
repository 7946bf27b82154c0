import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type AlertSeverity, alertSeverities } from '@graftwatch/contract'
import type pg from 'pg'
import { matchesLabels } from '../fleet/label-selector.ts'
import {
  conditionsOf,
  type Evidence,
  eventCondition,
  type HeldCondition,
  type JudgedHost,
} from './conditions.ts'
import { baselineOf, eventHours, readBaselines, readWindows, type Window } from './expected.ts'
import { type Marked, readJudgedHosts } from './judged-hosts.ts'
import {
  join,
  joinKind,
  keyOf,
  leave,
  type OpenMember,
  readJoins,
  readOpenMembers,
  type WantedMember,
} from './members.ts'
import { type ActiveRule, type Membership, membershipsOf } from './rules.ts'

type Held = HeldCondition & { endsAt?: string }

/** How long after its boot a host may take to load what it runs. */
const bootingMs = 3_600_000

/** A host tells as much as it likes; more alerts than these are noise, and of new ones no more in an hour. */
const membershipsMost = 20
export const joinsAnHour = 30

export const fingerprintOf = (parts: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)

/**
 * Judges these hosts and writes under which alerts they are now, in the caller's transaction. Returns the ids of alerts whose members
 * changed. A host that is out of the fleet is under none. What an event began ends by its own time.
 */
export async function judge(
  client: pg.PoolClient,
  marked: Marked,
  rules: readonly ActiveRule[],
  now: Date,
): Promise<string[]> {
  const ids = [...marked.keys()]
  const hosts = await readJudgedHosts(client, marked)
  const events = await readEvents(client, marked, rules)
  const open = await readOpenMembers(client, ids)
  const openOf = Map.groupBy(open.values(), ({ hostId }) => hostId)
  const [windows, baselines] = [await readWindows(client), await readBaselines(client, ids)]
  const wanted = new Map<string, WantedMember>()
  const stays = new Set<string>()
  for (const host of hosts) {
    const own = openOf.get(host.id) ?? []
    const happened: Held[] = (events.get(host.id) ?? []).flatMap((event) => eventCondition(host, event) ?? [])
    const held: Held[] = [...conditionsOf(host), ...happened]
    const expected = windows.filter(({ requirements }) => matchesLabels(requirements, host.labels))
    const rows = membershipsOf(host, held, rules, fingerprintOf)
      .map((membership) => rowOf(membership, open, { host, expected, baselines, now }))
      .map((row) => sameStall(row, own))
      .filter((row) => row.ends_at === null || row.ends_at > now.toISOString())
    for (const row of bounded(rows, open, host.id)) wanted.set(keyOf(row.fingerprint, host.id), row)
    for (const member of own)
      if (isStill(member, host, rules, now)) stays.add(keyOf(member.fingerprint, host.id))
  }
  const left = [...open].filter(([key, { since }]) => {
    const row = wanted.get(key)
    return row ? row.since !== since.toISOString() : !stays.has(key)
  })
  const joins = await readJoins(client, ids)
  const changed = [...wanted].flatMap(([key, row]) => {
    const member = open.get(key)
    if (!differs(row, member)) return []
    const isNew = member === undefined
    const kind = joinKind(row.host_id, row.severity)
    const done = joins.get(kind) ?? 0
    if (isNew && done >= joinsAnHour) return []
    if (isNew) joins.set(kind, done + 1)
    return [row]
  })
  await leave(
    client,
    left.map(([, member]) => member),
  )
  const joined = await join(client, changed)
  return [...new Set([...left.map(([, { alertId }]) => alertId), ...joined])]
}

/**
 * What an event began holds until its own end, as long as its rule is asked; a patch taken off, until it is on again. That packages
 * cannot be asked now takes back nothing of a patch that is still on, and a reboot nothing of what held before anybody looked: the
 * patch may be loaded again in a minute.
 */
function isStill(
  { endsAt, ruleId, condition, evidence, baseline }: OpenMember,
  { truth, unpackaged }: JudgedHost,
  rules: readonly ActiveRule[],
  now: Date,
): boolean {
  if (!rules.some(({ id }) => id === ruleId)) return false
  const { patch } = evidence as Evidence
  const isOn = truth?.patches.some(({ name, applied }) => applied && name === patch) === true
  if (condition === 'unknown-patch' || condition === 'other-build') {
    const isBooting = now.getTime() - Date.parse(truth?.bootedAt ?? '') < bootingMs
    if (baseline && isBooting && truth?.patches.every(({ applied }) => !applied)) return true
    return condition === 'unknown-patch' && unpackaged === null && isOn
  }
  if (endsAt === null || endsAt <= now) return false
  return condition !== 'patch-off' || !isOn
}

/** Those it has first, so that a host that tells ever more keeps the alerts it is under; then the worst. */
function bounded(
  rows: WantedMember[],
  open: ReadonlyMap<string, OpenMember>,
  hostId: number,
): WantedMember[] {
  const place = (row: WantedMember) =>
    (open.has(keyOf(row.fingerprint, hostId)) ? 0 : 10) +
    alertSeverities.indexOf(row.severity as AlertSeverity)
  return rows.toSorted((a, b) => place(a) - place(b)).slice(0, membershipsMost)
}

interface Known {
  /** Maintenance windows that name the host. */
  expected: readonly Window[]
  /** See {@link readBaselines}. */
  baselines: ReadonlySet<string>
}

function rowOf(
  membership: Membership,
  open: ReadonlyMap<string, OpenMember>,
  { host, expected, baselines, now }: Known & { host: JudgedHost; now: Date },
): WantedMember {
  const { rule, condition, hostId, demo, labels, seconds, baselineFingerprint } = membership
  const { endsAt } = condition as Held
  const began = condition.since === null ? now : new Date(condition.since)
  // Before anybody looked, or as announced: that stays so, however often the host is judged again, and under whichever labels.
  const baseline =
    condition.baseline ||
    (rule.condition === 'patch-off' && expected.some(({ from, to }) => began >= from && began < to)) ||
    (endsAt === undefined && baselines.has(baselineOf(hostId, rule.id, rule.condition, condition.reason)))
  const fingerprint = baseline ? baselineFingerprint : membership.fingerprint
  const member = open.get(keyOf(fingerprint, hostId))
  // Another event of the same, or another gap in what could be heard, is no news of a host that is under this alert already.
  const isSame = condition.since === null || endsAt !== undefined || rule.condition === 'silent'
  const said = isSame && member ? member.since.getTime() : Date.parse(condition.since ?? now.toISOString())
  // Hosts name their own times, and may name any.
  const since = Math.max(0, Math.min(Number.isNaN(said) ? now.getTime() : said, now.getTime()))
  return {
    fingerprint,
    rule_id: rule.id,
    condition: rule.condition,
    severity: rule.severity,
    reason: condition.reason,
    labels,
    demo,
    host_id: hostId,
    since: new Date(since).toISOString(),
    due_at: baseline ? null : new Date(since + seconds * 1000).toISOString(),
    ends_at: endsAt ?? null,
    silent: host.state === 'silent',
    baseline,
    evidence: JSON.parse(JSON.stringify(condition.evidence)),
  }
}

/**
 * A stall that was told of stays under its alert when another task is seen to hold it, or the first one: as long as nothing moved, it is
 * the same story, and nobody is told it twice.
 */
function sameStall(row: WantedMember, own: readonly OpenMember[]): WantedMember {
  if (row.condition !== 'stuck' || row.baseline) return row
  if (own.some(({ fingerprint }) => fingerprint === row.fingerprint)) return row
  const groupOf = ({ severity: _, ...group }: Record<string, string>) => group
  const told = own.find(
    (member) =>
      member.isFiring &&
      member.ruleId === row.rule_id &&
      member.condition === row.condition &&
      member.since.toISOString() === row.since &&
      isDeepStrictEqual(groupOf(member.labels), groupOf(row.labels)),
  )
  return told ? { ...row, fingerprint: told.fingerprint } : row
}

function differs(row: WantedMember, member: OpenMember | undefined): boolean {
  if (!member || row.since !== member.since.toISOString()) return true
  return !isDeepStrictEqual(
    [row.due_at, row.ends_at, row.silent, row.severity, row.labels, row.evidence],
    [
      member.dueAt?.toISOString() ?? null,
      member.endsAt?.toISOString() ?? null,
      member.silent,
      member.severity,
      member.labels,
      member.evidence,
    ],
  )
}

/** Events that no later reading shows, of hosts that such an event marked. */
async function readEvents(client: pg.PoolClient, marked: Marked, rules: readonly ActiveRule[]) {
  const kinds = [
    ...(rules.some(({ condition }) => condition === 'crash') ? ['oops', 'lockup'] : []),
    ...(rules.some(({ condition }) => condition === 'data-dropped') ? ['reports-dropped'] : []),
    ...(rules.some(({ condition }) => condition === 'patch-off') ? ['patch-disabled', 'patch-removed'] : []),
  ]
  const ids = [...marked].filter(([, said]) => kinds.some((kind) => said.has(kind))).map(([id]) => id)
  const found = new Map<number, { kind: string; at: string; patch: string | null; detail: string | null }[]>()
  if (ids.length === 0) return found
  const { rows } = await client.query<{
    hostId: number
    kind: string
    at: Date
    patch: string | null
    detail: string | null
  }>(
    `select host_id::int as "hostId", kind, occurred_at as at, data ->> 'patch' as patch, data ->> 'detail' as detail
     from event where host_id = any($1::bigint[]) and kind = any($2) and recorded_at > graftwatch_now() - interval '${eventHours} hours'
     order by id`,
    [ids, kinds],
  )
  for (const { hostId, at, ...event } of rows)
    found.set(hostId, [...(found.get(hostId) ?? []), { ...event, at: at.toISOString() }])
  return found
}
