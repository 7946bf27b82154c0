import { createHash } from 'node:crypto'
import type { HostReport } from '@graftwatch/contract'

/**
 * 16 hex digits that stay the same while nothing changed: SHA-256 over the report without what differs in every reading
 * (sequence, time of reading, durations) and without events, which are news and not state.
 */
export const stateHash = (report: HostReport): string => {
  const lasting = {
    ...report,
    sequence: 0,
    collectedAt: '',
    stateHash: '',
    events: [],
    sources: report.sources.map((source) => ({ ...source, durationMs: 0 })),
  }
  return createHash('sha256').update(JSON.stringify(lasting)).digest('hex').slice(0, 16)
}
