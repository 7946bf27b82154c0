import {
  hostsLabeled,
  importLabels,
  importRowsMax,
  labelHosts,
  labelKey,
  labelsImported,
  problem,
} from '@graftwatch/contract'
import { parse } from 'csv-parse/sync'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import type * as z from 'zod'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { selectHosts } from './select-hosts.ts'
import { setLabels, setLabelsMax, tooManyLabels } from './set-labels.ts'

type Row = z.infer<typeof importLabels>[number]

const importBytes = 4 * 1024 * 1024
const namesShown = 100

const refused = (detail: string, field = '/') =>
  new ProblemError('INVALID_INPUT', {
    detail,
    remedy: 'Send a header line host,env,team,… and a line a host; every other column is a label key.',
    fields: [{ field, message: detail }],
  })

/** The rows of a CSV file, of one more than may be imported. An empty cell says nothing of its label. Throws INVALID_INPUT with the line. */
export function rowsOfCsv(text: string): unknown[] {
  const records = (() => {
    try {
      return parse(text, {
        bom: true,
        skip_empty_lines: true,
        trim: true,
        to: importRowsMax + 2,
      }) as string[][]
    } catch (error) {
      throw refused(`The file is not CSV: ${error instanceof Error ? error.message : String(error)}`)
    }
  })()
  const [header, ...lines] = records
  if (header?.[0] !== 'host') throw refused('The first column of the header must be called host.')
  const unfit = header.slice(1).find((key) => !labelKey.safeParse(key).success)
  if (unfit !== undefined) throw refused(`The header names ${JSON.stringify(unfit)}, which is no label key.`)
  return lines.map((cells) => ({
    host: cells[0],
    labels: Object.fromEntries(
      header.slice(1).flatMap((key, index) => {
        const value = cells[index + 1]
        return value ? [[key, value]] : []
      }),
    ),
  }))
}

/** How many hosts have a name, and the id of one of them. */
interface Found {
  id: string
  hosts: number
}

async function findHosts(db: Pick<pg.Pool, 'query'>, names: readonly string[]): Promise<Map<string, Found>> {
  const { rows } = await db.query<Found & { name: string }>(
    // Three joins, since one with "or" could use no index.
    `with u as (select unnest($1::text[]) as name)
     select name, min(id)::text as id, count(*)::int as hosts from (
       select u.name, h.id from u join host h on h.hostname = u.name
       union select u.name, h.id from u join host h on h.machine_id = u.name
       union select u.name, h.id from u
         join host h on h.id = case when u.name ~ '^[1-9][0-9]{0,15}$' then u.name::bigint end
     ) as found group by name`,
    [names],
  )
  return new Map(rows.map(({ name, id, hosts }) => [name, { id, hosts }]))
}

async function applyImport(pool: pg.Pool, actor: Parameters<typeof setLabels>[1], rows: readonly Row[]) {
  const found = await findHosts(pool, [...new Set(rows.map(({ host }) => host))])
  const byId = new Map<string, Record<string, string>>()
  const unknown = new Set<string>()
  const ambiguous = new Set<string>()
  for (const { host, labels } of rows) {
    const named = found.get(host)
    if (named === undefined) unknown.add(host)
    else if (named.hosts > 1) ambiguous.add(host)
    else {
      // Added to rather than copied, since there can be as many rows as the file has; of no prototype, whose names are labels as well.
      const set = byId.get(named.id) ?? (Object.create(null) as Record<string, string>)
      byId.set(named.id, Object.assign(set, labels))
      if (Object.keys(set).length > setLabelsMax) throw tooManyLabels(host)
    }
  }
  const changes = [...byId].map(([id, set]) => ({ id, set, remove: [] }))
  return {
    rows: rows.length,
    changed: await setLabels(pool, actor, changes),
    unknown: [...unknown].slice(0, namesShown),
    ambiguous: [...ambiguous].slice(0, namesShown),
    unknownTotal: unknown.size,
    ambiguousTotal: ambiguous.size,
  }
}

/** POST /v1/hosts/labels for a selection, POST /v1/labels/import for an inventory. */
export async function labelHostsRoutes(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  routes.post(
    '/v1/hosts/labels',
    {
      config: { access: 'hosts:label' },
      bodyLimit: 1024 * 1024,
      schema: {
        tags: ['fleet'],
        summary: 'Set and remove labels on many hosts',
        body: labelHosts,
        response: { 200: hostsLabeled, 400: problem, 401: problem, 403: problem },
      },
    },
    async (request) => {
      const { hosts, set, remove } = request.body
      const ids = await selectHosts(pool, hosts)
      const changed = await setLabels(
        pool,
        request,
        ids.map((id) => ({ id, set, remove })),
      )
      return { matched: ids.length, changed }
    },
  )

  app.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, rowsOfCsv(String(body)))
    } catch (error) {
      done(error as Error)
    }
  })
  routes.post(
    '/v1/labels/import',
    {
      config: { access: 'hosts:label' },
      bodyLimit: importBytes,
      schema: {
        tags: ['fleet'],
        summary: 'Labels from an inventory, as text/csv or JSON',
        body: importLabels,
        response: { 200: labelsImported, 400: problem, 401: problem, 403: problem },
      },
    },
    (request) => applyImport(pool, request, request.body),
  )
}
