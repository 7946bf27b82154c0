import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import { createPool } from '@graftwatch/db'
import { createPrisma } from '@graftwatch/db/prisma'
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { alerts } from './alerting/alerts.ts'
import { drills } from './alerting/drills.ts'
import { Evaluator } from './alerting/evaluator.ts'
import { ruleRoutes } from './alerting/rule-routes.ts'
import { silences } from './alerting/silences.ts'
import { startHeartbeats } from './channels/heartbeats.ts'
import { Outbox } from './channels/outbox.ts'
import { channels } from './channels/routes.ts'
import { tellChannels } from './channels/tell.ts'
import { tellMissed } from './channels/tell-missed.ts'
import type { Config } from './config.ts'
import type { Deps } from './deps.ts'
import { attempt } from './fleet/attempt.ts'
import { cause } from './fleet/cause.ts'
import { causes } from './fleet/causes.ts'
import { patchComparisonRoute } from './fleet/compare-patches.ts'
import { demo } from './fleet/demo.ts'
import { exportHosts } from './fleet/export-hosts.ts'
import { facets } from './fleet/facets.ts'
import { host } from './fleet/host.ts'
import { hosts } from './fleet/hosts.ts'
import { labelHostsRoutes } from './fleet/label-hosts.ts'
import { overviewRoute } from './fleet/overview.ts'
import { patch } from './fleet/patch.ts'
import { patches } from './fleet/patches.ts'
import { removeHostRoute } from './fleet/remove-host.ts'
import { retireHostsRoutes } from './fleet/retire-hosts.ts'
import { searchRoute } from './fleet/search.ts'
import { serviceDiscoveryRoute } from './fleet/service-discovery.ts'
import { timeline } from './fleet/timeline.ts'
import { transitions } from './fleet/transitions.ts'
import { access } from './http/access.ts'
import { health } from './http/health.ts'
import { metrics } from './http/metrics.ts'
import { openapi } from './http/openapi.ts'
import { answerClientError, problems, sendProblem } from './http/problem.ts'
import { HeartbeatQueue } from './ingest/heartbeats.ts'
import { KeySlots } from './ingest/key-slots.ts'
import { ReportQueue } from './ingest/reports.ts'
import { ingest } from './ingest/routes.ts'
import { install } from './install/routes.ts'
import { eventsStream } from './live/events-stream.ts'
import { Live } from './live/live.ts'
import { apiKeys } from './people/api-keys.ts'
import { arrivalsRoute } from './people/arrivals.ts'
import { auditLog } from './people/audit-log.ts'
import { createAuth } from './people/auth.ts'
import { enrollmentTokens } from './people/enrollment-tokens.ts'
import { people } from './people/routes.ts'
import { sessions } from './people/sessions.ts'
import { users } from './people/users.ts'
import { startSweeping } from './sweep/sweeper.ts'

/** A process that has judged no host for as long does not say that it watches. */
const aliveMs = 30_000

function createServer(config: Config): FastifyInstance {
  return Fastify({
    logger: {
      level: config.logLevel,
      redact: ['req.headers.authorization', 'req.headers.cookie', '*.password', '*.token', '*.hostKey'],
    },
    // One line a request would be 17,000 lines a second; /metrics has the numbers.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: 'loopback',
    bodyLimit: 64 * 1024,
    routerOptions: { maxParamLength: 128 },
    forceCloseConnections: 'idle',
    // While closing, what is on its way is still answered; each connection then ends.
    return503OnClosing: false,
    frameworkErrors: sendProblem,
    clientErrorHandler: answerClientError,
    keepAliveTimeout: 75_000,
    requestTimeout: 30_000,
  })
}

