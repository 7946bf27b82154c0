import { stepped } from '../../../../components/time-cursor/at.ts'

const day = 24 * 3_600_000

export const ranges = [
  { name: '1d', word: '24 h', ms: day },
  { name: '7d', word: '7 days', ms: 7 * day },
  { name: '30d', word: '30 days', ms: 30 * day },
] as const
export type Range = (typeof ranges)[number]['name']

export const readRange = (value: string): Range => ranges.find(({ name }) => name === value)?.name ?? '1d'

/**
 * The span the lanes show, in milliseconds: up to now while the cursor is in it, else with the cursor in its middle. `asOf`: until when
 * to ask for events; null for up to now.
 */
export function historyWindow(
  at: string | null,
  range: Range,
  now: number,
): { from: number; to: number; asOf: string | null } {
  const ms = ranges.find(({ name }) => name === range)?.ms ?? day
  const cursor = at === null ? now : Date.parse(at)
  const to = cursor >= now - ms ? now : Math.min(now, cursor + ms / 2)
  return { from: to - ms, to, asOf: to >= now ? null : stepped(new Date(to).toISOString(), 0, now) }
}

/** The changes before and after an instant, now where it is null; null where there is none, which after the last change means now. */
export function stepsAround(
  changes: readonly string[],
  at: string | null,
  now: number,
): { earlier: string | null; later: string | null } {
  const settled = changes.filter((change) => stepped(change, 0, now) !== null)
  return {
    earlier: settled.findLast((change) => at === null || change < at) ?? null,
    later: at === null ? null : (settled.find((change) => change > at) ?? null),
  }
}
