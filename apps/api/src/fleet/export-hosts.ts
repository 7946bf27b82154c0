import { Readable } from 'node:stream'
import {
  type ExportColumn,
  type ExportQuery,
  exportColumns,
  exportQuery,
  type HostSummary,
  type PastView,
  problem,
} from '@graftwatch/contract'
import { stringify } from 'csv-stringify'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { listHosts } from './hosts.ts'
import { resolvePast } from './past.ts'

const pageSize = 1000
/** Each holds a connection for as long as its reader takes. */
const exportsMax = 3
const longestMs = 10 * 60_000

const cells: Record<ExportColumn, (host: HostSummary) => string | number | null> = {
  id: ({ id }) => id,
  hostname: ({ hostname }) => hostname,
  state: ({ status }) => status.state,
  reason: ({ status }) => status.reason,
  since: ({ status }) => status.since,
  lastSeen: ({ status }) => status.lastSeenAt,
  patch: ({ patch }) => patch,
  kernel: ({ kernelRelease }) => kernelRelease,
  os: ({ os }) => os,
  labels: ({ labels }) =>
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
  flags: ({ status }) => status.flags.join(','),
  remaining: ({ transition }) => transition?.remaining ?? null,
  total: ({ transition }) => transition?.total ?? null,
}

const rowOf = (columns: readonly ExportColumn[], host: HostSummary) =>
  Object.fromEntries(columns.map((column) => [column, cells[column](host)]))

/**
 * Every host that matches, in one snapshot of the database, page by page as the reader takes them. Ends with an error after 10
 * minutes. The connection is given back however it ends.
 */
async function* readAll(
  pool: pg.Pool,
  query: ExportQuery,
  view: PastView | null,
): AsyncGenerator<HostSummary> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin isolation level repeatable read read only')
    const endsAt = Date.now() + longestMs
    for (let cursor: string | undefined; ; ) {
      const page = await listHosts(client, { ...query, cursor, limit: pageSize }, view)
      yield* page.items
      if (page.nextCursor === null) return
      if (Date.now() > endsAt) throw new Error('an export took longer than 10 minutes')
      cursor = page.nextCursor
    }
  } catch (error) {
    broken = error as Error
    throw error
  } finally {
    await client.query('rollback').catch((error: Error) => {
      broken = error
    })
    client.release(broken)
  }
}

async function* jsonOf(rows: AsyncGenerator<HostSummary>, columns: readonly ExportColumn[]) {
  let separator = '['
  for await (const host of rows) {
    yield `${separator}\n${JSON.stringify(rowOf(columns, host))}`
    separator = ','
  }
  yield separator === '[' ? '[]\n' : '\n]\n'
}

function csvOf(rows: AsyncGenerator<HostSummary>, columns: readonly ExportColumn[]): Readable {
  const source = Readable.from(rows, { objectMode: true })
  const csv = stringify({ header: true, columns: [...columns], escape_formulas: true })
  const shaped = source.map((host: HostSummary) => rowOf(columns, host))
  shaped.on('error', (error) => csv.destroy(error))
  csv.on('close', () => source.destroy())
  return shaped.pipe(csv)
}

/** The instant in a file name: no colons, which some systems refuse. */
const stamp = (at: Date) => at.toISOString().slice(0, 16).replace('T', '-').replace(':', '')

export async function exportHosts(
  app: FastifyInstance,
  { pool, config }: Pick<Deps, 'pool' | 'config'>,
): Promise<void> {
  let running = 0
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/hosts/export',
    {
      config: { access: 'fleet:export' },
      schema: {
        tags: ['fleet'],
        summary: 'Every matching host as CSV or JSON, streamed',
        querystring: exportQuery,
        response: { 400: problem, 401: problem, 503: problem },
      },
    },
    async ({ query }, reply) => {
      const view = await resolvePast(pool, query, config.retention.eventDays)
      if (running >= exportsMax)
        throw new ProblemError('BUSY', {
          detail: 'As many exports run already as this server allows at once.',
          remedy: 'Try again when one of them is done.',
          retryAfterSeconds: 30,
        })
      const columns = query.columns?.length ? query.columns : exportColumns
      const rows = readAll(pool, query, view)
      // The first page before the headers: what is refused is still a problem, not half a file.
      const first = await rows.next()
      const all = (async function* () {
        if (!first.done) yield first.value
        yield* rows
      })()
      running += 1
      const stream = query.format === 'csv' ? csvOf(all, columns) : Readable.from(jsonOf(all, columns))
      stream.once('close', () => {
        running -= 1
        void all.return(undefined)
      })
      const name = `graftwatch-hosts-${stamp(view ? new Date(view.asOf) : new Date())}.${query.format}`
      return (reply as FastifyReply)
        .type(query.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8')
        .header('content-disposition', `attachment; filename="${name}"`)
        .header('cache-control', 'no-store')
        .serializer(String)
        .send(stream)
    },
  )
}
