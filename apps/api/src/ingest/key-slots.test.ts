import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { KeySlots } from './key-slots.ts'
import { digestOf, newHostKey } from './secrets.ts'

/** A database with these keys; `hold` makes readings wait, as a slow network does. */
class Database {
  keys = new Map<number, Buffer>()
  readings = 0
  hold: Promise<void> | null = null
  failure: Error | null = null

  get pool() {
    return { query: this.query.bind(this) } as unknown as Pick<pg.Pool, 'query'>
  }

  add(hostId: number): string {
    const key = newHostKey(hostId)
    this.keys.set(hostId, digestOf(key))
    return key
  }

  async query(query: string | { values: [number, number] }) {
    this.readings += 1
    if (this.failure) throw this.failure
    if (typeof query === 'string') return { rows: [{ id: Math.max(0, ...this.keys.keys()) }] }
    const [from, to] = query.values
    const rows = [...this.keys]
      .filter(([id]) => id >= from && id < to)
      .map(([id, digest]) => ({ id, digest, sequence: 0, hash: '0', seconds: 60 }))
    await this.hold
    return { rows }
  }
}

const forged = (hostId: number) => `gwh_${hostId}_${randomBytes(32).toString('base64url')}`

describe('key slots', () => {
  test('forged host ids cost neither memory nor a reading each', async () => {
    const database = new Database()
    const key = database.add(7)
    const slots = new KeySlots(database.pool)
    const ids = Array.from({ length: 5000 }, (_, n) => 10_000 + n * 199_000)
    const answers = await Promise.all(ids.map((id) => slots.authenticate(forged(id))))
    expect(new Set(answers)).toEqual(new Set([null]))
    expect(slots.pages).toBe(0)
    expect(database.readings).toBeLessThan(5)
    expect(await slots.authenticate(key)).toBe(7)
  })

  test('a key that is replaced while its page is read is not taken from that reading', async () => {
    const database = new Database()
    const old = database.add(7)
    const slots = new KeySlots(database.pool)
    let release = () => {}
    database.hold = new Promise((resolve) => {
      release = resolve
    })
    const answers = [slots.authenticate(old), slots.authenticate(old)]
    while (database.readings < 2) await new Promise((resolve) => setTimeout(resolve, 1))
    const fresh = database.add(7)
    slots.forget([7])
    const again = [slots.authenticate(fresh), slots.authenticate(fresh), slots.authenticate(fresh)]
    release()
    expect(await Promise.all(answers)).toEqual([null, null])
    expect(await Promise.all(again)).toEqual([7, 7, 7])
    expect(await slots.authenticate(old)).toBeNull()
  })

  test('a host enrolled elsewhere is found at once, also when its page is known without it', async () => {
    const database = new Database()
    const first = database.add(1)
    const slots = new KeySlots(database.pool)
    expect(await slots.authenticate(first)).toBe(1)
    for (let hostId = 2; hostId < 5; hostId += 1)
      expect(await slots.authenticate(database.add(hostId))).toBe(hostId)
  })

  test('a reading that fails is an error, not a wrong key, and the next one is asked again', async () => {
    const database = new Database()
    const key = database.add(1)
    const slots = new KeySlots(database.pool)
    database.failure = new Error('connection terminated')
    await expect(slots.authenticate(key)).rejects.toThrow('connection terminated')
    database.failure = null
    expect(await slots.authenticate(key)).toBe(1)
  })

  test.each([
    '',
    'gwh_',
    'gwh_0_x',
    `gwh_01_${'A'.repeat(43)}`,
    `gwh_1_${'A'.repeat(44)}`,
    `gwh_9999999999_${'A'.repeat(43)}`,
  ])('no key of ours asks nothing: %j', async (key) => {
    const database = new Database()
    expect(await new KeySlots(database.pool).authenticate(key)).toBeNull()
    expect(database.readings).toBe(0)
  })
})
