import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { HeartbeatQueue } from './heartbeats.ts'

const log = { warn() {} } as unknown as FastifyBaseLogger

/** A database that fails as often as told, and then remembers what was written. */
class Database {
  failures = 0
  readonly written = new Map<number, number>()
  statements = 0

  get pool() {
    return { query: this.query.bind(this) } as unknown as pg.Pool
  }

  async query({ values: [ids, sequences] }: { values: [number[], number[], number[]] }) {
    this.statements += 1
    if (this.failures > 0) {
      this.failures -= 1
      throw new Error('connection terminated')
    }
    for (const [index, id] of ids.entries())
      this.written.set(id, Math.max(this.written.get(id) ?? 0, sequences[index] ?? 0))
    return { rows: ids.map((id) => ({ id, wasSilent: false })) }
  }
}

test('what could not be written waits and is written later, with the highest sequence', async () => {
  const database = new Database()
  const queue = new HeartbeatQueue(database.pool, log)
  database.failures = 1
  queue.add(1, 5, 60)
  queue.add(2, 5, 60)
  await queue.flush()
  expect(database.written.size).toBe(0)
  queue.add(1, 6, 60)
  await queue.flush()
  expect([...database.written]).toEqual([
    [1, 6],
    [2, 5],
  ])
  await queue.close()
})

test('while nothing can be written the intervals grow, then it is refused; when it can be, all is as before', async () => {
  const database = new Database()
  const queue = new HeartbeatQueue(database.pool, log)
  database.failures = 8
  expect(queue.add(1, 1, 60)).toBe(true)
  await queue.flush()
  expect(queue.pressure).toBeGreaterThan(0.5)
  for (let tries = 0; tries < 7; tries += 1) await queue.flush()
  expect(queue.add(2, 1, 60)).toBe(false)
  await queue.flush()
  expect(queue.add(2, 1, 60)).toBe(true)
  expect(queue.pressure).toBeLessThan(0.01)
  await queue.close()
  expect(database.written.size).toBe(2)
})

test('one host is in the queue once, however often it speaks', async () => {
  const database = new Database()
  const queue = new HeartbeatQueue(database.pool, log)
  for (let sequence = 1; sequence <= 1000; sequence += 1) queue.add(7, sequence, 60)
  expect(queue.size).toBe(1)
  await queue.close()
  expect([...database.written]).toEqual([[7, 1000]])
})

test('a full fleet is written in batches, and closing writes all that waits', async () => {
  const database = new Database()
  const queue = new HeartbeatQueue(database.pool, log)
  for (let id = 1; id <= 9000; id += 1) queue.add(id, 1, 60)
  await queue.close()
  expect(database.written.size).toBe(9000)
  expect(database.statements).toBeGreaterThanOrEqual(5)
  expect(queue.written).toBe(9000)
})
