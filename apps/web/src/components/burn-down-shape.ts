import type { AttemptOutcome } from '@graftwatch/contract/vocabulary'

/** What a burn-down is drawn from; `until` is the end of the attempt, or the server's now while it runs. */
export type BurnDownInput = {
  samples: readonly { at: string; remaining: number | null }[]
  startedAt: string
  until: string
  outcome: AttemptOutcome | null
}

/** Remaining tasks from `second` on, counted from the start; null: nobody could read them. */
type Point = { second: number; remaining: number | null }
/** A span of time, in seconds from the start. */
export type Span = { from: number; to: number }

/** A burn-down as numbers; all places and sizes are shares of 1. */
export type BurnDownShape = {
  points: readonly Point[]
  /** Length of the attempt in seconds. */
  seconds: number
  first: number | null
  low: number | null
  /** When the lowest count was reached. */
  lowSecond: number
  last: number | null
  most: number
  /** Spans without a new low, each longer than {@link stallSeconds}. */
  stalls: readonly Span[]
  /** Spans of which nothing is known. */
  unseen: readonly Span[]
}

/** The kernel tries about every second; a minute without a new low is worth a shade. */
export const stallSeconds = 60

/** Folds the samples of one attempt. Never throws; without a readable sample `first`, `low` and `last` are null. */
export function burnDownShape({ samples, startedAt, until, outcome }: BurnDownInput): BurnDownShape {
  const start = Date.parse(startedAt)
  const since = (instant: string): number => Math.max(0, (Date.parse(instant) - start) / 1000)
  const seconds = Math.max(1, since(until))
  const points: Point[] = samples
    .map(({ at, remaining }) => ({ second: Math.min(since(at), seconds), remaining }))
    .sort((a, b) => a.second - b.second)
  // That an attempt completed says that nothing remained, also where the last reading came before.
  if (outcome === 'completed') points.push({ second: seconds, remaining: 0 })
  const known = points.flatMap(({ second, remaining }) => (remaining === null ? [] : [{ second, remaining }]))
  const lows = known.filter((point, index) =>
    known.slice(0, index).every((before) => before.remaining > point.remaining),
  )
  const low = lows.at(-1)
  return {
    points,
    seconds,
    first: known[0]?.remaining ?? null,
    low: low?.remaining ?? null,
    lowSecond: low?.second ?? 0,
    last: known.at(-1)?.remaining ?? null,
    most: known.reduce((most, { remaining }) => Math.max(most, remaining), 1),
    stalls: between(
      lows.map(({ second }) => second),
      outcome === 'completed' ? null : seconds,
    ).filter(({ from, to }) => to - from > stallSeconds),
    unseen: unseen(points, seconds),
  }
}

/** The spans between one instant and the next, and on to `end`. */
function between(instants: readonly number[], end: number | null): Span[] {
  return instants.flatMap((from, index) => {
    const to = instants[index + 1] ?? end
    return to === null ? [] : [{ from, to }]
  })
}

function unseen(points: readonly Point[], seconds: number): Span[] {
  return between([0, ...points.map(({ second }) => second)], seconds).filter(
    ({ from, to }, index) => to > from && (index === 0 || points[index - 1]?.remaining === null),
  )
}

/** The box a path is drawn in for burn-down-mini.tsx. */
export const miniBox = { width: 108, height: 24 }

/**
 * Height of a count as a share of the axis. Logarithmic, since the last three tasks matter more than the first four hundred, and
 * by one more than the count, so that zero has its place.
 */
export const logHeight = (count: number, most: number): number => Math.log1p(count) / Math.log1p(most)

/**
 * Place of a second as a share of the axis. Logarithmic as well: most transitions fall within seconds, and some then stand for days; on
 * an even axis the fall, and how long others took, would be a line at the left edge.
 */
export const logPlace = (second: number, axisSeconds: number): number =>
  Math.log1p(second) / Math.log1p(axisSeconds)

/**
 * The line as an SVG path in a box of `width` × `height`: a count holds until the next reading, so it goes in steps. Empty where
 * nothing is known. `axisSeconds` is the time the whole width stands for.
 */
export function burnDownPath(
  shape: BurnDownShape,
  { width, height, axisSeconds = shape.seconds }: { width: number; height: number; axisSeconds?: number },
): string {
  const x = (second: number) => round(logPlace(second, axisSeconds) * width)
  const y = (count: number) => round(height * (1 - logHeight(count, shape.most)))
  let path = ''
  let drawing = false
  for (const { second, remaining } of shape.points) {
    if (remaining === null) {
      if (drawing) path += `H${x(second)}`
      drawing = false
    } else {
      path += drawing ? `H${x(second)}V${y(remaining)}` : `M${x(second)} ${y(remaining)}`
      drawing = true
    }
  }
  return drawing ? `${path}H${x(shape.seconds)}` : path
}

const round = (value: number): number => Math.round(value * 100) / 100

/** Counts worth a line: none, then about three to each power of ten, and the most there were. */
export function countTicks(most: number): number[] {
  const ticks = [0]
  for (let power = 1; power <= most; power *= 10) ticks.push(power, 3 * power)
  return [...ticks.filter((tick) => logHeight(tick, most) <= 0.9 || tick === 0), most]
}

const marks = [
  1,
  3,
  10,
  30,
  60,
  300,
  900,
  3600,
  4 * 3600,
  12 * 3600,
  86_400,
  3 * 86_400,
  7 * 86_400,
  30 * 86_400,
]
/** Less room between two marks, and their words would touch on a phone. */
const leastGap = 0.12

/** Seconds worth a mark on a logarithmic axis, from 0 on. */
export function logSecondTicks(axisSeconds: number): number[] {
  const ticks = [0]
  for (const second of marks) {
    const gap = logPlace(second, axisSeconds) - logPlace(ticks.at(-1) ?? 0, axisSeconds)
    if (second <= axisSeconds && gap >= leastGap) ticks.push(second)
  }
  return ticks
}

const steps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
]
const ticksAtMost = 5

/** Seconds worth a mark on an even axis, from 0 on, at most six of them. */
export function secondTicks(seconds: number): number[] {
  const step =
    steps.find((each) => seconds / each <= ticksAtMost) ?? Math.ceil(seconds / ticksAtMost / 86_400) * 86_400
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step)
}

const rowsAtMost = 40

/** The points for a table, thinned evenly; the last one always stays. */
export function tableRows(points: readonly Point[]): readonly Point[] {
  const every = Math.ceil(points.length / rowsAtMost)
  return points.filter((_, index) => index % every === 0 || index === points.length - 1)
}
