import { type HostSort, type HostsQuery, instant } from '@graftwatch/contract'
import sql, { join, type Sql } from 'sql-template-tag'
import * as z from 'zod'
import { ProblemError } from '../http/problem.ts'
import type { HostScope } from './host-scope.ts'

/** How a list is sorted: columns that decide, ending in the host's id, all in one direction. */
export interface HostOrder {
  sort: HostsQuery['sort']
  keys: { column: Sql; type: Sql }[]
  /** What the columns need joined. */
  joins: Sql
  direction: Sql
}

const none = sql``
const timestamp = sql`timestamptz`
const text = sql`text`

function keysOf(sort: HostSort, scope: HostScope): { keys: HostOrder['keys']; joins: Sql } {
  const since = { column: sql`h.state_since`, type: timestamp }
  switch (sort) {
    case 'state':
      return { keys: [{ column: scope.severity, type: sql`int` }, since], joins: none }
    case 'hostname':
      return { keys: [{ column: sql`h.hostname`, type: text }], joins: none }
    case 'since':
      return { keys: [since], joins: none }
    case 'kernel':
      return {
        keys: [{ column: sql`coalesce(sort_k.release, '')`, type: text }],
        joins: sql`left join kernel sort_k on sort_k.id = h.kernel_id`,
      }
    case 'patch':
      return {
        keys: [{ column: sql`coalesce(sort_p.name, '')`, type: text }],
        joins: sql`left join patch sort_p on sort_p.id = h.patch_id`,
      }
    case 'lastSeen':
      if (scope.view)
        throw new ProblemError('INVALID_INPUT', {
          detail: 'The last word of a host is known for now only.',
          remedy: 'Sort by something else, or leave out asOf.',
          fields: [{ field: '/sort', message: 'lastSeen is not kept in history' }],
        })
      return {
        keys: [{ column: sql`coalesce(sort_s.last_seen_at, '-infinity')`, type: timestamp }],
        joins: sql`left join host_seen sort_s on sort_s.host_id = h.id`,
      }
  }
}

export function hostOrder(sort: HostsQuery['sort'], scope: HostScope): HostOrder {
  const isDescending = sort.startsWith('-')
  const { keys, joins } = keysOf((isDescending ? sort.slice(1) : sort) as HostSort, scope)
  return {
    sort,
    keys: [...keys, { column: scope.id, type: sql`bigint` }],
    joins,
    direction: isDescending ? sql`desc` : sql`asc`,
  }
}

const position = z.strictObject({ sort: z.string(), after: z.array(z.string().max(300)).min(2).max(3) })

export const encodeCursor = (order: HostOrder, after: readonly string[]): string =>
  Buffer.from(JSON.stringify({ sort: order.sort, after })).toString('base64url')

const values = {
  int: z.string().regex(/^-?\d{1,6}$/),
  bigint: z.string().regex(/^\d{1,16}$/),
  timestamptz: z.union([instant, z.literal('-infinity')]),
  text: z.string().max(300),
}

/** The place after which a page goes on, as a condition. Throws INVALID_INPUT for a cursor of another list, or of nobody's. */
export function afterCursor(order: HostOrder, cursor: string): Sql {
  try {
    const { sort, after } = position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
    if (sort !== order.sort || after.length !== order.keys.length) throw new Error('of another list')
    const bounds = order.keys.map(({ type }, index) => {
      const value = values[type.sql as keyof typeof values].parse(after[index])
      if (value.includes('\u0000')) throw new Error('holds NUL')
      return sql`${value}::${type}`
    })
    const columns = join(order.keys.map(({ column }) => column))
    return order.sort.startsWith('-')
      ? sql`(${columns}) < (${join(bounds)})`
      : sql`(${columns}) > (${join(bounds)})`
  } catch (cause) {
    throw new ProblemError('INVALID_INPUT', {
      detail: 'querystring/cursor: is not one that this server gave out for this list.',
      remedy: 'Start again without cursor.',
      fields: [{ field: '/cursor', message: 'is not valid' }],
      cause,
    })
  }
}
