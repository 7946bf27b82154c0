import type { HistoryIngest } from '@graftwatch/api/src/ingest/ingest-history.ts'
import type { KeptHost } from './demo-state.ts'
import { type PastLot, pastLots } from './past-words.ts'
import type { SimulatedHost } from './simulated-host.ts'

const hour = 3_600_000
/** Hosts at rest say so once an hour, and report once a day. */
const heartbeatMs = hour
const restMs = 24 * hour
/** A host counts as silent after three minutes. */
const silentMs = 200_000
/** What one call of the ingest takes. */
const reportsAtATime = 500

/**
 * Plays the hosts from `from` to `until` (ms) and stores what they say as of those instants, as if the server had heard it then;
 * whoever is silent is marked so in time. Returns keys and sequences by host name, for the fleet that goes on from there. The
 * hosts must be entered at `from`, and nothing may be known of them yet.
 */
export const writePast = async (
  ingest: HistoryIngest,
  hosts: readonly SimulatedHost[],
  span: { readonly from: number; readonly until: number },
): Promise<Record<string, KeptHost>> => {
  const enrolled = new Map<SimulatedHost, { hostId: number; hostKey: string }>()
  const checks = checksOf(hosts, span)
  await ingest.begin(span.from)
  const listen = async (at: number): Promise<void> => {
    const heard = [...enrolled].filter(([host]) => !host.isQuiet(at)).map(([, { hostId }]) => hostId)
    await ingest.heartbeat(heard, at)
    await ingest.sweep(at)
  }
  for (const lot of pastLots(hosts, { ...span, restMs })) {
    for (let check = checks[0]; check !== undefined && check < lot.at; check = checks[0]) {
      await listen(check)
      checks.shift()
    }
    await store(ingest, lot, enrolled)
  }
  const kept: Record<string, KeptHost> = {}
  for (const [{ hostname, agent }, { hostKey }] of enrolled)
    kept[hostname] = { hostKey, sequence: agent.sequence }
  return kept
}

const store = async (
  ingest: HistoryIngest,
  { at, words }: PastLot,
  enrolled: Map<SimulatedHost, { hostId: number; hostKey: string }>,
): Promise<void> => {
  const reports = []
  for (const { host, report } of words) {
    const { machineId, hostname } = host
    const known =
      enrolled.get(host) ?? (await ingest.enroll({ machineId, hostname, labels: { ...host.labels } }, at))
    enrolled.set(host, known)
    reports.push({ hostId: known.hostId, report })
  }
  for (let start = 0; start < reports.length; start += reportsAtATime)
    await ingest.report(reports.slice(start, start + reportsAtATime), at)
}

/** When the server listens who is there: every hour, and just before and after a host falls silent, in order. */
const checksOf = (
  hosts: readonly SimulatedHost[],
  { from, until }: { readonly from: number; readonly until: number },
): number[] => {
  const checks: number[] = []
  for (let at = from + heartbeatMs; at < until; at += heartbeatMs) checks.push(at)
  for (const host of hosts)
    for (const since of host.fallsSilentAt) checks.push(since - 1_000, since + silentMs)
  return checks.filter((at) => at > from && at < until).sort((a, b) => a - b)
}
