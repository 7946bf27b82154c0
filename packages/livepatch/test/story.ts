import type { HostReport } from '@graftwatch/contract'
import { aMovingReport, at, start } from '../../contract/test/a-report.ts'
import { reduce } from '../src/reduce.ts'
import type { Change, HostFact } from '../src/truth.ts'

/**
 * One host's reports in order, each folded into what the ones before left. The server's clock is the host's unless `skewMs`
 * says otherwise.
 */
export class Story {
  changes: Change[] = []
  #skewMs: number
  readonly #sendsDate: boolean

  constructor({ skewMs = 0, sendsDate = true } = {}) {
    this.#skewMs = skewMs
    this.#sendsDate = sendsDate
  }

  setClockRight(): void {
    this.#skewMs = 0
  }

  /** The host is read `seconds` after the start, by the host's clock. */
  tell(seconds: number, report: HostReport): Change {
    const last = this.changes.at(-1)
    const sent = start + seconds * 1000
    const change = reduce(
      last ? { truth: last.truth, report: last.report } : null,
      { ...report, sequence: this.changes.length + 1, collectedAt: at(seconds) },
      { at: sent - this.#skewMs, sentAt: this.#sendsDate ? sent : null },
    )
    this.changes.push(change)
    return change
  }

  /** A reading every ten seconds, as a host in transition sends them. */
  watch(from: number, to: number, fields: Parameters<typeof aMovingReport>[0] = {}): void {
    for (let seconds = from; seconds <= to; seconds += 10) this.tell(seconds, aMovingReport(fields))
  }

  get last(): Change {
    const change = this.changes.at(-1)
    if (!change) throw new Error('the story has not begun')
    return change
  }

  get state(): string {
    return `${this.last.truth.state}(${this.last.truth.reason})`
  }

  /** Facts of all reports, each once, as the database keeps them. */
  facts(kind: HostFact['kind']): HostFact[] {
    const all = this.changes.flatMap(({ facts }) => facts).filter((fact) => fact.kind === kind)
    const byKey = new Map(
      all.map((fact) => [
        JSON.stringify([
          fact.bootId,
          fact.toldAt ?? fact.occurredAt,
          fact.patch,
          fact.from,
          fact.to,
          fact.detail,
        ]),
        fact,
      ]),
    )
    return [...byKey.values()]
  }

  /** The last word on each attempt. */
  get attempts() {
    const newest = new Map(this.changes.flatMap(({ attempts }) => attempts).map((a) => [a.number, a]))
    return [...newest.values()]
  }
}
