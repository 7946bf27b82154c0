import type { DatabaseConfig } from '@graftwatch/db/config'
import { connectionOf } from '@graftwatch/db/pool'
import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { PgBoss } from 'pg-boss'

/** A word that a channel has something to send; at once, or from `at` on. */
export interface Wake {
  channelId: string
  deliveryId: string
  at?: Date
}

const wakes = 'deliveries'
const rounds = 'channel-rounds'
const batchSize = 100
/** Jobs of later are looked for as often; those of now are told by NOTIFY. */
const pollSeconds = 1

/**
 * pg-boss, with what is told in the same transaction as what happened. A job only wakes the channel on whichever replica is free: what
 * is sent, and in which order, is decided by the rows of `delivery`, so a job that runs twice or comes late does no harm. With its
 * defaults pg-boss polls, and moves one batch of a backlog per 30 s; hence NOTIFY and burst.
 */
export class Jobs {
  readonly #boss: PgBoss

  constructor(database: string | DatabaseConfig, log: FastifyBaseLogger) {
    this.#boss = new PgBoss({
      ...connectionOf(database),
      application_name: 'graftwatch-jobs',
      schema: 'pgboss',
      max: 3,
      useListenNotify: true,
      schedule: false,
      registerInstance: false,
    })
    // Unheard, an error would end the process; pg-boss goes on by itself.
    this.#boss.on('error', (err) => log.warn({ err }, 'the job queue has trouble with its database'))
    this.#boss.on('warning', (warning) => log.debug({ warning }, 'job queue'))
  }

  /** Makes its tables and queues where they are missing. From then on jobs can be made. */
  async open(): Promise<void> {
    await this.#boss.start({ attempts: 3 })
    const options = { notify: true, retryLimit: 3, expireInSeconds: 60, deleteAfterSeconds: 600 }
    await this.#boss.createQueue(wakes, options)
    await this.#boss.createQueue(rounds, { ...options, retryLimit: 0, retentionSeconds: 60 })
  }

  /** Begins to hear. `onWake`: a channel has something to send; `onRound`: it is time to tell a channel anew what goes on. */
  async work(
    onWake: (channelId: string) => void,
    onRound: (channelId: string) => Promise<void>,
  ): Promise<void> {
    const options = {
      batchSize,
      burstWhenBatchFull: true,
      pollingIntervalSeconds: pollSeconds,
      notifyPollingIntervalSeconds: pollSeconds,
    }
    await this.#boss.work<{ channelId: string }>(wakes, options, async (jobs) => {
      for (const channelId of new Set(jobs.map(({ data }) => data.channelId))) onWake(channelId)
    })
    await this.#boss.work<{ channelId: string }>(rounds, { batchSize: 10 }, async (jobs) => {
      await Promise.all(jobs.map(({ data }) => onRound(data.channelId)))
    })
  }

  /** In the transaction of this client: the jobs are there when, and only if, it commits. */
  async wake(client: Pick<pg.ClientBase, 'query'>, all: readonly Wake[]): Promise<void> {
    if (all.length === 0) return
    const jobs = all.map(({ channelId, deliveryId, at }) => ({
      data: { channelId },
      singletonKey: deliveryId,
      ...(at && { startAfter: at }),
    }))
    await this.#boss.insert(wakes, jobs, {
      db: { executeSql: async (text, values) => await client.query(text, values) },
    })
  }

  /** A round for this channel, one in so many seconds, however many replicas ask. */
  async askRound(channelId: string, seconds: number): Promise<void> {
    await this.#boss.send(rounds, { channelId }, { singletonKey: channelId, singletonSeconds: seconds })
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: true, timeout: 2000 })
  }
}
