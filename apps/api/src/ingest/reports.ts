import type { HostReport } from '@graftwatch/contract'
import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { databaseUnavailable, isDatabaseDown, ProblemError } from '../http/problem.ts'
import { DictionaryCache } from './dictionaries.ts'
import { foldBatch } from './fold-batch.ts'
import type { KeySlots } from './key-slots.ts'
import { nextInterval } from './pressure.ts'
import type { Incoming, Verdict } from './report-batch.ts'
import { ReportRoom } from './report-room.ts'
import { settledHash } from './state-hash.ts'
import { inTransaction } from './transaction.ts'

const batchSize = 500
/** A batch is turned into JSON several times over on its way into the tables. */
const batchBytes = 8 * 1024 * 1024
const lingerMs = 20
const capacity = 5000

const hostRemoved = () =>
  new ProblemError('HOST_KEY_INVALID', {
    detail: 'The host of this key was removed.',
    remedy: 'Enroll it again with a new token.',
    fields: [{ field: 'authorization', message: 'is the key of a host that was removed' }],
  })

interface Waiting extends Incoming {
  resolve: (verdict: Verdict) => void
  reject: (error: unknown) => void
}

/** Seconds a host in this state may be quiet; longer when the queues fill. */
export const intervalOf = (report: Pick<HostReport, 'transition'>, pressure: number): number =>
  nextInterval(report.transition !== null, pressure)

/**
 * Reports on their way into the database: batches of at most 500, 8 MiB or 20 ms, one at a time, each answered after its commit.
 * A report that the database refuses is bisected out, so that one host never fails another.
 */
export class ReportQueue {
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null
  readonly #dictionaries: DictionaryCache
  readonly #pool: pg.Pool
  readonly #keys: KeySlots
  readonly #log: FastifyBaseLogger
  /** Hosts under whose identity other machines report, as far as this process has heard: a heartbeat does not say whose it is. */
  readonly #cloned = new Set<number>()
  readonly room = new ReportRoom()
  stored = 0

  constructor(pool: pg.Pool, keys: KeySlots, log: FastifyBaseLogger) {
    this.#pool = pool
    this.#keys = keys
    this.#log = log
    this.#dictionaries = new DictionaryCache(pool)
  }

  get size(): number {
    return this.#waiting.length
  }

  /** Whether a heartbeat with this host's key may be another machine's. */
  isCloned(hostId: number): boolean {
    return this.#cloned.has(hostId)
  }

  get pressure(): number {
    return Math.max(this.size / capacity, this.room.fullness)
  }

  /** Resolves when the report is committed. Rejects with a ProblemError; then nothing of it was stored, or nobody can know. */
  add(item: Incoming): Promise<Verdict> {
    if (this.size >= capacity)
      return Promise.reject(
        new ProblemError('BUSY', {
          detail: 'More reports wait than can be stored at present; this one was not taken.',
          remedy: 'Keep it and send it again after the time in Retry-After.',
          retryAfterSeconds: 10,
        }),
      )
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...item, resolve, reject })
      if (this.size >= batchSize) this.#run()
      else
        this.#timer ??= setTimeout(() => {
          this.#timer = null
          this.#run()
        }, lingerMs)
    })
  }

  async close(): Promise<void> {
    while (this.size > 0 || this.#running) {
      this.#run()
      await this.#running
    }
    if (this.#timer) clearTimeout(this.#timer)
  }

  #run(): void {
    this.#running ??= this.#drain().finally(() => {
      this.#running = null
      if (this.size > 0) this.#run()
    })
  }

  async #drain(): Promise<void> {
    let bytes = 0
    const end = this.#waiting.findIndex((item, index) => {
      bytes += item.bytes
      return index >= batchSize || (index > 0 && bytes > batchBytes)
    })
    const batch = this.#waiting.splice(0, end === -1 ? batchSize : end)
    if (batch.length > 0) await this.#store(batch)
  }

  async #store(batch: Waiting[]): Promise<void> {
    try {
      const verdicts = await this.#write(batch)
      batch.forEach((item, index) => {
        const verdict = verdicts[index]
        if (verdict) item.resolve(verdict)
        else item.reject(hostRemoved())
      })
    } catch (error) {
      if (isDatabaseDown(error)) {
        for (const item of batch) item.reject(databaseUnavailable(error))
        return
      }
      const half = Math.ceil(batch.length / 2)
      if (batch.length > 1) {
        await this.#store(batch.slice(0, half))
        await this.#store(batch.slice(half))
        return
      }
      this.#log.error({ err: error, hostId: batch[0]?.hostId }, 'a report could not be stored')
      batch[0]?.reject(
        new ProblemError('REPORT_NOT_STORABLE', {
          detail: 'The database refused this report; nothing of it was stored.',
          remedy:
            'Upgrade the agent; if it happens again, send the output of `graftwatch-agent snapshot` to its maintainers.',
          fields: [{ field: '/', message: 'holds a value the database cannot keep' }],
          cause: error,
        }),
      )
    }
  }

  /** A verdict for each report; none for one whose host was removed while it was on the way. */
  async #write(batch: Waiting[]): Promise<(Verdict | undefined)[]> {
    await this.#dictionaries.learn(batch.map(({ report }) => report))
    const { outcomes, verdicts, cloned } = await inTransaction(this.#pool, (client) =>
      foldBatch(client, this.#dictionaries, batch, (report) => intervalOf(report, this.pressure)),
    )
    for (const hostId of cloned) this.#cloned.add(hostId)
    for (const outcome of outcomes) {
      // Also of a late report: the answer names the sequence to go on from, which another replica may have stored.
      this.#keys.heard(outcome.row.id, outcome.sequence)
      if (!outcome.truth || !outcome.report || outcome.changes.length === 0) continue
      const seconds = intervalOf(outcome.report, this.pressure)
      this.#keys.reported(
        outcome.row.id,
        outcome.sequence,
        settledHash(outcome.truth, outcome.report),
        seconds,
      )
      this.stored += outcome.changes.length
    }
    return verdicts
  }
}
