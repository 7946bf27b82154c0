import * as z from 'zod'
import { count, instant, labelKey, labels, text } from '../fields.ts'
import { agentLevels, hostFlags, hostStates } from '../vocabulary.ts'
import { hostId, hostSummary } from './host.ts'
import { pastQuery, pastView } from './past.ts'

/** Values separated by commas. */
const list = <T extends z.ZodType<unknown, string>>(item: T, max: number) =>
  text(4096)
    .transform((value) => value.split(',').filter((part) => part !== ''))
    .pipe(z.array(item).max(max))
    .optional()

/** A kernel release or the name of a patch; a `*` at the end stands for anything. */
const pattern = text(300).min(1)

/**
 * Which hosts; several conditions must all hold. In the query of a URL each list is separated by commas.
 *
 * `q`: a part of the hostname, in any case. `kernel`: release, `6.4*` for all that begin so. `patch`: a patch that is enabled or
 * moving, `name` or `name@build`. `selector`: Kubernetes label selector, such as `env=prod,tier in (db,cache),!canary`.
 * `cause`: id of a blocker signature that holds the host now. `retired`: hosts taken out of the fleet instead of those in it.
 */
export const hostsFilter = {
  state: list(z.enum(hostStates), 10),
  q: text(253).optional(),
  kernel: list(pattern, 50),
  patch: list(pattern, 50),
  selector: text(2000).optional(),
  flag: list(z.enum(hostFlags), 14),
  level: list(z.enum(agentLevels), 3),
  cause: z
    .string()
    .regex(/^[1-9]\d{0,9}$/, { message: 'must be the id of a cause' })
    .optional(),
  retired: z.enum(['true', 'false']).optional(),
}

/** `state`: worst first, then longest in it; silent hosts by what they last were. */
export const hostSorts = ['state', 'hostname', 'since', 'kernel', 'patch', 'lastSeen'] as const
export type HostSort = (typeof hostSorts)[number]

/** A sort, with `-` in front for the other way round. */
export const hostSort = z.enum(hostSorts.flatMap((sort) => [sort, `-${sort}`] as const)).default('state')

export const hostsQuery = z.strictObject({
  ...hostsFilter,
  ...pastQuery,
  sort: hostSort,
  /** `ticks`: with the history strip of each host. */
  include: z.enum(['ticks']).optional(),
  cursor: z.string().max(1024).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type HostsQuery = z.infer<typeof hostsQuery>

export const hostsPage = z
  .strictObject({
    items: z.array(hostSummary),
    nextCursor: z.string().nullable(),
    view: pastView.nullable(),
    /** The server's clock when it answered; about the past: the instant asked for. */
    now: instant,
  })
  .meta({ id: 'HostsPage' })
export type HostsPage = z.infer<typeof hostsPage>

export const facetsQuery = z.strictObject({ ...hostsFilter, ...pastQuery })

const facet = z.array(z.strictObject({ value: z.string(), n: count }))

/**
 * How many hosts match, and how they are spread. Each facet counts the hosts that match everything but its own condition, most
 * first, at most 50 values. `exact` false: counting ended at 100,000 hosts, so the numbers are lower bounds.
 */
export const hostFacets = z
  .strictObject({
    total: count,
    exact: z.boolean(),
    state: facet,
    kernel: facet,
    patch: facet,
    flag: facet,
    level: facet,
    /** At most 30 keys with at most 20 values each, of hosts that match all conditions. */
    label: z.array(z.strictObject({ key: z.string(), n: count, values: facet })),
    view: pastView.nullable(),
    now: instant,
  })
  .meta({ id: 'HostFacets' })
export type HostFacets = z.infer<typeof hostFacets>

export const exportColumns = [
  'id',
  'hostname',
  'state',
  'reason',
  'since',
  'lastSeen',
  'patch',
  'kernel',
  'os',
  'labels',
  'flags',
  'remaining',
  'total',
] as const
export type ExportColumn = (typeof exportColumns)[number]

/** Every row of a list as CSV or JSON, streamed; same filter, same sort. Cells that a spreadsheet would run begin with an apostrophe. */
export const exportQuery = z.strictObject({
  ...hostsFilter,
  ...pastQuery,
  sort: hostSort,
  format: z.enum(['csv', 'json']),
  columns: list(z.enum(exportColumns), exportColumns.length),
})
export type ExportQuery = z.infer<typeof exportQuery>

/** Hosts by id, or all that match a filter (as in the URL of the list) when the server acts. */
export const hostSelection = z.union([
  z.strictObject({ ids: z.array(hostId).min(1).max(10_000) }),
  z.strictObject({ filter: z.strictObject(hostsFilter) }),
])
export type HostSelection = z.infer<typeof hostSelection>

/**
 * Sets and removes labels that operators gave; what an agent's own configuration says can be overruled and comes back when the
 * overruling label is removed. At most 100,000 hosts at once. A host can have 64 labels that operators gave; one more is refused.
 */
export const labelHosts = z
  .strictObject({
    hosts: hostSelection,
    set: labels.default({}),
    remove: z.array(labelKey).max(64).default([]),
  })
  .refine(({ set, remove }) => Object.keys(set).length + remove.length > 0, {
    message: 'must set or remove at least one label',
    path: ['set'],
  })
  .meta({ id: 'LabelHosts' })
export const hostsLabeled = z.strictObject({ matched: count, changed: count }).meta({ id: 'HostsLabeled' })
export type HostsLabeled = z.infer<typeof hostsLabeled>

export const importRowsMax = 20_000

/**
 * Labels by hostname, host id or machine id, from an inventory; rows of one host add up, to 64 labels that operators gave at most. As
 * text/csv: a header `host,env,team,…`; an empty cell changes nothing.
 */
export const importLabels = z
  .array(z.strictObject({ host: text(253).min(1), labels }))
  .min(1)
  .max(importRowsMax)
  .meta({ id: 'ImportLabels' })
export const labelsImported = z
  .strictObject({
    rows: count,
    changed: count,
    /** Names that no host or more than one host has, at most 100 of each. */
    unknown: z.array(z.string()),
    ambiguous: z.array(z.string()),
    unknownTotal: count,
    ambiguousTotal: count,
  })
  .meta({ id: 'LabelsImported' })
export type LabelsImported = z.infer<typeof labelsImported>

/** Takes hosts out of the fleet, or back in. A retired host that speaks again returns by itself. */
export const retireHosts = z
  .strictObject({ hosts: hostSelection, reason: text(300).nullable().default(null) })
  .meta({ id: 'RetireHosts' })
export const hostsRetired = z.strictObject({ changed: count }).meta({ id: 'HostsRetired' })

/** What the command palette finds for a few letters. At most 8 hosts, 5 of the others. */
export const searchQuery = z.strictObject({ q: text(100).min(1) })
export const searchAnswer = z
  .strictObject({
    hosts: z.array(z.strictObject({ id: hostId, hostname: z.string(), state: z.enum(hostStates) })),
    patches: z.array(z.strictObject({ id: z.string(), name: z.string(), build: z.string() })),
    causes: z.array(
      z.strictObject({
        id: z.string(),
        comm: z.string(),
        unit: z.string().nullable(),
        function: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'SearchAnswer' })
export type SearchAnswer = z.infer<typeof searchAnswer>
