import type { ClientVerdict, HostReport, Mechanism, SourceName } from '@graftwatch/contract'
import { secondsBetween } from './host-clock.ts'

/** A vendor is asked every few hours; after a day without an answer, "nothing to apply" proves nothing any more. */
const freshSeconds = 86_400

/** The mechanism a source speaks of: a manager and what is on disk belong to klp, which the others do not use. */
export const spokenOf = (source: SourceName): Mechanism =>
  source === 'canonical' || source === 'kernel-log' || source === 'packages' ? 'klp' : source

/** Where the verdict is only as good as its last check: it says that there is nothing to do. */
const needsFreshness = (value: ClientVerdict) => value === 'none-due'

/**
 * What clients say of one mechanism on this kernel, in the report's order. A source that failed says nothing, nor does a stale
 * "nothing to apply"; a client that does not tell when it checked is believed.
 */
export function clientWords(report: HostReport, mechanism: Mechanism): ClientVerdict[] {
  return report.sources.flatMap(({ name, status, verdict }) => {
    if (!verdict || status !== 'ok' || spokenOf(name) !== mechanism) return []
    const isStale =
      verdict.checkedAt !== null && secondsBetween(verdict.checkedAt, report.collectedAt) > freshSeconds
    return isStale && needsFreshness(verdict.value) ? [] : [verdict.value]
  })
}
