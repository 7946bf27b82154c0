import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import type { Config } from '../config.ts'
import { isDatabaseDown } from '../http/problem.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { type Attempt, added, verdictOf } from './attempts.ts'
import { type ChannelRow, openChannel } from './channel-row.ts'
import { type Claimed, channelsDue, claimNext, release, settle } from './claims.ts'
import { Jobs, type Wake } from './jobs.ts'
import { DeliveryMetrics } from './metrics.ts'
import { type Outgoing, type Sent, unanswered } from './outgoing.ts'
import { tellRound } from './rounds.ts'
import { SecretUnreadable } from './secrets.ts'
import { send } from './send.ts'
import { Slots } from './slots.ts'

const sweepMs = 5000
/** How long what is on its way may take when the process ends. */
const graceMs = 3000

/** With growing pauses some 13 s, less than a claim lasts. */
const noteTries = 12
const notePauseMs = 200

const superseded = 'Not sent: something newer of the same alert was told instead.'

/**
 * Sends what waits in `delivery`. Whatever was committed is sent at least once: a row is claimed, sent, and settled; what nobody settles,
 * since its process was killed, is due again after 20 s. Every replica runs one.
 */
export class Outbox {
  readonly metrics = new DeliveryMetrics()
  readonly #pool: pg.Pool
  readonly #secret: string
  readonly #log: FastifyBaseLogger
  readonly #jobs: Jobs
  readonly #slots: Slots
  readonly #ending = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(
    pool: pg.Pool,
    { database, secret }: Pick<Config, 'database' | 'secret'>,
    log: FastifyBaseLogger,
  ) {
    this.#pool = pool
    this.#secret = secret
    this.#log = log
    this.#jobs = new Jobs(database, log)
    this.#slots = new Slots((channelId, more) => this.#sendNext(channelId, more))
  }

  /** Makes pg-boss' tables where they are missing, and begins with what an earlier process left. */
  async start(): Promise<void> {
    await this.#jobs.open()
    await this.#jobs.work(
      (channelId) => this.#slots.offer(channelId),
      (channelId) => this.#tellRound(channelId),
    )
    await this.#sweep()
    this.#timer = setInterval(() => void this.#sweep(), sweepMs)
  }

  /** Has the deliveries sent that this transaction writes, once it commits. */
  async wake(client: Pick<pg.ClientBase, 'query'>, wakes: readonly Wake[]): Promise<void> {
    await this.#jobs.wake(client, wakes)
  }

  /** A round for this channel, one in so many seconds over all replicas. */
  async askRound(channelId: string, seconds: number): Promise<void> {
    await this.#jobs.askRound(channelId, seconds)
  }

  /** One attempt at once, of which nothing is kept. */
  async sendNow(row: ChannelRow, outgoing: Outgoing): Promise<Sent> {
    return await this.#attempt(row, [outgoing])
  }

  /** What is on its way may still arrive for 3 s; the rest stays for the next process. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    const timer = setTimeout(() => this.#ending.abort(), graceMs)
    await this.#slots.close()
    clearTimeout(timer)
    this.#ending.abort()
    await this.#jobs.close()
  }

  /** Notifications can be lost with the connection that would have heard them, and jobs with their schema; rows cannot. */
  async #sweep(): Promise<void> {
    try {
      for (const channelId of await channelsDue(this.#pool)) this.#slots.offer(channelId)
    } catch (err) {
      this.#log.warn({ err }, 'deliveries that are due cannot be looked for')
    }
  }

  async #sendNext(channelId: string, more: () => void): Promise<boolean | null> {
    try {
      const claimed = await claimNext(this.#pool, channelId)
      if (!claimed) return null
      more()
      if (claimed.isSuperseded) return await this.#supersede(claimed)
      return await this.#deliver(claimed)
    } catch (err) {
      // The row is free again after its claim.
      this.#log.error({ err, channelId }, 'a delivery could not be sent or noted')
      return null
    }
  }

  async #tellRound(channelId: string): Promise<void> {
    await tellRound(this.#pool, channelId, async (row, outgoing) => {
      const { isDelivered, answer } = await this.#attempt(row, outgoing)
      this.metrics.count('alertmanager', isDelivered ? 'delivered' : 'failed')
      if (!isDelivered) this.#log.warn({ channelId, answer }, 'an Alertmanager could not be told again')
      return isDelivered
    })
  }

  async #supersede({ id, type, attempts }: Claimed): Promise<boolean> {
    const attempt: Attempt = [new Date().toISOString(), 0, null, superseded]
    await settle(this.#pool, id, { status: 'delivered', attempts: added(attempts, attempt), waitMs: null })
    this.metrics.count(type, 'superseded')
    return true
  }

  async #deliver(claimed: Claimed): Promise<boolean | null> {
    const { id, type, channelId, message } = claimed
    const at = new Date()
    const begin = performance.now()
    const sent = await this.#attempt(claimed, [{ id, message }])
    if (this.#ending.signal.aborted && !sent.isDelivered) {
      await release(this.#pool, id)
      return null
    }
    const milliseconds = Math.round(performance.now() - begin)
    const attempts = added(claimed.attempts, [at.toISOString(), milliseconds, sent.status, sent.answer])
    const verdict = verdictOf(sent, { attempts, createdAt: claimed.createdAt }, new Date())
    await this.#noted(async (client) => {
      const waitMs = verdict.status === 'waiting' ? verdict.waitMs : null
      const nextAt = await settle(client, id, { status: verdict.status, attempts, waitMs })
      if (nextAt) await this.#jobs.wake(client, [{ channelId, deliveryId: id, at: nextAt }])
    })
    this.metrics.count(type, verdict.status === 'waiting' ? 'failed' : verdict.status)
    if (sent.isDelivered)
      this.metrics.observe(type, (Date.now() - (claimed.dueAt ?? claimed.createdAt).getTime()) / 1000)
    return sent.isDelivered
  }

  /** What has arrived is noted also when the database was away for a moment; otherwise it would be sent a second time. */
  async #noted(write: (client: pg.PoolClient) => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries += 1)
      try {
        return await inTransaction(this.#pool, write)
      } catch (error) {
        if (tries >= noteTries || this.#ending.signal.aborted || !isDatabaseDown(error)) throw error
        await pause(tries * notePauseMs)
      }
  }

  async #attempt(row: ChannelRow, outgoing: readonly [Outgoing, ...Outgoing[]]): Promise<Sent> {
    try {
      return await send(openChannel(row, this.#secret), outgoing, this.#ending.signal)
    } catch (error) {
      if (!(error instanceof SecretUnreadable)) throw error
      return unanswered(error.message)
    }
  }
}