/** The API over one database: everything it needs, not yet listening. `close()` drains what waits and then ends the pool. */
export async function buildApp(config: Config): Promise<FastifyInstance> {
  const app = createServer(config)
  const pool = createPool({
    database: config.database,
    applicationName: 'graftwatch-api',
    max: 16,
    onError: (error) => app.log.warn({ err: error }, 'an idle database connection broke'),
  })
  const slowPool = createPool({
    database: config.database,
    applicationName: 'graftwatch-slow',
    max: 4,
    onError: (error) => app.log.warn({ err: error }, 'an idle database connection broke'),
  })
  const keys = new KeySlots(pool)
  const deps: Deps = {
    config,
    pool,
    slowPool,
    prisma: createPrisma(pool),
    auth: createAuth(pool, config),
    keys,
    heartbeats: new HeartbeatQueue(pool, app.log),
    reports: new ReportQueue(pool, keys, app.log),
    live: new Live(config.database, keys, app.log),
    outbox: new Outbox(pool, config, app.log),
  }
  const evaluator = new Evaluator(pool, {
    tell: (client, told) => tellChannels(deps.outbox, client, told),
    tellMissed: (client) => tellMissed({ outbox: deps.outbox, baseUrl: config.baseUrl }, client),
    baseUrl: config.baseUrl,
    log: app.log,
  })

  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(problems)
  await app.register(helmet, { contentSecurityPolicy: false })
  await app.register(underPressure, { maxEventLoopDelay: 3000, retryAfter: 5, exposeStatusRoute: false })
  await app.register(access, deps)
  // Only routes that name a limit have one; after access, which says whose it is.
  await app.register(rateLimit, { global: false })
  await app.register(openapi, { config })
  await app.register(metrics, { ...deps, evaluator })
  await app.register(health, deps)
  await app.register(install)
  await app.register(people, deps)
  await app.register(users, deps)
  await app.register(sessions, deps)
  await app.register(enrollmentTokens, deps)
  await app.register(arrivalsRoute, deps)
  await app.register(apiKeys, deps)
  await app.register(auditLog, deps)
  await app.register(ingest, deps)
  await app.register(eventsStream, deps)
  await app.register(overviewRoute, deps)
  await app.register(hosts, deps)
  await app.register(facets, deps)
  await app.register(exportHosts, deps)
  await app.register(labelHostsRoutes, deps)
  await app.register(retireHostsRoutes, deps)
  await app.register(host, deps)
  await app.register(timeline, deps)
  await app.register(attempt, deps)
  await app.register(transitions, deps)
  await app.register(causes, deps)
  await app.register(cause, deps)
  await app.register(patches, deps)
  await app.register(patch, deps)
  await app.register(patchComparisonRoute, deps)
  await app.register(searchRoute, deps)
  await app.register(serviceDiscoveryRoute, deps)
  await app.register(removeHostRoute, deps)
  await app.register(demo, deps)
  await app.register(alerts, deps)
  await app.register(ruleRoutes, deps)
  await app.register(silences, deps)
  await app.register(drills, deps)
  await app.register(channels, deps)

  await createFirstAdmin(deps)
  await deps.live.open()
  await deps.outbox.start()
  const stopSweeping = config.sweeps
    ? await startSweeping(pool, config.retention, (error) => app.log.error({ err: error }, 'a sweep failed'))
    : async () => {}
  if (config.sweeps) await evaluator.start()
  const stopHeartbeats = startHeartbeats(
    pool,
    deps.outbox,
    () => Date.now() - evaluator.passedAt < aliveMs,
    app.log,
  )
  // A connection whose answer was on its way when the server began to close stays open after it, and would hold up the end.
  let closeIdle: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    closeIdle = setInterval(() => app.server.closeIdleConnections(), 50)
  })
  app.addHook('onClose', async () => {
    clearInterval(closeIdle)
    await stopSweeping()
    await evaluator.close()
    await stopHeartbeats()
    await deps.outbox.close()
    await deps.reports.close()
    await deps.heartbeats.close()
    await deps.live.close()
    await slowPool.end()
    await pool.end()
  })
  return app
}

/** GRAFTWATCH_ADMIN_EMAIL and _PASSWORD make the first admin; once anybody exists they do nothing. */
async function createFirstAdmin({ auth, config }: Pick<Deps, 'auth' | 'config'>): Promise<void> {
  if (config.admin && !(await auth.hasUsers()))
    await auth.createFirstAdmin({ ...config.admin, name: 'Admin' })
}
