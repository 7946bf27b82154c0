import type { TreeFiles } from '../host-tree.ts'
import { kgraftHosts } from './kgraft-hosts.ts'
import { kpatchHosts } from './kpatch-hosts.ts'
import { vendorHosts } from './vendor-hosts.ts'

/**
 * Hosts whose mechanism no capture shows, built from the formats of the kernel sources: what the first reading finds, and what
 * has changed at each later one. The whole report of each is in `<name>.json`.
 */
export const goldenHosts: Record<string, TreeFiles[]> = { ...kgraftHosts, ...kpatchHosts, ...vendorHosts }
