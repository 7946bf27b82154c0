import { afterAll, beforeAll, expect, test } from 'vitest'
import { aMigratedReport } from '../../../packages/contract/test/a-report.ts'
import { type Api, counts, enroll, heartbeat, problemOf, signIn, startApi, store } from './api.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

test('a removed host is gone, its key with it; its history and its neighbor stay', async () => {
  const [gone, kept] = [await enroll(api), await enroll(api)]
  for (const host of [gone, kept]) await store(api, host, aMigratedReport())
  const headers = await signIn(api)
  const url = `/v1/hosts/${gone.id}`

  const answer = await api.app.inject({ method: 'DELETE', url, headers })
  expect(answer.json()).toEqual({ removed: 1 })
  expect((await api.app.inject({ url, headers })).statusCode).toBe(404)
  expect(problemOf(await heartbeat(api, gone)).code).toBe('HOST_KEY_INVALID')
  expect((await heartbeat(api, kept)).statusCode).toBe(200)
  const { counted, kept: counters } = await counts(api.pool)
  expect(counters).toEqual(counted)
  expect(counted).toEqual([{ state: 'migrated', demo: false, n: 1 }])
  const { rows } = await api.pool.query('select from event where host_id = $1', [gone.id])
  expect(rows.length).toBeGreaterThan(0)

  const again = await api.app.inject({ method: 'DELETE', url, headers })
  expect(problemOf(again).code).toBe('HOST_NOT_FOUND')
})
