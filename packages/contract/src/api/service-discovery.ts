import * as z from 'zod'
import { hostsFilter } from './hosts.ts'

/** Hosts that one answer can hold; where more match, it is refused rather than cut. */
export const discoveredMost = 10_000

/** `port`: of the exporter on every host, 9100 is node_exporter's. `state` and `selector`: as in lists of hosts. */
export const serviceDiscoveryQuery = z.strictObject({
  state: hostsFilter.state,
  selector: hostsFilter.selector,
  port: z.coerce.number().int().min(1).max(65_535).default(9100),
})
export type ServiceDiscoveryQuery = z.infer<typeof serviceDiscoveryQuery>

/**
 * What Prometheus' `http_sd_configs` reads: one group a host, by id. Labels of a host are `__meta_graftwatch_label_<key>`, where each
 * character of the key that Prometheus does not allow is `_`; beside them `__meta_graftwatch_` with `host_id`, `state`,
 * `kernel_release`, `patch` and `os`, which are left out where they are not known.
 */
export const serviceDiscovery = z
  .array(
    z.strictObject({
      targets: z.array(z.string()).length(1),
      labels: z.record(z.string().regex(/^__meta_graftwatch_[a-zA-Z0-9_]+$/), z.string()),
    }),
  )
  .max(discoveredMost)
  .meta({ id: 'ServiceDiscovery' })
export type ServiceDiscovery = z.infer<typeof serviceDiscovery>
