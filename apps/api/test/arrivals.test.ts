import type { Arrivals, NewEnrollmentToken } from '@graftwatch/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, demoToken, enroll, newMachineId, problemOf, report, signIn, startApi } from './api.ts'

let api: Api
let headers: Record<string, string>
beforeAll(async () => {
  api = await startApi()
  headers = await signIn(api)
})
afterAll(() => api.close())

async function makeToken(fields: object = {}): Promise<NewEnrollmentToken> {
  const payload = { label: 'rack 4', ...fields }
  const answer = await api.app.inject({ method: 'POST', url: '/v1/enrollment-tokens', headers, payload })
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}

const ask = (id: string) => api.app.inject({ url: `/v1/enrollment-tokens/${id}/arrivals`, headers })

async function arrivalsOf(id: string): Promise<Arrivals> {
  const answer = await ask(id)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}

test('who came before the token was made, and the demo fleet, are not among those who came', async () => {
  await enroll(api)
  const { id } = await makeToken()
  await enroll(api, { token: demoToken })
  expect(await arrivalsOf(id)).toMatchObject({ items: [], uses: 0 })
})

test('a host is there as soon as it enrolled, and with its report says what it runs', async () => {
  const { id, token } = await makeToken()
  const host = await enroll(api, { token, hostname: 'db-7' })
  const [waiting] = (await arrivalsOf(id)).items
  expect(waiting).toMatchObject({ mechanism: null, again: false })
  expect(waiting?.host).toMatchObject({ id: host.id, hostname: 'db-7', kernelRelease: null })
  expect(waiting?.host.status).toMatchObject({ reason: 'neverReported', lastSeenAt: null })

  const told = await report(api, host)
  expect(told.statusCode, told.body).toBe(200)
  const { items, uses } = await arrivalsOf(id)
  expect(uses).toBe(1)
  expect(items[0]).toMatchObject({ mechanism: 'klp', host: { status: { state: 'migrated' } } })
  expect(items[0]?.host.patch).not.toBeNull()
  expect(items[0]?.host.kernelRelease).not.toBeNull()
})

test('a machine that is known comes again, once, under its old id', async () => {
  const machineId = newMachineId()
  const before = await enroll(api, { machineId })
  const { id, token } = await makeToken()
  for (let times = 0; times < 2; times += 1) await enroll(api, { machineId, token })
  expect(await arrivalsOf(id)).toMatchObject({ uses: 2, items: [{ again: true, host: { id: before.id } }] })
})

test('newest first, at most twenty', async () => {
  const { id, token } = await makeToken()
  const ids = []
  for (let times = 0; times < 22; times += 1) ids.push((await enroll(api, { token })).id)
  const { items, uses } = await arrivalsOf(id)
  expect(items.map(({ host }) => host.id)).toEqual(ids.toReversed().slice(0, 20))
  expect(uses).toBe(22)
})

test('a token that never was is a 404', async () => {
  expect(problemOf(await ask('999999'))).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  expect(problemOf(await ask('x'))).toMatchObject({ status: 400, code: 'INVALID_INPUT' })
})
