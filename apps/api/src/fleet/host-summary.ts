import { type HostFlag, type HostState, type HostSummary, hostFlags } from '@graftwatch/contract'
import sql, { type Sql } from 'sql-template-tag'

/** The columns of a host in a list; the query names `host` h and joins nothing else that is called s, k or p. */
export const summaryColumns: Sql = sql`
  h.id::text, h.hostname, h.demo, h.os, h.labels, h.state, h.reason, h.state_since as "stateSince",
  h.since_before as "sinceBefore", h.last_state as "lastState", h.flags, s.last_seen_at as "lastSeenAt",
  s.interval_seconds as "intervalSeconds", k.release as "kernelRelease", p.name as patch, h.retired_at as "retiredAt",
  (select jsonb_build_object('direction', a.direction, 'total', a.total, 'remaining', a.remaining, 'progressAt', a.progress_at)
    from attempt a where a.host_id = h.id and a.ended_at is null limit 1) as transition`

export const summaryJoins: Sql = sql`
  left join host_seen s on s.host_id = h.id
  left join kernel k on k.id = h.kernel_id
  left join patch p on p.id = h.patch_id`

export interface SummaryRow {
  id: string
  hostname: string
  demo: boolean
  os: string | null
  labels: string[]
  state: HostState
  reason: string | null
  stateSince: Date
  sinceBefore: boolean
  lastState: HostState | null
  flags: number
  lastSeenAt: Date | null
  intervalSeconds: number | null
  kernelRelease: string | null
  patch: string | null
  retiredAt: Date | null
  transition: HostSummary['transition']
}

export const flagsOf = (bits: number): HostFlag[] => hostFlags.filter((_flag, index) => bits & (1 << index))

/** Tokens hold `env` and `env=prod` for one label; the second says all. An empty value reads `env=`. */
export function labelsOf(tokens: readonly string[]): Record<string, string> {
  const pairs = tokens.filter((token) => token.includes('='))
  return Object.fromEntries(
    pairs.map((token) => [token.slice(0, token.indexOf('=')), token.slice(token.indexOf('=') + 1)]),
  )
}

export function statusOf(row: SummaryRow): HostSummary['status'] {
  return {
    state: row.state,
    reason: row.reason,
    since: row.stateSince.toISOString(),
    sinceBefore: row.sinceBefore,
    lastState: row.lastState,
    flags: flagsOf(row.flags),
    // Enrollment sets the clock of silence; it is no word of the host's yet.
    lastSeenAt: row.reason === 'neverReported' ? null : (row.lastSeenAt?.toISOString() ?? null),
    intervalSeconds: row.intervalSeconds ?? 60,
  }
}

/** `ticks`: see HostSummary; null where the list was not asked for them. */
export function summaryOf(row: SummaryRow, ticks: string | null = null): HostSummary {
  const { id, hostname, demo, os, kernelRelease, patch, transition } = row
  return {
    id,
    hostname,
    demo,
    os,
    kernelRelease,
    patch,
    labels: labelsOf(row.labels),
    status: statusOf(row),
    transition: transition && { ...transition, progressAt: new Date(transition.progressAt).toISOString() },
    ticks,
    retiredAt: row.retiredAt?.toISOString() ?? null,
  }
}
