import type { hostsFilter } from '@graftwatch/contract'
import { hostFlags, hostStates, type PastView, severityOf } from '@graftwatch/contract'
import sql, { empty, join, type Sql } from 'sql-template-tag'
import type * as z from 'zod'
import { ProblemError } from '../http/problem.ts'
import { heldNow, heldThen } from './held.ts'
import { summaryColumns, summaryJoins } from './host-summary.ts'
import { selectorCondition } from './label-selector.ts'
import { fleetThen, joinsThen, severityThen, summaryThen } from './past.ts'

export type HostsFilter = z.infer<z.ZodObject<typeof hostsFilter>>

/** Where hosts are read from, now or then, and what their columns are called there; each is `h`. */
export interface HostScope {
  view: PastView | null
  from: Sql
  id: Sql
  severity: Sql
  labels: Sql
  /** Of a page: the columns of a summary, and what they need joined. */
  columns: Sql
  joins: Sql
}

export function hostScope(view: PastView | null): HostScope {
  const labels = sql`h.labels`
  return view
    ? {
        view,
        from: fleetThen(view),
        id: sql`h.host_id`,
        severity: severityThen,
        labels: sql`coalesce(h.labels, '{}')`,
        columns: summaryThen,
        joins: joinsThen,
      }
    : {
        view,
        from: sql`host h`,
        id: sql`h.id`,
        severity: sql`h.severity`,
        labels,
        columns: summaryColumns,
        joins: summaryJoins,
      }
}

const likeText = (text: string) => text.replace(/[\\%_]/g, '\\$&')

/** `6.4*` as a pattern of LIKE; without the star it stands for itself. */
const pattern = (text: string) => (text.endsWith('*') ? `${likeText(text.slice(0, -1))}%` : likeText(text))

/** Kernels by release; few enough to be looked up first. */
const kernelIds = (releases: readonly string[]) =>
  sql`array(select id from kernel where release like any(${releases.map(pattern)}))`

/** Patches by `name` or `name@build`. */
function patchIds(patches: readonly string[]): Sql {
  const conditions = patches.map((patch) => {
    const at = patch.indexOf('@')
    if (at === -1) return sql`name like ${pattern(patch)}`
    return sql`(name = ${patch.slice(0, at)} and build = ${patch.slice(at + 1)})`
  })
  return sql`array(select id from patch where ${join(conditions, ' or ')})`
}

function patchCondition({ view, id }: HostScope, patches: readonly string[]): Sql {
  if (!view)
    return sql`${id} in (select host_id from host_patch
      where patch_id = any(${patchIds(patches)}) and (enabled or state = 'pending'))`
  return sql`exists (select from jsonb_array_elements(h.patches) as p
    where (p ->> 0)::int = any(${patchIds(patches)}) and (p ->> 2 = 'true' or p ->> 1 = 'pending'))`
}

function causeCondition({ view, id }: HostScope, cause: string): Sql {
  if (!view) return sql`${id} in (select host_id from (${heldNow(cause)}) as held)`
  return sql`${id} in (select host_id from (${heldThen(view)}) as held where signature_id = ${cause}::bigint)`
}

function levelCondition({ view }: HostScope, levels: readonly string[]): Sql {
  if (!view) return sql`h.level = any(${levels})`
  throw new ProblemError('INVALID_INPUT', {
    detail: 'What agents may read is known for now only.',
    remedy: 'Leave out level, or asOf.',
    fields: [{ field: '/level', message: 'is not kept in history' }],
  })
}

/** Severities that hosts of these states can have; silent ones by what they last were. */
const severitiesOf = (states: readonly (typeof hostStates)[number][]) =>
  states.flatMap((state) =>
    state === 'silent'
      ? hostStates.map((_last, rank) => severityOf(state) * 16 + rank)
      : [severityOf(state) * 16],
  )

const flagMask = (flags: readonly string[]) =>
  hostFlags.reduce((mask, flag, bit) => (flags.includes(flag) ? mask | (1 << bit) : mask), 0)

/** Facets that a list has, each with the condition of its own that its counts leave out. */
export type FacetName = 'state' | 'kernel' | 'patch' | 'flag' | 'level'

/**
 * The filter as one condition, without the part `but` stands for. Members of a shared kernel are not among the hosts unless they are
 * asked for, by the flag or by name. Throws INVALID_INPUT for a selector that cannot be read.
 */
export function hostCondition(scope: HostScope, filter: HostsFilter, but?: FacetName): Sql {
  const { state, q, kernel, patch, selector, flag, level, cause, retired } = filter
  const asked = <T>(name: FacetName, list: T[] | undefined): T[] | null =>
    name !== but && list !== undefined && list.length > 0 ? list : null
  const states = asked('state', state)
  const kernels = asked('kernel', kernel)
  const patches = asked('patch', patch)
  const flags = asked('flag', flag)
  const levels = asked('level', level)
  const conditions = [
    retired === 'true' ? sql`h.retired_at is not null` : sql`h.retired_at is null`,
    states &&
      (scope.view
        ? sql`h.state = any(${states})`
        : sql`h.severity = any(${severitiesOf(states)}::smallint[])`),
    q && sql`h.hostname ilike ${`%${likeText(q)}%`}`,
    kernels && sql`h.kernel_id = any(${kernelIds(kernels)})`,
    patches && patchCondition(scope, patches),
    selector && selectorCondition(selector, scope.labels),
    flags && sql`h.flags & ${flagMask(flags)} <> 0`,
    levels && levelCondition(scope, levels),
    cause && causeCondition(scope, cause),
    q || flag?.includes('sharedKernel') ? empty : sql`h.flags & 4096 = 0`,
  ]
  return join(
    conditions.filter(
      (condition): condition is Sql =>
        typeof condition === 'object' && condition !== null && condition !== empty,
    ),
    ' and ',
  )
}
