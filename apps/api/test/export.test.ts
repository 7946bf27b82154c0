import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createPool } from '@graftwatch/db'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExportLimits, openExport } from '../src/fleet/export-rows.ts'
import { type Api, baseUrl, createPerson, problemOf, signIn, startApi } from './api.ts'

let api: Api
let viewers: Record<string, string>[]
let port: number

beforeAll(async () => {
  api = await startApi()
  const people = await Promise.all(['operator', 'viewer'].map((role) => createPerson(api, role)))
  viewers = await Promise.all([undefined, ...people].map((who) => signIn(api, who)))
  const key = await api.app.inject({
    method: 'POST',
    url: '/v1/api-keys',
    headers: { ...viewers[0], origin: baseUrl },
    payload: { label: 'export', scopes: ['fleet:export'] },
  })
  viewers.push({ authorization: `Bearer ${key.json().key}` })
  // More than what lies between a server and a reader that takes nothing.
  await api.pool.query(
    `insert into host (machine_id, hostname, labels, state, state_since, enrolled_at)
     select 'wide-' || n, repeat('w', 230) || n, '{}', 'migrated', now(), now() from generate_series(1, 40000) as n`,
  )
  await api.app.listen({ port: 0, host: '127.0.0.1' })
  port = (api.app.server.address() as AddressInfo).port
})
afterAll(() => api.close())

const path = '/v1/hosts/export?format=json'

/** The answer of an export whose body nobody reads. */
async function begin(headers = viewers[0]): Promise<IncomingMessage> {
  const request = get({ host: '127.0.0.1', port, path, headers, agent: false })
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  // A reader that hangs up is told of it.
  answer.on('error', () => {})
  return answer
}
const codesOf = (answers: IncomingMessage[]) => answers.map(({ statusCode }) => statusCode).sort()
const connectionsThat = async (condition: string) => {
  const { rows } = await api.pool.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity
     where datname = current_database() and application_name = 'graftwatch-slow' and ${condition}`,
  )
  return rows[0]?.n
}
const inUse = () => connectionsThat('xact_start is not null')
const waiting = () => connectionsThat(`wait_event_type = 'Lock'`)

test('a viewer has one export at a time, also when many are asked for at once', async () => {
  const answers = await Promise.all(Array.from({ length: 16 }, () => begin()))
  expect(codesOf(answers)).toEqual([200, ...Array(15).fill(429)])
  await expect.poll(inUse).toBe(1)
  for (const answer of answers) answer.destroy()
  await expect.poll(inUse).toBe(0)
})

test('all viewers have three at once, whose connections are given back when their readers hang up', async () => {
  await expect.poll(inUse).toBe(0)
  const answers = await Promise.all(viewers.map((viewer) => begin(viewer)))
  expect(codesOf(answers)).toEqual([200, 200, 200, 503])
  await expect.poll(inUse).toBe(3)
  for (const answer of answers) answer.destroy()
  await expect.poll(inUse).toBe(0)
  const next = await begin()
  expect(next.statusCode).toBe(200)
  next.destroy()
  await expect.poll(inUse).toBe(0)
})

test('a reader that hangs up before its first line leaves nothing behind', async () => {
  const connections = () => promisify(api.app.server.getConnections).call(api.app.server)
  const client = await api.pool.connect()
  try {
    await client.query('begin; lock table host in access exclusive mode')
    const request = get({ host: '127.0.0.1', port, path, headers: viewers[0], agent: false })
    request.on('error', () => {})
    await expect.poll(waiting).toBe(1)
    request.destroy()
    await expect.poll(connections).toBe(0)
  } finally {
    await client.query('rollback')
    client.release()
  }
  await expect.poll(inUse).toBe(0)
  const next = await begin()
  expect(next.statusCode).toBe(200)
  next.destroy()
  await expect.poll(inUse).toBe(0)
})

test('an export that is refused leaves its place to the next', async () => {
  const headers = viewers[0] ?? {}
  for (const query of ['format=json&selector=,', 'format=json&asOf=2020-01-01T00:00:00Z'])
    expect(problemOf(await api.app.inject({ url: `/v1/hosts/export?${query}`, headers })).status).toBe(400)
  const answer = await api.app.inject({ url: '/v1/hosts/export?format=csv&q=nobody', headers })
  expect(answer.statusCode).toBe(200)
})

test.each<[string, ExportLimits, (rows: Readable) => void, RegExp]>([
  // Its buffer fills, and nothing takes anything out of it.
  ['nobody reads', { longestMs: 60_000, stalledMs: 50 }, (rows) => rows.on('readable', () => {}), /nothing/],
  ['takes too long', { longestMs: 50, stalledMs: 60_000 }, (rows) => rows.resume(), /too long/],
])('an export that %s ends, and gives its connection back', async (_name, limits, read, reason) => {
  const pool = createPool({ database: api.database.config, applicationName: 'export-test', max: 1 })
  try {
    const query = { format: 'json', sort: 'hostname' } as const
    const { rows, closed } = await openExport(pool, query, null, ({ id }) => id, limits)
    read(rows)
    const [error] = await once(rows, 'error')
    expect(error).toMatchObject({ message: expect.stringMatching(reason) })
    await closed
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
  } finally {
    await pool.end()
  }
})
