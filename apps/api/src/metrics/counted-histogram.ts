import { Histogram, type HistogramConfiguration } from 'prom-client'
import type { Ages } from './fleet-reading.ts'

/** A histogram whose buckets the database counted: what it shows is replaced as a whole, never added to. */
export class CountedHistogram extends Histogram {
  readonly #config: HistogramConfiguration<string> & { buckets: readonly number[] }
  #counted: readonly Ages[] = []

  constructor(config: HistogramConfiguration<string> & { buckets: number[] }) {
    super(config)
    this.#config = config
  }

  show(counted: readonly Ages[]): void {
    this.#counted = counted
  }

  /** What the registry asks a metric for when it writes text. */
  async getForPromString() {
    const { name, help, buckets } = this.#config
    const values = this.#counted.flatMap(({ labels, atMost, count, sum }) => [
      ...buckets.map((bound, index) => ({
        metricName: `${name}_bucket`,
        labels: { le: String(bound), ...labels },
        value: atMost[index] ?? 0,
      })),
      { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: count },
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ])
    return { name, help, type: 'histogram', values }
  }
}
