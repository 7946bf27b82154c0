import { channelTypes } from '@graftwatch/contract'
import { Counter, Histogram, type Registry } from 'prom-client'

/** What becomes of an attempt; `superseded`: something newer was told instead. */
const results = ['delivered', 'failed', 'dead', 'superseded'] as const
export type AttemptResult = (typeof results)[number]

/** What this process has sent, for Prometheus. Labels are the five types of channels and four results, whatever is sent. */
export class DeliveryMetrics {
  readonly #total = new Counter({
    name: 'graftwatch_deliveries_total',
    help: 'Attempts of this process to tell a channel something, by how they ended.',
    labelNames: ['type', 'result'],
    registers: [],
  })
  readonly #seconds = new Histogram({
    name: 'graftwatch_delivery_seconds',
    help: 'From when something was due to be told until its receiver had it.',
    labelNames: ['type'],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 900],
    registers: [],
  })

  count(type: string, result: AttemptResult): void {
    this.#total.inc({ type, result })
  }

  observe(type: string, seconds: number): void {
    this.#seconds.observe({ type }, seconds)
  }

  /** Adds them to what /metrics answers. What waits is read with the fleet: see FleetReading. */
  register(registry: Registry): void {
    registry.registerMetric(this.#total)
    registry.registerMetric(this.#seconds)
    // From 0 on, so that the first of its kind is seen to rise.
    for (const type of channelTypes) for (const result of results) this.#total.inc({ type, result }, 0)
  }
}
