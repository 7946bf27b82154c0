import { Readable } from 'node:stream'
import type { ExportQuery, HostSummary, HostsPage, PastView } from '@graftwatch/contract'
import type pg from 'pg'
import { listHosts } from './hosts.ts'

const pageSize = 1000

/** How long an export may take, and how long its reader may take nothing. */
export interface ExportLimits {
  longestMs: number
  stalledMs: number
}
const exportLimits: ExportLimits = { longestMs: 10 * 60_000, stalledMs: 30_000 }

/** An export that runs. `closed` never rejects: it settles when the stream has ended in any way and its connection is given back. */
export interface HostExport<Row> {
  rows: Readable & AsyncIterable<Row>
  closed: Promise<void>
}

/**
 * Every host that matches, in one snapshot of the database, page by page as the reader takes them. The first page is read before it
 * resolves, so what is refused rejects here. `rows` fails after 10 minutes, and when nothing was taken for 30 s: the connection is
 * given back without anybody reading on.
 */
export async function openExport<Row>(
  pool: pg.Pool,
  query: ExportQuery,
  view: PastView | null,
  rowOf: (host: HostSummary) => Row,
  { longestMs, stalledMs }: ExportLimits = exportLimits,
): Promise<HostExport<Row>> {
  const client = await pool.connect()
  const readPage = (cursor?: string) => listHosts(client, { ...query, cursor, limit: pageSize }, view)
  let first: HostsPage
  try {
    await client.query('begin isolation level repeatable read read only')
    first = await readPage()
  } catch (error) {
    await giveBack(client)
    throw error
  }
  async function* read(): AsyncGenerator<Row> {
    for (let page = first; ; page = await readPage(page.nextCursor)) {
      for (const host of page.items) {
        stalled.refresh()
        yield rowOf(host)
      }
      if (page.nextCursor === null) break
    }
    // Before the reader sees the end: its next export must find this one over.
    await end()
  }
  const rows = Readable.from(read())
  const failing = (reason: string) => () => rows.destroy(new Error(reason))
  const longest = setTimeout(failing('an export took too long'), longestMs)
  const stalled = setTimeout(failing('the reader of an export took nothing for too long'), stalledMs)
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  let ending: Promise<void> | undefined
  const end = () => {
    clearTimeout(longest)
    clearTimeout(stalled)
    ending ??= giveBack(client).then(resolve)
    return ending
  }
  // The stream closes only once the query it waits for has ended; nobody else uses the connection then.
  rows.once('close', () => void end())
  return { rows, closed }
}

/** A connection whose transaction cannot be ended is thrown away. Never rejects. */
async function giveBack(client: pg.PoolClient): Promise<void> {
  const broken = await client.query('rollback').then(
    () => undefined,
    (error: Error) => error,
  )
  client.release(broken)
}
