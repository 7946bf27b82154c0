import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import sql from 'sql-template-tag'
import { isDatabaseDown } from '../http/problem.ts'
import { inTransaction, triedLock } from '../ingest/transaction.ts'
import { notifyFleet } from '../live/notify.ts'
import { messageOf, readAlertRows } from './alert-rows.ts'
import { makeDefaultRules } from './default-rules.ts'
import { judge } from './judge.ts'
import type { Marked } from './judged-hosts.ts'
import { advance, alertsLock, type Telling } from './lifecycle.ts'
import { endExpired, recount } from './members.ts'
import { readActiveRules } from './rules.ts'

const batchSize = 500
const everyMs = 500
/** Silences also end and begin by themselves; all alerts are asked at least this often. */
const silencesEveryMs = 5000
/** The row of ingest_tick that says when hosts were last judged. */
const judgedTick = 2
const noteJudged = `insert into ingest_tick (id, at, receiving_from) values (${judgedTick}, now(), now())
  on conflict (id) do update set at = excluded.at`

/** What is told to channels, in the transaction in which it became so. */
export type Tell = (client: pg.PoolClient, told: Told[]) => Promise<unknown>
/** Tells a channel that is behind, if any; resolves to whether there may be more to tell. */
export type TellMissed = (client: pg.PoolClient) => Promise<boolean>
export interface Told extends Telling {
  message: ReturnType<typeof messageOf>
}

export interface Passed {
  judged: number
  /** A full batch of hosts or alerts: there is likely more. */
  hasMore: boolean
  told: number
}

/**
 * Judges hosts that changed and moves alerts on, on one replica at a time: what marks a host, what follows from it, and what is told of
 * it are one transaction, so that a process that ends in between leaves nothing half done and nothing twice.
 */
export class Evaluator {
  readonly #pool: pg.Pool
  readonly #tell: Tell
  readonly #tellMissed: TellMissed
  readonly #baseUrl: string
  readonly #log: FastifyBaseLogger
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> = Promise.resolve()
  #stopped = false
  /** By the clock that nobody sets. */
  #silencesAt = Number.NEGATIVE_INFINITY
  /** When hosts were last judged to the end, here or by another replica; ms. */
  passedAt = 0
  judged = 0

  constructor(
    pool: pg.Pool,
    options: { tell: Tell; tellMissed: TellMissed; baseUrl: string; log: FastifyBaseLogger },
  ) {
    this.#pool = pool
    this.#tell = options.tell
    this.#tellMissed = options.tellMissed
    this.#baseUrl = options.baseUrl
    this.#log = options.log
  }

  async start(): Promise<void> {
    await makeDefaultRules(this.#pool)
    this.#wait()
  }

  async close(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#running
  }

  #wait(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      this.#running = this.#run().finally(() => this.#wait())
    }, everyMs)
  }

  async #run(): Promise<void> {
    try {
      while (!this.#stopped && (await this.pass())?.hasMore);
    } catch (error) {
      this.#log.error({ err: error }, 'alerts could not be judged; trying again')
    }
  }

  /** One pass; null when another replica is at it. Rejects when the database does, and then nothing of it is stored. */
  async pass(): Promise<Passed | null> {
    const askAll = performance.now() - this.#silencesAt >= silencesEveryMs
    const passed = await inTransaction(this.#pool, async (client) => {
      if (!(await triedLock(client, alertsLock))) return null
      const done = await this.#evaluate(client, askAll)
      if (askAll) await client.query(noteJudged)
      return done
    })
    if (passed && askAll) this.#silencesAt = performance.now()
    if (passed) {
      this.judged += passed.judged
      this.passedAt = Date.now()
    } else this.passedAt = Math.max(this.passedAt, await this.#judgedElsewhere())
    return passed
  }

  /** When the replica that has the turn last came to its end. One that holds it and does nothing is not alive. */
  async #judgedElsewhere(): Promise<number> {
    const { rows } = await this.#pool.query<{ at: Date }>('select at from ingest_tick where id = $1', [
      judgedTick,
    ])
    return rows[0]?.at.getTime() ?? 0
  }

  /** Judges the hosts together. One that cannot be judged is bisected out, so that it never keeps others from being judged. */
  async #judge(client: pg.PoolClient, marked: Marked, now: Date): Promise<string[]> {
    const rules = await readActiveRules(client)
    const attempt = async (some: Marked): Promise<string[]> => {
      await client.query('savepoint judging')
      try {
        const changed = await judge(client, some, rules, now)
        await client.query('release savepoint judging')
        return changed
      } catch (error) {
        if (isDatabaseDown(error)) throw error
        await client.query('rollback to savepoint judging')
        const all = [...some]
        if (all.length > 1) {
          const half = Math.ceil(all.length / 2)
          const changed = await attempt(new Map(all.slice(0, half)))
          return [...changed, ...(await attempt(new Map(all.slice(half))))]
        }
        this.#log.error(
          { err: error, hostId: all[0]?.[0] },
          'a host could not be judged; its alerts stay as they are',
        )
        return []
      }
    }
    return await attempt(marked)
  }

  async #evaluate(client: pg.PoolClient, askAll: boolean): Promise<Passed> {
    const { rows: now } = await client.query<{ now: Date }>('select graftwatch_now() as now')
    const marked = await takeMarked(client)
    const changed = marked.size > 0 ? await this.#judge(client, marked, now[0]?.now ?? new Date()) : []
    const touched = [...new Set([...changed, ...(await endExpired(client))])]
    await recount(client, touched)
    const { tellings, moved, hasMore } = await advance(client, askAll ? null : touched)
    if (tellings.length > 0) await this.#tell(client, await this.#messages(client, tellings))
    if (touched.length > 0 || moved) await notifyFleet(client)
    const isBehind = await this.#tellMissed(client)
    return {
      judged: marked.size,
      hasMore: hasMore || isBehind || marked.size === batchSize,
      told: tellings.length,
    }
  }

  async #messages(client: pg.PoolClient, tellings: readonly Telling[]): Promise<Told[]> {
    const ids = tellings.map(({ id }) => id)
    const rows = await readAlertRows(client, sql`a.id = any(${ids}::bigint[])`, sql`a.id`, ids.length)
    const byId = new Map(rows.map((row) => [row.id, row]))
    return tellings.flatMap((telling) => {
      const row = byId.get(telling.id)
      return row ? [{ ...telling, message: messageOf(row, telling.kind, this.#baseUrl) }] : []
    })
  }
}

/** Takes the hosts that were marked longest ago, each once. */
async function takeMarked(client: pg.PoolClient): Promise<Marked> {
  const { rows } = await client.query<{ hostId: number; kind: string | null }>({
    name: 'alert-take',
    text: `
      with next as (select distinct host_id from (select host_id from alert_dirty order by id limit ${4 * batchSize}) as d limit ${batchSize})
      delete from alert_dirty d using next where d.host_id = next.host_id returning d.host_id::int as "hostId", d.kind`,
  })
  const marked = new Map<number, Set<string>>()
  for (const { hostId, kind } of rows) {
    const kinds = marked.get(hostId) ?? new Set()
    if (kind !== null) kinds.add(kind)
    marked.set(hostId, kinds)
  }
  return marked
}
