import { hostStates } from '@graftwatch/contract/vocabulary'
import type { FastifyInstance } from 'fastify'
import plugin from 'fastify-plugin'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Deps } from '../deps.ts'
import { readCounts } from '../fleet/counts.ts'

type Needs = Pick<Deps, 'pool' | 'heartbeats' | 'reports'>

/** GET /metrics in Prometheus' text format. Labels come from our own vocabulary and routes, so they are few whatever is sent. */
export const metrics = plugin(
  async (app: FastifyInstance, { pool, heartbeats, reports }: Needs) => {
    const registry = new Registry()
    const registers = [registry]
    collectDefaultMetrics({ register: registry })

    new Gauge({
      name: 'graftwatch_hosts',
      help: 'Hosts by state.',
      labelNames: ['state'],
      registers,
      async collect() {
        const { counts } = await readCounts(pool)
        for (const state of hostStates) this.set({ state }, counts[state])
      },
    })
    new Gauge({
      name: 'graftwatch_ingest_waiting',
      help: 'Reports and heartbeats that wait to be written.',
      labelNames: ['kind'],
      registers,
      collect() {
        this.set({ kind: 'report' }, reports.size)
        this.set({ kind: 'heartbeat' }, heartbeats.size)
      },
    })
    new Counter({
      name: 'graftwatch_ingest_stored_total',
      help: 'Reports and heartbeats written by this process.',
      labelNames: ['kind'],
      registers,
      collect() {
        this.reset()
        this.inc({ kind: 'report' }, reports.stored)
        this.inc({ kind: 'heartbeat' }, heartbeats.written)
      },
    })
    const duration = new Histogram({
      name: 'graftwatch_http_request_duration_seconds',
      help: 'Time to answer, by route.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    })
    app.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? 'unknown'
      // Streams last as long as a browser is open; that is no duration of an answer.
      if (route === '/v1/events') return
      duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
    })
    app.get(
      '/metrics',
      { config: { access: 'public' }, schema: { tags: ['operations'] } },
      async (_request, reply) => {
        reply.type('text/plain; version=0.0.4; charset=utf-8')
        return await registry.metrics()
      },
    )
    // A plugin of the whole server: its hook must see every route, not only this one.
  },
  { name: 'metrics' },
)
