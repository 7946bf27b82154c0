import type { HostState } from '@graftwatch/contract/vocabulary'
import type { Attempt, HostEvent } from '../../../../../api/types.ts'

/** A stretch of a lane from `from` to `to`, both 0 to 1 of the window. */
export type Stretch = { from: number; to: number }
export type Lanes = {
  /** Without a gap; null where nothing is known. */
  states: (Stretch & { state: HostState | null })[]
  attempts: (Stretch & { number: number; bad: boolean })[]
  patches: { at: number; on: boolean; name: string }[]
  boots: { at: number }[]
}

/** What happened on a host between two instants, in milliseconds. */
type Told = {
  events: readonly HostEvent[]
  attempts: readonly Attempt[]
  from: number
  to: number
  /** The instant `attempts` are of: those still open then are drawn until then. */
  attemptsAt: number
  /** Whether `events` reach back to the first; else nothing is known before the oldest of them. */
  whole: boolean
  /** The state at the end of the window, for a host that never changed. */
  last: HostState | null
}

const patchEvents = { 'patch-enabled': true, 'patch-disabled': false, 'patch-removed': false } as const
const isPatchEvent = (kind: HostEvent['kind']): kind is keyof typeof patchEvents => kind in patchEvents

/** The lanes of a window. Pure. */
export function lanesOf({ events, attempts, from, to, attemptsAt, whole, last }: Told): Lanes {
  const place = (ms: number): number => Math.min(1, Math.max(0, (ms - from) / (to - from)))
  const told = events.toSorted(
    (a, b) => a.occurredAt.localeCompare(b.occurredAt) || Number(a.id) - Number(b.id),
  )
  const inside = told.filter(({ occurredAt }) => {
    const at = Date.parse(occurredAt)
    return at >= from && at <= to
  })
  return {
    states: statesOf(told, whole, last, from, to).map(({ state, start, end }) => ({
      state,
      from: place(start),
      to: place(end),
    })),
    attempts: attempts
      .filter(({ startedAt, endedAt }) => {
        return Date.parse(startedAt) <= to && (endedAt === null || Date.parse(endedAt) >= from)
      })
      .map(({ number, startedAt, endedAt, outcome }) => ({
        number,
        from: place(Date.parse(startedAt)),
        to: place(endedAt === null ? attemptsAt : Date.parse(endedAt)),
        bad: outcome !== null && outcome !== 'completed',
      })),
    // What is on stands over what went off at the same moment.
    patches: inside
      .toSorted((a, b) => Number(a.kind === 'patch-enabled') - Number(b.kind === 'patch-enabled'))
      .flatMap(({ kind, occurredAt, patch }) =>
        isPatchEvent(kind)
          ? [{ at: place(Date.parse(occurredAt)), on: patchEvents[kind], name: patch ?? 'a patch' }]
          : [],
      ),
    boots: inside
      .filter(({ kind }) => kind === 'rebooted')
      .map(({ occurredAt }) => ({ at: place(Date.parse(occurredAt)) })),
  }
}

type Span = { state: HostState | null; start: number; end: number }

function statesOf(
  told: readonly HostEvent[],
  whole: boolean,
  last: HostState | null,
  from: number,
  to: number,
): Span[] {
  const changes = told.filter(({ kind, to: state }) => kind === 'state-changed' && state !== null)
  // The kernel's log tells of a time before anyone looked; what the host was then, nobody knew.
  const first = told.find(({ kind }) => kind === 'first-contact') ?? told[0]
  const begin = first === undefined ? (whole ? from : to) : Date.parse(first.occurredAt)
  // Before the first change the host was what that change says it had been, back to where its story begins.
  const before = changes[0] === undefined ? last : changes[0].from
  const spans: Span[] = [
    { state: null, start: Number.NEGATIVE_INFINITY, end: begin },
    { state: before, start: begin, end: Number.POSITIVE_INFINITY },
  ]
  for (const change of changes) {
    const at = Date.parse(change.occurredAt)
    const open = spans.at(-1)
    if (open !== undefined) open.end = at
    spans.push({ state: change.to, start: at, end: Number.POSITIVE_INFINITY })
  }
  return spans
    .filter(({ start, end }) => end > from && start < to && end > start)
    .map(({ state, start, end }) => ({ state, start: Math.max(from, start), end: Math.min(to, end) }))
}

/** The state at a place of the window, 0 to 1; null where nothing is known. */
export const stateAt = (lanes: Lanes, place: number): HostState | null =>
  lanes.states.findLast(({ from }) => from <= place)?.state ?? null

/** The instants of changes worth a step, oldest first. */
export const changesOf = (events: readonly HostEvent[]): string[] =>
  [
    ...new Set(
      events
        .filter(({ kind }) => kind === 'state-changed' || kind === 'rebooted' || isPatchEvent(kind))
        .map(({ occurredAt }) => occurredAt),
    ),
  ].toSorted()
