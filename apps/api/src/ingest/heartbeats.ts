import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { wakeHosts } from '../sweep/silence.ts'

const flushEveryMs = 250
const batchSize = 2000
/** Hosts that may wait to be written; each host is in it once. Above half of it the answers ask for longer intervals. */
const capacity = 2_000_000

/**
 * One statement per batch, rows in the order of their key: concurrent batches that update in the plan's order deadlock, ordered
 * inserts with on conflict do not. A host that was removed meanwhile would fail its whole batch, hence `known`.
 */
const upsert = (isCareful: boolean) => `
  insert into host_seen as s (host_id, last_seen_at, sequence, interval_seconds)
  select u.id, now(), u.sequence, u.seconds
  from unnest($1::bigint[], $2::bigint[], $3::int[]) as u (id, sequence, seconds)
  ${isCareful ? 'where exists (select from host where host.id = u.id)' : ''}
  order by 1
  on conflict (host_id) do update
    set last_seen_at = excluded.last_seen_at, sequence = greatest(s.sequence, excluded.sequence),
        interval_seconds = excluded.interval_seconds, silent = false
  returning new.host_id::int as id, old.silent as "wasSilent"`

/**
 * Heartbeats waiting to be written, at most 2 s. They are answered before: a heartbeat lost with the process is followed by the
 * next one. Nothing else may pass through here.
 */
export class HeartbeatQueue {
  #pending = new Map<number, { sequence: number; seconds: number }>()
  #timer: NodeJS.Timeout | null = null
  #flushing: Promise<void> | null = null
  #failures = 0
  readonly #pool: pg.Pool
  readonly #log: FastifyBaseLogger
  written = 0

  constructor(pool: pg.Pool, log: FastifyBaseLogger) {
    this.#pool = pool
    this.#log = log
  }

  get size(): number {
    return this.#pending.size
  }

  /** From 0 (idle) to 1 (full). */
  get pressure(): number {
    return this.#failures > 0 ? Math.max(0.6, this.size / capacity) : this.size / capacity
  }

  /** False when there is no room, or nothing could be written for a while: the caller answers 503. */
  add(hostId: number, sequence: number, seconds: number): boolean {
    const waiting = this.#pending.get(hostId)
    if (waiting) {
      if (sequence > waiting.sequence) waiting.sequence = sequence
      return this.#failures < 8
    }
    if (this.size >= capacity || this.#failures >= 8) return false
    this.#pending.set(hostId, { sequence, seconds })
    if (this.size >= batchSize) void this.flush()
    else this.#schedule()
    return true
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      void this.flush()
    }, flushEveryMs)
  }

  /** Writes all that waits; one flush at a time. Never rejects: what could not be written waits for the next. */
  flush(): Promise<void> {
    this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = null
      if (this.size > 0) this.#schedule()
    })
    return this.#flushing
  }

  async close(): Promise<void> {
    await this.#flushing
    await this.flush()
    if (this.#timer) clearTimeout(this.#timer)
  }

  async #writeAll(): Promise<void> {
    const all = [...this.#pending]
    this.#pending = new Map()
    for (let from = 0; from < all.length; from += batchSize) {
      const batch = all.slice(from, from + batchSize)
      try {
        await this.#write(batch)
        this.#failures = 0
      } catch (error) {
        this.#failures += 1
        this.#log.warn(
          { err: error, waiting: all.length - from },
          'heartbeats could not be written; they wait',
        )
        for (const [hostId, entry] of all.slice(from)) {
          const newer = this.#pending.get(hostId)
          if (newer) newer.sequence = Math.max(newer.sequence, entry.sequence)
          else this.#pending.set(hostId, entry)
        }
        return
      }
    }
  }

  async #write(batch: [number, { sequence: number; seconds: number }][]): Promise<void> {
    const values = [
      batch.map(([hostId]) => hostId),
      batch.map(([, { sequence }]) => sequence),
      batch.map(([, { seconds }]) => seconds),
    ]
    const query = (isCareful: boolean) =>
      this.#pool.query<{ id: number; wasSilent: boolean | null }>({
        name: isCareful ? 'heartbeats-careful' : 'heartbeats',
        text: upsert(isCareful),
        values,
      })
    const { rows } = await query(false).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === '23503') return query(true)
      throw error
    })
    this.written += rows.length
    const woken = rows.filter(({ wasSilent }) => wasSilent).map(({ id }) => id)
    if (woken.length > 0) await wakeHosts(this.#pool, woken)
  }
}
