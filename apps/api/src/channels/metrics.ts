import { channelTypes } from '@graftwatch/contract'
import type pg from 'pg'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What becomes of an attempt; `superseded`: something newer was told instead. */
export type AttemptResult = 'delivered' | 'failed' | 'dead' | 'superseded'

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

  /** Adds them to what /metrics answers, with what waits in the database, for all replicas. */
  register(registry: Registry, db: Pick<pg.Pool, 'query'>): void {
    registry.registerMetric(this.#total)
    registry.registerMetric(this.#seconds)
    new Gauge({
      name: 'graftwatch_deliveries_waiting',
      help: 'Deliveries that wait to be sent, or to be tried again.',
      labelNames: ['type'],
      registers: [registry],
      async collect() {
        const { rows } = await db.query<{ type: string; n: number }>(
          `select c.type, count(*)::int as n from delivery d join channel c on c.id = d.channel_id
           where d.status = 'waiting' group by 1`,
        )
        for (const type of channelTypes) this.set({ type }, rows.find((row) => row.type === type)?.n ?? 0)
      },
    })
  }
}
