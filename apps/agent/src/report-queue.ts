/** A report that waits for delivery. */
export interface QueuedReport {
  sequence: number
  body: string
  /** Whether it tells of a change of patches, direction or boot, and not only how far a transition has come. */
  isStateChange: boolean
}

/**
 * Reports not yet answered, in order and bounded in number and bytes. When it is full the oldest progress samples go first
 * and state changes last. In memory only: what it holds is lost with the process.
 */
export interface ReportQueue {
  /** Returns how many reports had to go to make room. */
  push(report: QueuedReport): number
  first(): QueuedReport | null
  /** Takes out the first one, which was answered or refused. */
  shift(): void
  readonly length: number
}

export function createReportQueue(maxReports = 500, maxBytes = 8 * 1024 * 1024): ReportQueue {
  const reports: QueuedReport[] = []
  let bytes = 0

  function dropOne(): void {
    // The newest is never the one to go: it holds what is so now.
    const progress = reports.findIndex((report, index) => !report.isStateChange && index < reports.length - 1)
    const [gone] = reports.splice(Math.max(progress, 0), 1)
    bytes -= gone?.body.length ?? 0
  }

  return {
    push(report) {
      reports.push(report)
      bytes += report.body.length
      let dropped = 0
      while (reports.length > 1 && (reports.length > maxReports || bytes > maxBytes)) {
        dropOne()
        dropped++
      }
      return dropped
    },
    first: () => reports[0] ?? null,
    shift() {
      bytes -= reports.shift()?.body.length ?? 0
    },
    get length() {
      return reports.length
    },
  }
}
