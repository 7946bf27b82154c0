import type { HostReport } from '@graftwatch/contract'
import type { SimulatedHost } from './simulated-host.ts'

/** Something a host said in the past. */
export interface PastWord {
  readonly host: SimulatedHost
  readonly report: HostReport
}

/** What hosts said within a few seconds; stored together, as of `at` (ms). */
export interface PastLot {
  readonly at: number
  readonly words: readonly PastWord[]
}

const second = 1_000
const minute = 60 * second

/** Words this close together are stored together. */
const lotMs = 15 * second
/** After a boot, or a step of its story, a host speaks as soon as there is something to see. */
const soonMs = second
const bootMs = 20 * second

/** How long after a word the next one follows while a transition of this age runs: fine at first, where a minute decides. */
const paceIn = (ageMs: number): number => {
  if (ageMs < 20 * second) return 6 * second
  if (ageMs < 3 * minute) return 20 * second
  return ageMs < 60 * minute ? 10 * minute : 60 * minute
}

/** The next of the instants at which every host speaks; they end at `until`. */
const nextRest = (now: number, until: number, restMs: number): number =>
  until - Math.floor((until - now - 1) / restMs) * restMs

/** When the host speaks next, in ms after `now`: something happens to it, its transition moves, or its time has come. */
const nextWordAt = (host: SimulatedHost, now: number, until: number, restMs: number): number => {
  const { kernel } = host
  if (!kernel.isUp) return kernel.bootedAt + bootMs
  const { transition } = kernel
  const pace = transition === null ? nextRest(now, until, restMs) : now + paceIn(now - transition.startedAt)
  return Math.min(pace, host.nextStepAt + soonMs)
}

/**
 * What the hosts said between `from` and `until` (ms), in lots in order of time. A lot is made when it is asked for; what it tells
 * counts as taken. At rest a host speaks every `restMs`. The hosts are played up to `until`; the last lot is of that instant, and
 * everyone who is up and not silent is in it.
 */
export function* pastLots(
  hosts: readonly SimulatedHost[],
  span: { readonly from: number; readonly until: number; readonly restMs: number },
): Generator<PastLot> {
  const { from, until, restMs } = span
  const dueAt = new Map<SimulatedHost, number>()
  for (const host of hosts) dueAt.set(host, Math.max(from, host.kernel.bootedAt + bootMs))
  for (;;) {
    const first = Math.min(...dueAt.values())
    if (first > until) return
    const at = Math.min(first + lotMs, until)
    const words = hosts.flatMap((host) => wordsUntil(host, at, dueAt, { until, restMs }))
    if (words.length > 0) yield { at, words }
  }
}

const wordsUntil = (
  host: SimulatedHost,
  at: number,
  dueAt: Map<SimulatedHost, number>,
  { until, restMs }: { readonly until: number; readonly restMs: number },
): PastWord[] => {
  const words: PastWord[] = []
  let due = dueAt.get(host) ?? Number.POSITIVE_INFINITY
  while (due <= at) {
    const report = host.isQuiet(due) ? null : host.report(due)
    host.advanceTo(due)
    if (report !== null) {
      words.push({ host, report })
      host.agent.acknowledge()
    }
    due = due === until ? Number.POSITIVE_INFINITY : Math.min(until, nextWordAt(host, due, until, restMs))
  }
  dueAt.set(host, due)
  return words
}
