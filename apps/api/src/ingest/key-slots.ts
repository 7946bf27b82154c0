import type pg from 'pg'
import { digestOf, hostIdOf, isSameDigest } from './secrets.ts'

const pageSize = 1024
/** How soon a page is asked again for a host it did not have: an enrollment on another replica may be on its way. */
const missCheckMs = 1000

/**
 * What the hot path must know of every host, in typed arrays by host id: 1,000,000 hosts take about 60 MB, where a Map of
 * strings would take several hundred. Filled by page on first use; other replicas say which hosts changed.
 */
export class KeySlots {
  #digests = Buffer.alloc(0)
  #known = new Uint8Array(0)
  #sequences = new Float64Array(0)
  #stateHashes = new BigUint64Array(0)
  #intervals = new Uint16Array(0)
  readonly #pages = new Map<number, { loading: Promise<void>; checkedAt: number }>()
  readonly #pool: Pick<pg.Pool, 'query'>

  constructor(pool: Pick<pg.Pool, 'query'>) {
    this.#pool = pool
  }

  /** The host whose key this is, or null. A key that was revoked, never existed or is malformed looks the same. */
  async authenticate(key: string): Promise<number | null> {
    const hostId = hostIdOf(key)
    if (hostId === null) return null
    if (!this.#known[hostId]) {
      await this.#load(hostId)
      if (!this.#known[hostId]) return null
    }
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
    return this.#stateHashes[hostId] === stateHash
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
      const page = this.#pages.get(Math.floor(hostId / pageSize))
      if (page) page.checkedAt = 0
    }
  }

  forgetAll(): void {
    this.#known.fill(0)
    this.#pages.clear()
  }

  #load(hostId: number): Promise<void> {
    const page = Math.floor(hostId / pageSize)
    const loaded = this.#pages.get(page)
    if (loaded && Date.now() - loaded.checkedAt < missCheckMs) return loaded.loading
    const loading = this.#read(page).catch((error: unknown) => {
      this.#pages.delete(page)
      throw error
    })
    // Ids nobody has would otherwise grow this map; beyond the fleet there is nothing to remember.
    if (this.#pages.size > 100_000) this.#pages.clear()
    this.#pages.set(page, { loading, checkedAt: Date.now() })
    return loading
  }

  async #read(page: number): Promise<void> {
    const { rows } = await this.#pool.query<KeyRow>({
      name: 'key-page',
      text: `select k.host_id::int as id, k.digest, coalesce(s.sequence, 0)::float8 as sequence,
               coalesce(s.state_hash, 0)::text as hash, coalesce(s.interval_seconds, 60) as seconds
             from host_key k left join host_seen s using (host_id)
             where k.host_id >= $1 and k.host_id < $2 and k.revoked_at is null`,
      values: [page * pageSize, (page + 1) * pageSize],
    })
    const first = page * pageSize
    if (first < this.#known.length) this.#known.fill(0, first, first + pageSize)
    for (const row of rows) {
      this.#grow(row.id)
      row.digest.copy(this.#digests, row.id * 32)
      this.#sequences[row.id] = Math.max(row.sequence, this.sequenceOf(row.id))
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
