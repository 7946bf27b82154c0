import { createTestDatabase, type TestDatabase } from '@graftwatch/db/test-database'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Api,
  counts,
  enroll,
  heartbeat,
  newMachineId,
  report,
  signIn,
  startApi,
  store,
  until,
} from './api.ts'

/** Two processes of the API over one database. */

let database: TestDatabase
let one: Api
let two: Api
beforeAll(async () => {
  database = await createTestDatabase()
  one = await startApi({}, database)
  two = await startApi({}, database)
})
afterAll(async () => {
  await one.close()
  await two.close()
  await database.drop()
})

test('a key replaced on one is dead on the other within 2 s, and the new one works there', async () => {
  const machineId = newMachineId()
  const old = await enroll(one, { machineId })
  expect((await heartbeat(two, old)).statusCode).toBe(200)
  const fresh = await enroll(one, { machineId })
  const begin = Date.now()
  await until(async () => (await heartbeat(two, old)).statusCode === 401, 2000)
  expect(Date.now() - begin).toBeLessThan(2000)
  expect((await heartbeat(two, fresh)).statusCode).toBe(200)
})

test('a host enrolled on one is let in by the other at once, also when that was asked for it before', async () => {
  for (let round = 0; round < 20; round += 1) {
    const host = await enroll(one)
    await until(async () => (await heartbeat(two, host)).statusCode === 200, 2000)
  }
})

test('the same report sent to both is stored once and counted once', async () => {
  const host = await enroll(one)
  const answers = await Promise.all([one, two, one, two].map((api) => report(api, host, { sequence: 5 })))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200])
  const { rows } = await database.pool.query('select kind from event where host_id = $1', [host.id])
  expect(rows).toEqual([{ kind: 'first-contact' }])
})

test('reports of many hosts through both at once: no deadlock, none lost, counters exact', async () => {
  const hosts = await Promise.all(Array.from({ length: 60 }, (_, n) => enroll(n % 2 ? one : two)))
  const answers = await Promise.all(
    [1, 2, 3].flatMap((sequence) =>
      hosts.map((host, n) =>
        report((n + sequence) % 2 ? one : two, host, { sequence, ...(sequence === 2 && { patches: [] }) }),
      ),
    ),
  )
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
  const { rows } = await database.pool.query(
    'select count(*)::int as n from host_detail where report_sequence = 3 and host_id = any($1)',
    [hosts.map(({ id }) => id)],
  )
  expect(rows).toEqual([{ n: hosts.length }])
  const { counted, kept } = await counts(database.pool)
  expect(kept).toEqual(counted)
})

test('retiring, labeling and reporting the same hosts through both at once: no deadlock, each change told once', async () => {
  const session = { ...(await signIn(one)), origin: 'http://localhost:3000' }
  const hosts = await Promise.all(Array.from({ length: 30 }, () => enroll(one)))
  for (const host of hosts) await store(one, host)
  const ids = hosts.map(({ id }) => id)
  const act = (api: Api, url: string, payload: object) =>
    api.app.inject({ method: 'POST', url, headers: session, payload })
  const answers = await Promise.all([
    ...[one, two].map((api, n) => act(api, '/v1/hosts/labels', { hosts: { ids }, set: { wave: String(n) } })),
    ...[one, two].map((api) =>
      act(api, '/v1/hosts/labels', { hosts: { ids: ids.toReversed() }, set: { team: 'core' } }),
    ),
    ...hosts.map((host, n) => report(n % 2 ? one : two, host, { sequence: 2, patches: [] })),
  ])
  expect(answers.map(({ statusCode, body }) => (statusCode === 200 ? 200 : body))).toEqual(
    answers.map(() => 200),
  )
  const { rows } = await database.pool.query(
    `select host_id::text as id, count(*)::int as n from event
     where host_id = any($1) and kind = 'labels-changed' and data ->> 'detail' = 'team=core' group by 1`,
    [ids],
  )
  expect(rows.map(({ n }) => n)).toEqual(ids.map(() => 1))
  const retired = await Promise.all(
    [one, two].map((api) => act(api, '/v1/hosts/retire', { hosts: { ids }, reason: null })),
  )
  expect(retired.reduce((sum, answer) => sum + answer.json().changed, 0)).toBe(ids.length)
  const { counted, kept } = await counts(database.pool)
  expect(kept).toEqual(counted)
})

test('a late report names the sequence to go on from, though another replica stored it', async () => {
  const host = await enroll(one)
  await heartbeat(two, host, { sequence: 1 })
  await store(one, host, { sequence: 500 })
  expect((await report(two, host, { sequence: 3 })).json().lastSequence).toBe(500)
})
