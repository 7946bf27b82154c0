import type { Mechanism } from '@graftwatch/contract'

/** Names the threshold of one host: a number and `s`, `m` or `h`, such as `10m`. */
export const stuckAfterLabel = 'graftwatch.io/stuck-after'

const shortestSeconds = 30
const longestSeconds = 86_400
const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600 }

/** The label's seconds, bounded to 30 s and 24 h; null when it is not there or says nothing sensible. */
function labeled(labels: Readonly<Record<string, string>>): number | null {
  const match = /^(\d{1,6})([smh])$/.exec(labels[stuckAfterLabel] ?? '')
  if (!match) return null
  const seconds = Number(match[1]) * (unitSeconds[match[2] ?? ''] ?? 0)
  return Math.min(longestSeconds, Math.max(shortestSeconds, seconds))
}

/**
 * Seconds without a new low of remaining tasks after which a transition counts as stuck: 2 min; 10 min where the kernel nudges
 * nobody by itself, as kGraft; 5 min at least where tasks cannot be read and only age counts; else what the host's label says.
 */
export function stuckAfterSeconds(
  transition: { mechanism: Mechanism; isByAge: boolean; signalsByItself?: boolean | null | undefined },
  labels: Readonly<Record<string, string>>,
): number {
  const isNudged = transition.mechanism !== 'kgraft' && transition.signalsByItself !== false
  const counted = isNudged ? 120 : 600
  return labeled(labels) ?? (transition.isByAge ? Math.max(300, counted) : counted)
}
