import { hostTimeline } from '@graftwatch/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Api,
  demoToken,
  dump,
  enroll,
  heartbeat,
  newMachineId,
  problemOf,
  report,
  signIn,
  startApi,
  store,
} from './api.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const ask = (fields: object) =>
  api.app.inject({
    method: 'POST',
    url: '/v1/enroll',
    payload: { machineId: newMachineId(), hostname: 'h', labels: {}, ...fields },
  })

async function createToken(fields: object = {}): Promise<string> {
  const payload = { label: 'test', ...fields }
  const answer = await api.app.inject({
    method: 'POST',
    url: '/v1/enrollment-tokens',
    payload,
    headers: await signIn(api),
  })
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json().token
}

test('a token of the environment and one of the table give a key that reports', async () => {
  for (const token of ['test-enrollment-token', await createToken()]) {
    const host = await enroll(api, { token })
    expect(host.key).toMatch(/^gwh_\d+_[\w-]{43}$/)
    expect((await report(api, host)).statusCode).toBe(200)
  }
})

test('a host has the labels of its token from the start, and its own overrule them', async () => {
  const token = await createToken({ labels: { env: 'prod', rack: '4' } })
  const host = await enroll(api, { token, labels: { env: 'test' } })
  const labels = async () => {
    const headers = await signIn(api)
    return (await api.app.inject({ url: `/v1/hosts/${host.id}`, headers })).json().labels
  }
  expect(await labels()).toEqual({ env: 'test', rack: '4' })
  expect((await report(api, host)).statusCode).toBe(200)
  expect(await labels()).toMatchObject({ rack: '4' })
})

test('neither token nor key is in the database in clear', async () => {
  const token = await createToken()
  const { key } = await enroll(api, { token })
  const text = JSON.stringify(await dump(api.pool))
  expect(text).not.toContain(token)
  expect(text).not.toContain(key.slice(-43))
})

test('a token that is used up enrolls nobody more, also when two try at once', async () => {
  const token = await createToken({ maxUses: 3 })
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask({ token })))
  expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(3)
  for (const answer of answers.filter(({ statusCode }) => statusCode !== 200))
    expect(problemOf(answer)).toMatchObject({
      status: 401,
      code: 'ENROLLMENT_TOKEN_INVALID',
      fields: ['/token'],
    })
})

test.each([
  ['expired', `expires_at = now() - interval '1 second'`],
  ['revoked', 'revoked_at = now()'],
])('a token that is %s enrolls nobody, and nothing changes', async (_name, change) => {
  const token = await createToken()
  await api.pool.query(
    `update enrollment_token set ${change} where id = (select max(id) from enrollment_token)`,
  )
  const before = await dump(api.pool)
  expect(problemOf(await ask({ token })).code).toBe('ENROLLMENT_TOKEN_INVALID')
  expect(await dump(api.pool)).toEqual(before)
})

test('a token that never existed says the same as one that is used up', async () => {
  expect(problemOf(await ask({ token: 'never-given-out-token' })).code).toBe('ENROLLMENT_TOKEN_INVALID')
})

test('the same machine enrolled again is the same host: a new key, the old one ends at once, its sequence goes on', async () => {
  const machineId = newMachineId()
  const first = await enroll(api, { machineId })
  await store(api, first, { sequence: 41 })
  const { rows: before } = await api.pool.query('select last_value from host_id_seq')
  const second = await enroll(api, { machineId, hostname: 'renamed' })
  expect(second).toMatchObject({ id: first.id, lastSequence: 41 })
  expect(second.key).not.toBe(first.key)
  expect(problemOf(await report(api, first, { sequence: 42 })).code).toBe('HOST_KEY_INVALID')
  expect((await report(api, second, { sequence: 42 })).statusCode).toBe(200)
  const { rows: after } = await api.pool.query('select last_value from host_id_seq')
  expect(after).toEqual(before)
})

test('a sequence that was led astray begins anew with an enrollment, on every replica', async () => {
  const machineId = newMachineId()
  const first = await enroll(api, { machineId })
  await store(api, first, { sequence: 41 })
  await api.pool.query(
    `with seen as (update host_seen set sequence = 2::bigint ^ 52 where host_id = $1)
     update host_detail set report_sequence = 2::bigint ^ 52, report_window = 7 where host_id = $1`,
    [first.id],
  )
  const replica = await startApi({}, api.database)
  const told = await report(replica, first, { sequence: 42 })
  expect(told.json().lastSequence).toBe(2 ** 52)
  const second = await enroll(api, { machineId })
  expect(second.lastSequence).toBe(0)
  for (const [index, each] of [api, replica].entries()) {
    const sequence = 42 + index
    const answer = await report(each, second, { sequence, stateHash: '00000000000000ab' })
    expect(answer.json(), answer.body).toMatchObject({ lastSequence: sequence })
  }
  const { rows } = await api.pool.query(
    'select report_sequence::int as last from host_detail where host_id = $1',
    [second.id],
  )
  expect(rows).toEqual([{ last: 43 }])
  await replica.close()
})

test('a key that is replaced leaves a trace: which token, what the host was called before and after', async () => {
  const machineId = newMachineId()
  const { id } = await enroll(api, { machineId, hostname: 'db-1' })
  const traces = async () => {
    const headers = await signIn(api)
    const { items } = (await api.app.inject({ url: `/v1/hosts/${id}/timeline`, headers })).json()
    return hostTimeline.shape.items.parse(items)
  }
  expect(await traces()).toEqual([])
  await enroll(api, { machineId, hostname: 'db-2' })
  await enroll(api, { machineId, hostname: 'db-2', token: await createToken({ label: 'rack 7' }) })
  expect(await traces()).toMatchObject([
    { kind: 'key-replaced', source: 'server', detail: 'token "rack 7": db-2 → db-2' },
    { kind: 'key-replaced', source: 'server', detail: 'token "test": db-1 → db-2' },
  ])
})

test('two enrollments of one new machine at once give one host, whose last key works', async () => {
  const machineId = newMachineId()
  const both = await Promise.all([enroll(api, { machineId }), enroll(api, { machineId })])
  expect(new Set(both.map(({ id }) => id)).size).toBe(1)
  const answers = await Promise.all(both.map((host) => heartbeat(api, host)))
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 401])
})

test('the token of the demo fleet cannot take over a real host', async () => {
  const machineId = newMachineId()
  const host = await enroll(api, { machineId })
  expect(problemOf(await ask({ token: demoToken, machineId })).code).toBe('ENROLLMENT_TOKEN_INVALID')
  expect((await heartbeat(api, host)).statusCode).toBe(200)
})

test('a host of the demo fleet that a real token enrolls is real from then on', async () => {
  const machineId = newMachineId()
  await enroll(api, { machineId, token: demoToken })
  const { id } = await enroll(api, { machineId })
  const { rows } = await api.pool.query('select demo from host where id = $1', [id])
  expect(rows).toEqual([{ demo: false }])
})

test.each([
  [{ hostname: '' }, '/hostname'],
  [{ labels: { 'not a label': 'x' } }, '/labels/not a label'],
  [{ labels: { env: 'no spaces!' } }, '/labels/env'],
  [{ surprise: 1 }, '/surprise'],
  [{ 'a/b~c': 1 }, '/a~1b~0c'],
  [{ machineId: 'nul\u0000' }, '/machineId'],
])('a request that does not fit names the field: %j', async (fields, field) => {
  const answer = problemOf(await ask({ token: 'test-enrollment-token', ...fields }))
  expect(answer).toMatchObject({ status: 400, code: 'INVALID_INPUT', fields: [field] })
})
