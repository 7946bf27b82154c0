import { problem, type SearchAnswer, searchAnswer, searchQuery } from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import sql, { join, type Sql } from 'sql-template-tag'
import type { Deps } from '../deps.ts'
import { heldNow } from './held.ts'

const hostsShown = 8
const othersShown = 5
/** The index of parts of names is of three letters each; fewer would mean reading every name. */
const partMin = 3

type Db = Pick<pg.Pool, 'query'>

/** `text` as it stands in a pattern of LIKE. */
const literal = (text: string) => text.replace(/[\\%_]/g, '\\$&')

/**
 * Hosts of the fleet whose names begin so, as typed or in small letters; then those that have it anywhere. Those are looked for only
 * while there is room: where many names begin so, the others come late in the order, and every name before them would be read.
 */
async function findHosts(db: Db, q: string): Promise<SearchAnswer['hosts']> {
  const find = async (conditions: Sql[]) => {
    const parts = conditions.map(
      (condition) => sql`(select id, hostname, state from host where ${condition} and retired_at is null
        order by hostname, id limit ${hostsShown})`,
    )
    const { rows } = await db.query<SearchAnswer['hosts'][number]>(sql`
      select id::text, hostname, state from (${join(parts, ' union ')}) as found order by hostname, id limit ${hostsShown}`)
    return rows
  }
  const begun = await find(
    [...new Set([q, q.toLowerCase()])].map((text) => sql`hostname like ${`${literal(text)}%`}`),
  )
  if (begun.length === hostsShown || q.length < partMin) return begun
  const seen = new Set(begun.map(({ id }) => id))
  const others = await find([sql`hostname ilike ${`%${literal(q)}%`}`])
  return [...begun, ...others.filter(({ id }) => !seen.has(id))].slice(0, hostsShown)
}

/** Patches by a part of their name, those that begin so first, then the newest. */
async function findPatches(db: Db, q: string): Promise<SearchAnswer['patches']> {
  const { rows } = await db.query<SearchAnswer['patches'][number]>(sql`
    select p.id::text, p.name, p.build from patch p
    where p.name ilike ${`%${literal(q)}%`} and (p.build <> '' or not exists (
      select from patch o where o.mechanism = p.mechanism and o.name = p.name and o.build <> ''))
    order by p.name not ilike ${`${literal(q)}%`}, p.id desc limit ${othersShown}`)
  return rows
}

/** Causes that hold a host of the fleet now, by a part of their task, unit or function; those of most hosts first. */
async function findCauses(db: Db, q: string): Promise<SearchAnswer['causes']> {
  const part = `%${literal(q)}%`
  const { rows } = await db.query<SearchAnswer['causes'][number]>(sql`
    select s.id::text, s.comm, s.unit, s.function
    from (select b.signature_id, count(*) as hosts from (${heldNow()}) as b
      cross join lateral (select from host
        where id = b.host_id and retired_at is null and flags & 4096 = 0 limit 1) as h
      group by b.signature_id) as held
    join signature s on s.id = held.signature_id
    where s.comm ilike ${part} or s.unit ilike ${part} or s.function ilike ${part}
    order by held.hosts desc, s.id limit ${othersShown}`)
  return rows
}

/** What there is for a few letters: hosts, patches, causes. Empty lists when nothing is. */
export async function search(db: Db, q: string): Promise<SearchAnswer> {
  const [hosts, patches, causes] = await Promise.all([
    findHosts(db, q),
    findPatches(db, q),
    findCauses(db, q),
  ])
  return { hosts, patches, causes }
}

export async function searchRoute(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/search',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'Hosts, patches and causes for a few letters',
        querystring: searchQuery,
        response: { 200: searchAnswer, 400: problem, 401: problem },
      },
    },
    (request) => search(pool, request.query.q),
  )
}
