import { setTimeout } from 'node:timers/promises'
import type pg from 'pg'
import { digestOf, hostIdOf, isSameDigest } from './secrets.ts'
import { saneSequence } from './sequence.ts'

const pageSize = 1024
/** At most one reading of the same thing in this time, however many unknown keys ask for it. */
const betweenReadingsMs = 200

/**
 * A reading of the database that all who ask at once share. It begins after each of them asked, so that "not there" is true
 * as of their asking: an enrollment that was answered on another replica is never missed.
 */
class Reading {
  #next: Promise<void> | null = null
  #beganAt = 0
  readonly #read: () => Promise<void>

  constructor(read: () => Promise<void>) {
    this.#read = read
  }

  fresh(): Promise<void> {
    this.#next ??= this.#begin()
    return this.#next
  }

  async #begin(): Promise<void> {
    await setTimeout(Math.max(0, this.#beganAt + betweenReadingsMs - Date.now()))
    this.#next = null
    this.#beganAt = Date.now()
    await this.#read()
  }
}

interface Page {
  reading: Reading
  /** Under way, begun before whoever looks now; null when none is. */
  running: Promise<void> | null
  /** Hosts that changed while the page was last read: what was read of them may be of before. */
  changed: Set<number>
}

/**
 * What the hot path must know of every host, in typed arrays by host id: 1,000,000 hosts take about 60 MB, where a Map of
 * strings would take several hundred. Filled by page on first use; other replicas say which hosts changed. Nothing here grows
 * by keys that were never given out: beyond the newest host id nothing is remembered, and asked at most five times a second.
 */
export class KeySlots {
  #digests = Buffer.alloc(0)
  #known = new Uint8Array(0)
  #sequences = new Float64Array(0)
  #stateHashes = new BigUint64Array(0)
  #intervals = new Uint16Array(0)
  #newestId = 0
  readonly #newest = new Reading(() => this.#readNewest())
  readonly #pages = new Map<number, Page>()
  readonly #pool: Pick<pg.Pool, 'query'>

  constructor(pool: Pick<pg.Pool, 'query'>) {
    this.#pool = pool
  }

  /** Pages of host ids that are remembered. */
  get pages(): number {
    return this.#pages.size
  }

  /** The host whose key this is, or null. A key that was revoked, never existed or is malformed looks the same. */
  async authenticate(key: string): Promise<number | null> {
    const hostId = hostIdOf(key)
    if (hostId === null) return null
    if (!this.#known[hostId]) await this.#load(hostId)
    if (!this.#known[hostId]) return null
    const expected = this.#digests.subarray(hostId * 32, hostId * 32 + 32)
    return isSameDigest(digestOf(key), expected) ? hostId : null
  }

  sequenceOf(hostId: number): number {
    return this.#sequences[hostId] ?? 0
  }

  intervalOf(hostId: number): number {
    return this.#intervals[hostId] || 60
  }

  hasState(hostId: number, stateHash: bigint): boolean {
    return stateHash !== 0n && this.#stateHashes[hostId] === stateHash
  }

  heard(hostId: number, sequence: number): void {
    if (sequence > this.sequenceOf(hostId)) this.#sequences[hostId] = sequence
  }

  reported(hostId: number, sequence: number, stateHash: bigint, intervalSeconds: number): void {
    this.heard(hostId, sequence)
    this.#stateHashes[hostId] = stateHash
    this.#intervals[hostId] = intervalSeconds
  }

  /** Forgets what is known of these hosts; the next word of each reads it anew. */
  forget(hostIds: readonly number[]): void {
    for (const hostId of hostIds) {
      this.#known[hostId] = 0
      if (hostId > this.#newestId) this.#newestId = hostId
      const page = this.#pages.get(Math.floor(hostId / pageSize))
      if (page?.running) page.changed.add(hostId)
    }
  }

  forgetAll(): void {
    this.#known.fill(0)
    this.#pages.clear()
  }

  async #load(hostId: number): Promise<void> {
    if (hostId > this.#newestId) await this.#newest.fresh()
    if (hostId > this.#newestId) return
    const number = Math.floor(hostId / pageSize)
    // Three times at most: a host may change, or all be forgotten, while its page is read.
    for (let tries = 0; tries < 3 && !this.#known[hostId]; tries += 1) {
      const page = this.#pages.get(number) ?? this.#newPage(number)
      if (page.running) await page.running
      if (this.#known[hostId]) return
      await page.reading.fresh()
      if (this.#pages.get(number) === page && !page.changed.has(hostId)) return
    }
  }

  #newPage(number: number): Page {
    const page: Page = {
      running: null,
      changed: new Set(),
      reading: new Reading(() => {
        page.running = this.#read(number, page).finally(() => {
          page.running = null
        })
        return page.running
      }),
    }
    this.#pages.set(number, page)
    return page
  }

  async #readNewest(): Promise<void> {
    const { rows } = await this.#pool.query<{ id: number }>(
      'select coalesce(max(id), 0)::float8 as id from host',
    )
    this.#newestId = Math.max(this.#newestId, rows[0]?.id ?? 0)
  }

  async #read(number: number, page: Page): Promise<void> {
    const changed = new Set<number>()
    page.changed = changed
    const first = number * pageSize
    const { rows } = await this.#pool.query<KeyRow>({
      name: 'key-page',
      text: `select k.host_id::int as id, k.digest, coalesce(s.sequence, 0)::float8 as sequence,
               coalesce(s.state_hash, 0)::text as hash, coalesce(s.interval_seconds, 60) as seconds
             from host_key k left join host_seen s using (host_id)
             where k.host_id >= $1 and k.host_id < $2 and k.revoked_at is null`,
      values: [first, first + pageSize],
    })
    // Read anew, or all was forgotten, since this was asked.
    if (this.#pages.get(number) !== page) return
    if (first < this.#known.length) this.#known.fill(0, first, first + pageSize)
    for (const row of rows) {
      if (changed.has(row.id)) continue
      this.#grow(row.id)
      row.digest.copy(this.#digests, row.id * 32)
      // What was heard may not be written yet; but a sequence that an enrollment began anew is not heard of before.
      const heard = this.sequenceOf(row.id)
      this.#sequences[row.id] = heard > saneSequence ? row.sequence : Math.max(row.sequence, heard)
      this.#stateHashes[row.id] = BigInt.asUintN(64, BigInt(row.hash))
      this.#intervals[row.id] = row.seconds
      this.#known[row.id] = 1
    }
  }

  #grow(hostId: number): void {
    if (hostId < this.#known.length) return
    const size = 2 ** Math.ceil(Math.log2(hostId + pageSize))
    const digests = Buffer.alloc(size * 32)
    this.#digests.copy(digests)
    this.#digests = digests
    this.#known = copied(this.#known, new Uint8Array(size))
    this.#sequences = copied(this.#sequences, new Float64Array(size))
    this.#stateHashes = copied(this.#stateHashes, new BigUint64Array(size))
    this.#intervals = copied(this.#intervals, new Uint16Array(size))
  }
}

interface KeyRow {
  id: number
  digest: Buffer
  sequence: number
  hash: string
  seconds: number
}

function copied<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from)
  return into
}
