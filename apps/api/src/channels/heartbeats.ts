import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { inTransaction } from '../ingest/transaction.ts'
import type { Outbox } from './outbox.ts'
import { roundSeconds } from './rounds.ts'
import { insertDeliveries } from './tell.ts'

const tickMs = 1000
const askMs = 15_000

/** Makes a heartbeat for every channel whose interval has passed; one replica makes it. Resolves to how many it made. */
export async function beat(pool: pg.Pool, outbox: Pick<Outbox, 'wake'>): Promise<number> {
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ channelId: string }>(
      `update channel set heartbeat_at = now()
       where enabled and heartbeat_seconds is not null
         and (heartbeat_at is null or heartbeat_at <= now() - make_interval(secs => heartbeat_seconds))
       returning id::text as "channelId"`,
    )
    const at = new Date().toISOString()
    return await insertDeliveries(
      outbox,
      client,
      rows.map(({ channelId }) => ({
        channelId,
        alertId: null,
        kind: 'heartbeat',
        message: { version: 1, kind: 'heartbeat', at, alert: null },
        dueAt: null,
      })),
    )
  })
}

async function askRounds(pool: pg.Pool, outbox: Pick<Outbox, 'askRound'>): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `select id::text from channel where enabled and type = 'alertmanager'`,
  )
  for (const { id } of rows) await outbox.askRound(id, roundSeconds)
}

/**
 * The dead-man's switch: as long as `isAlive` says that this process judges hosts, channels with an interval hear of it, and stop hearing
 * when it does not. Also asks for Alertmanagers' rounds. Returns the stop.
 */
export function startHeartbeats(
  pool: pg.Pool,
  outbox: Pick<Outbox, 'wake' | 'askRound'>,
  isAlive: () => boolean,
  log: FastifyBaseLogger,
): () => Promise<void> {
  let running: Promise<unknown> | null = null
  // By the clock that nobody sets: an Alertmanager that is not asked forgets what fires.
  let askAt = 0
  const tick = async () => {
    try {
      if (isAlive()) await beat(pool, outbox)
      if (performance.now() < askAt) return
      askAt = performance.now() + askMs
      await askRounds(pool, outbox)
    } catch (err) {
      log.warn({ err }, 'heartbeats could not be made')
    } finally {
      running = null
    }
  }
  const timer = setInterval(() => {
    running ??= tick()
  }, tickMs)
  return async () => {
    clearInterval(timer)
    await running
  }
}
