import { type HostReport, searchAnswer } from '@graftwatch/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aMovingReport, aPatch, aReport, aTask } from '../../../packages/contract/test/a-report.ts'
import { type Api, createPerson, enroll, problemOf, signIn, startApi, store } from './api.ts'

let api: Api
let session: { cookie: string }
const ids = new Map<string, string>()
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

async function add(hostname: string, report: HostReport): Promise<void> {
  const host = await enroll(api, { hostname })
  ids.set(hostname, host.id)
  await store(api, host, { ...report, collectedAt: ago(0), host: { ...report.host, hostname } })
}

beforeAll(async () => {
  api = await startApi()
  await createPerson(api, 'viewer')
  session = await signIn(api, { email: 'viewer@example.com', password: 'correct horse battery' })
  const quiet = aReport({ patches: [aPatch()] })
  for (const name of ['web-2', 'web-1', 'edge-web-1', 'DB_Main', 'dbxmain', 'old-web-1'])
    await add(name, quiet)
  await api.pool.query('update host set retired_at = now() where id = $1', [ids.get('old-web-1')])
  const blocking = [
    aTask({ firstSeenAt: ago(800) }),
    aTask({ tid: 9, comm: 'webd', unit: null, blockingFunction: 'pipe_read', firstSeenAt: ago(700) }),
  ]
  await add('held-1', aMovingReport({ startedAt: ago(900), progressAt: ago(800), blocking, remaining: 2 }))
})
afterAll(() => api.close())

const get = (q: string) => api.app.inject({ url: '/v1/search', query: { q }, headers: session })
async function find(q: string) {
  const answer = await get(q)
  expect(answer.statusCode, answer.body).toBe(200)
  return searchAnswer.parse(answer.json())
}
const namesFor = async (q: string) => (await find(q)).hosts.map(({ hostname }) => hostname)

test('hosts whose names begin so come before those that have it elsewhere; who left the fleet is not found', async () => {
  expect(await namesFor('web')).toEqual(['web-1', 'web-2', 'edge-web-1'])
  expect((await find('web')).hosts[0]).toEqual({ id: ids.get('web-1'), hostname: 'web-1', state: 'migrated' })
})

test('case does not matter, and what is a pattern elsewhere is a letter here', async () => {
  expect(await namesFor('WEB')).toEqual(['web-1', 'web-2', 'edge-web-1'])
  expect(await namesFor('b_main')).toEqual(['DB_Main'])
  expect(await namesFor('%')).toEqual([])
  expect(await namesFor('\\')).toEqual([])
})

test('one or two letters find beginnings only', async () => {
  expect(await namesFor('w')).toEqual(['web-1', 'web-2'])
  expect(await namesFor('we')).toEqual(['web-1', 'web-2'])
})

test('patches are found by a part of their name, once for each build', async () => {
  expect((await find('LIVEPATCH')).patches).toMatchObject([{ name: 'livepatch_12', build: 'ABC123' }])
  expect((await find('patch_1')).patches).toHaveLength(1)
})

test('causes are found by task, unit and function, while they hold a host', async () => {
  expect((await find('billing')).causes).toMatchObject([
    { comm: 'billing', unit: 'billing.service', function: '__x64_sys_vfork' },
  ])
  expect((await find('Pipe_Read')).causes).toMatchObject([{ comm: 'webd', unit: null }])
  expect((await find('.service')).causes).toHaveLength(1)
  await api.pool.query('update host set retired_at = now() where id = $1', [ids.get('held-1')])
  expect((await find('billing')).causes).toEqual([])
})

test('at most 8 hosts are told', async () => {
  for (let index = 0; index < 10; index += 1) await enroll(api, { hostname: `many-${index}` })
  expect(await namesFor('many')).toHaveLength(8)
})

test.each([[''], ['x'.repeat(101)], ['a\u0000b']])('%j is refused by name', async (q) => {
  expect(problemOf(await get(q))).toMatchObject({ code: 'INVALID_INPUT', fields: ['/q'] })
})
