import type { HostReport } from '@graftwatch/contract'

/** How far a host's clock may be off before its times are shifted and the host is flagged. */
export const skewToleranceMs = 120_000

const oldestMs = 400 * 86_400_000

/** Reads a host's instants as the server's: shifted when the host's clock is off, never in the future, never absurdly old. */
export interface HostClock {
  isSkewed: boolean
  /** When the host was read. */
  now: string
  at(hostInstant: string): string
}

/**
 * `receivedAt`: the server's clock in ms. `sentAt`: the host's clock when it sent, in ms, from the Date header; it tells a slow
 * clock from a report that waited in a spool. Null: the time of reading stands in, so an old report counts as a slow clock.
 */
export function hostClock(
  report: Pick<HostReport, 'collectedAt'>,
  receivedAt: number,
  sentAt: number | null,
): HostClock {
  const offset = receivedAt - (sentAt ?? Date.parse(report.collectedAt))
  const isSkewed = Math.abs(offset) > skewToleranceMs
  const bounded = (instant: string) => {
    const at = Date.parse(instant) + (isSkewed ? offset : 0)
    return new Date(Math.min(receivedAt, Math.max(at, receivedAt - oldestMs))).toISOString()
  }
  return { isSkewed, now: bounded(report.collectedAt), at: bounded }
}

/** Seconds from `from` to `to`, negative when `to` is earlier. */
export const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000
