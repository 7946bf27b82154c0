import type { HostReport, ReportEvent } from '@graftwatch/contract'
import type { Step } from './step.ts'

/** A log that repeats itself without end must not fill the history. A busy host tells of a few dozen a day. */
const toldPerDay = 2000
const forcedMax = 32

const gistOf = ({ at, kind, patch, source }: ReportEvent) => JSON.stringify([at, kind, patch, source])

/** Events that the report before did not tell of already, as many as a day may have. */
function newlyTold({ truth, report, clock, facts }: Step, previous: HostReport | null): ReportEvent[] {
  const isSameBoot = previous?.kernel.bootId === report.kernel.bootId
  const before = new Set(isSameBoot ? previous.events.map(gistOf) : [])
  const fresh = report.events.filter((event) => !before.has(gistOf(event)))
  if (fresh.length === 0) return []
  const day = clock.now.slice(0, 10)
  const kept = truth.told?.day === day ? truth.told.kept : 0
  const taken = fresh.slice(0, toldPerDay - Math.min(kept, toldPerDay))
  // One above the limit: that events were left out is told once a day.
  if (taken.length < fresh.length && kept <= toldPerDay)
    facts.add('reports-dropped', { detail: `events beyond ${toldPerDay} on ${day}` })
  truth.told = { day, kept: taken.length < fresh.length ? toldPerDay + 1 : kept + taken.length }
  return taken
}

/** Keeps what the kernel log told anew, and for the whole boot which patches were forced: the kernel itself keeps no trace. */
export function followLog(step: Step, previous: HostReport | null): void {
  const { truth, report, clock, facts } = step
  for (const event of newlyTold(step, previous))
    facts.add(event.kind, {
      occurredAt: clock.at(event.at),
      toldAt: event.at,
      patch: event.patch,
      source: event.source,
    })
  // The line names no patch: it is the one in transition.
  const moving = truth.open?.patch.name ?? report.transition?.patch ?? truth.forced[0] ?? 'unknown'
  const forced = [
    ...report.patches.filter((patch) => patch.forced === true).map(({ name }) => name),
    ...report.events.filter(({ kind }) => kind === 'forced').map(({ patch }) => patch ?? moving),
  ]
  truth.forced = [...new Set([...truth.forced, ...forced])].slice(0, forcedMax)
}
