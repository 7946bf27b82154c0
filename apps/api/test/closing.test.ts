import { createTestDatabase, type TestDatabase } from '@graftwatch/db/test-database'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aMigratedReport } from '../../../packages/contract/test/a-report.ts'
import { enroll, startApi } from './api.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('a server closed under load loses nothing it acknowledged, and answers what it has taken', async () => {
  const api = await startApi({}, database)
  const url = await api.app.listen({ port: 0, host: '127.0.0.1' })
  const hosts = await Promise.all(Array.from({ length: 40 }, () => enroll(api)))
  const reported = new Map<string, number>()
  const heard = new Map<string, number>()
  const strange: string[] = []
  let isOver = false
  const send = async (path: string, key: string, body: object) => {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (answer.status !== 200) strange.push(`${answer.status} ${await answer.text()}`)
    return answer.status === 200
  }
  const loads = hosts.map(async ({ id, key }) => {
    for (let sequence = 1; !isOver; sequence += 2) {
      const report = aMigratedReport({ sequence, collectedAt: new Date().toISOString() })
      if (await send('/v1/reports', key, report)) reported.set(id, sequence)
      const heartbeat = { sequence: sequence + 1, stateHash: '00000000000000aa' }
      if (await send('/v1/heartbeats', key, heartbeat)) heard.set(id, sequence + 1)
      if (reported.size === hosts.length && sequence > 5) overloaded()
    }
  })
  let overloaded = () => {}
  await new Promise<void>((resolve) => {
    overloaded = resolve
  })
  const begin = Date.now()
  const closed = api.app.close().then(() => {
    isOver = true
  })
  await Promise.allSettled([...loads, closed])
  await closed
  expect(Date.now() - begin).toBeLessThan(5000)
  expect(strange).toEqual([])
  const { rows } = await database.pool.query<{ id: string; reported: number; seen: number }>(
    `select host_id::text as id, report_sequence::int as reported, sequence::int as seen
     from host_detail join host_seen using (host_id)`,
  )
  expect(rows).toHaveLength(hosts.length)
  for (const { id, reported: stored, seen } of rows) {
    expect(stored).toBeGreaterThanOrEqual(reported.get(id) ?? 0)
    expect(seen).toBeGreaterThanOrEqual(heard.get(id) ?? 0)
  }
})
