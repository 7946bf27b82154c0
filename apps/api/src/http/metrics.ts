import { hash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import manifest from '../../package.json' with { type: 'json' }
import type { Evaluator } from '../alerting/evaluator.ts'
import type { Deps } from '../deps.ts'
import { fleetMetrics } from '../metrics/fleet-metrics.ts'
import { readFleet } from '../metrics/fleet-reading.ts'
import { SharedReading } from '../metrics/shared-reading.ts'
import { bearerOf } from './bearer.ts'
import { ProblemError } from './problem.ts'

type Needs = Pick<Deps, 'pool' | 'heartbeats' | 'reports' | 'config' | 'outbox'> & {
  evaluator: Pick<Evaluator, 'passedAt'>
}

/** Gauges whose names end in _total, which Prometheus keeps for counters; what they say is in nodejs_active_resources. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

/** In a time that tells nothing of the token, whatever was sent. */
function requireToken(request: FastifyRequest, token: string): void {
  const digests = [token, bearerOf(request) ?? ''].map((text) => hash('sha256', text, 'buffer'))
  if (digests[0] && digests[1] && timingSafeEqual(digests[0], digests[1])) return
  throw new ProblemError('METRICS_TOKEN_INVALID', {
    detail: 'GRAFTWATCH_METRICS_TOKEN is set, and this request does not carry it.',
    remedy:
      'Send it as Authorization: Bearer …; in Prometheus, authorization.credentials_file of the scrape.',
    fields: [{ field: 'authorization', message: 'must be Bearer and the token' }],
  })
}

/** GET /metrics in Prometheus' text format. Labels come from our own vocabulary and routes, or are bounded, so they are few whatever is sent. */
export const metrics = plugin(
  async (app: FastifyInstance, { pool, heartbeats, reports, config, outbox, evaluator }: Needs) => {
    const registry = new Registry()
    const registers = [registry]
    collectDefaultMetrics({ register: registry })
    for (const name of misnamed) registry.removeSingleMetric(name)
    new Gauge({
      name: 'graftwatch_build_info',
      help: 'The version that runs.',
      labelNames: ['version'],
      registers,
    }).set({ version: manifest.version }, 1)
    const showFleet = fleetMetrics(registry)
    const fleet = new SharedReading(() => readFleet(pool), {
      onError: (error) => app.log.warn({ err: error }, '/metrics goes without the fleet'),
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
    new Gauge({
      name: 'graftwatch_alerting_last_pass_timestamp_seconds',
      help: 'When the changes that waited were last judged, here or on another replica; 0: never since the start.',
      registers,
      collect() {
        this.set(evaluator.passedAt / 1000)
      },
    })
    outbox.metrics.register(registry)
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
      async (request, reply) => {
        if (config.metricsToken !== null) requireToken(request, config.metricsToken)
        showFleet(await fleet.get())
        reply.type('text/plain; version=0.0.4; charset=utf-8')
        return await registry.metrics()
      },
    )
    // A plugin of the whole server: its hook must see every route, not only this one.
  },
  { name: 'metrics' },
)
