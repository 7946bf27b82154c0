import { hostsLabeled, importLabels, labelHosts, labelsImported, problem } from '@graftwatch/contract'
import { parse } from 'csv-parse/sync'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import type * as z from 'zod'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { selectHosts } from './select-hosts.ts'
import { setLabels } from './set-labels.ts'

type Row = z.infer<typeof importLabels>[number]

const importBytes = 4 * 1024 * 1024
const namesShown = 100

const refused = (detail: string, field = '/') =>
  new ProblemError('INVALID_INPUT', {
    detail,
    remedy: 'Send a header line host,env,team,… and a line a host; every other column is a label key.',
    fields: [{ field, message: detail }],
  })

/** The rows of a CSV file. An empty cell says nothing of its label. Throws INVALID_INPUT with the line. */
export function rowsOfCsv(text: string): unknown[] {
  const records = (() => {
    try {
      return parse(text, { bom: true, skip_empty_lines: true, trim: true }) as string[][]
    } catch (error) {
      throw refused(`The file is not CSV: ${error instanceof Error ? error.message : String(error)}`)
    }
  })()
  const [header, ...lines] = records
  if (header?.[0] !== 'host') throw refused('The first column of the header must be called host.')
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

async function findHosts(
  db: Pick<pg.Pool, 'query'>,
  names: readonly string[],
): Promise<Map<string, string[]>> {
  const { rows } = await db.query<{ name: string; id: string }>(
    // Three joins, since one with "or" could use no index.
    `with u as (select unnest($1::text[]) as name)
     select u.name, h.id::text from u join host h on h.hostname = u.name
     union select u.name, h.id::text from u join host h on h.machine_id = u.name
     union select u.name, h.id::text from u
       join host h on h.id = case when u.name ~ '^[1-9][0-9]{0,15}$' then u.name::bigint end`,
    [names],
  )
  const found = new Map<string, string[]>()
  for (const { name, id } of rows) found.set(name, [...(found.get(name) ?? []), id])
  return found
}

async function applyImport(pool: pg.Pool, actor: Parameters<typeof setLabels>[1], rows: readonly Row[]) {
  const found = await findHosts(pool, [...new Set(rows.map(({ host }) => host))])
  const byId = new Map<string, Record<string, string>>()
  const unknown = new Set<string>()
  const ambiguous = new Set<string>()
  for (const { host, labels } of rows) {
    const [id, ...others] = found.get(host) ?? []
    if (id === undefined) unknown.add(host)
    else if (others.length > 0) ambiguous.add(host)
    else byId.set(id, { ...byId.get(id), ...labels })
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
