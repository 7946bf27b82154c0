import {
  discoveredMost,
  problem,
  type ServiceDiscovery,
  type ServiceDiscoveryQuery,
  serviceDiscovery,
  serviceDiscoveryQuery,
} from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { hostCondition, hostScope } from './host-scope.ts'
import { labelsOf } from './host-summary.ts'
import { slow } from './past.ts'

interface Row {
  id: string
  hostname: string
  state: string
  labels: string[]
  kernel: string | null
  patch: string | null
  os: string | null
}

/** A host says its own name; what could not be the name in an address is no target. */
const address = '^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$'

function metaLabels({ id, state, kernel, patch, os, labels }: Row): Record<string, string> {
  const own = { host_id: id, state, kernel_release: kernel, patch, os }
  const pairs = [
    ...Object.entries(own),
    ...Object.entries(labelsOf(labels)).map(([key, value]) => [
      `label_${key.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`,
      value,
    ]),
  ]
  return Object.fromEntries(
    pairs.flatMap(([name, value]) => (value ? [[`__meta_graftwatch_${name}`, value]] : [])),
  )
}

/**
 * Hosts as targets of Prometheus, by id. Without simulated hosts, of which there is nothing to scrape, and those whose name cannot be
 * in an address. Throws INVALID_INPUT when more than 10,000 match, and for a selector that cannot be read.
 */
export async function discoverHosts(
  db: Pick<pg.Pool, 'query'>,
  { port, ...filter }: ServiceDiscoveryQuery,
): Promise<ServiceDiscovery> {
  const { rows } = await db.query<Row>(sql`
    select page.id::text, page.hostname, page.state, page.labels, k.release as kernel, p.name as patch, page.os
    from (select h.* from host h
      where ${hostCondition(hostScope(null), filter)} and not h.demo and h.hostname ~ ${address}
      order by h.id limit ${discoveredMost + 1}) as page
    left join kernel k on k.id = page.kernel_id
    left join patch p on p.id = page.patch_id
    order by page.id`)
  if (rows.length > discoveredMost)
    throw new ProblemError('INVALID_INPUT', {
      detail: `More than ${discoveredMost} hosts match, which is as many as one answer can hold.`,
      remedy:
        'Narrow it by selector and have one http_sd_configs for each part, such as selector=env=prod and selector=env!=prod.',
      fields: [{ field: '/selector', message: 'matches too many hosts' }],
    })
  return rows.map((row) => ({ targets: [`${row.hostname}:${port}`], labels: metaLabels(row) }))
}

export async function serviceDiscoveryRoute(
  app: FastifyInstance,
  deps: Pick<Deps, 'slowPool'>,
): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/sd/hosts',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'Hosts as targets, for http_sd_configs of Prometheus',
        querystring: serviceDiscoveryQuery,
        response: { 200: serviceDiscovery, 400: problem, 401: problem, 503: problem },
      },
    },
    ({ query }) => discoverHosts(slow(deps), query),
  )
}
