import { hash } from 'node:crypto'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createTestDatabase, type TestDatabase } from '@graftwatch/db/test-database'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forgetSessions } from '../src/sweep/retention.ts'
import { type Api, dump, problemOf, signIn, startApi } from './api.ts'
import { aPerson, ask, type Headers, password } from './people-callers.ts'

let database: TestDatabase
let api: Api
let other: Api
let admin: Headers
beforeAll(async () => {
  database = await createTestDatabase()
  api = await startApi({}, database)
  other = await startApi({}, database)
  admin = await signIn(api)
})
afterAll(async () => {
  await api.close()
  await other.close()
  await database.drop()
})

const tokenOf = ({ cookie = '' }: Headers) =>
  decodeURIComponent(/session_token=([^;]+)/.exec(cookie)?.[1] ?? '').split('.')[0] ?? ''
const isOut = async (replica: Api, headers: Headers) =>
  expect(problemOf(await replica.app.inject({ url: '/v1/me', headers })).code).toBe('NOT_SIGNED_IN')

test('the database holds the digest of a session and its token nowhere', async () => {
  const token = tokenOf(admin)
  expect(token.length).toBeGreaterThan(20)
  const stored = JSON.stringify(await dump(api.pool))
  expect(stored).not.toContain(token)
  expect(stored).toContain(hash('sha256', token))
})

test('what the table holds opens nothing: a digest is no token', async () => {
  const { rows } = await api.pool.query<{ token: string }>('select token from auth_session limit 1')
  const forged = (admin.cookie ?? '').replace(tokenOf(admin), rows[0]?.token ?? '')
  await isOut(api, { cookie: forged })
})

test('a session that is refreshed stays the same one, and says when it was used', async () => {
  const person = await aPerson(api, admin, 'viewer')
  await api.pool.query(
    `update auth_session set "expiresAt" = now() + interval '7 days' - interval '6 minutes',
       "updatedAt" = now() - interval '6 minutes' where "userId" = $1`,
    [person.id],
  )
  for (let times = 0; times < 2; times += 1) await ask(other, person.headers, 'GET', '/v1/me')
  const { rows } = await api.pool.query(
    `select "expiresAt" > now() + interval '7 days' - interval '1 minute' as refreshed from auth_session
     where "userId" = $1`,
    [person.id],
  )
  expect(rows).toEqual([{ refreshed: true }])
  const [session] = (await ask(api, person.headers, 'GET', '/v1/sessions')).items
  expect(Date.now() - Date.parse(session.lastUsedAt)).toBeLessThan(60_000)
})

test('an expired session is out, and is forgotten though nobody comes with it again', async () => {
  const person = await aPerson(api, admin, 'viewer')
  await api.pool.query(`update auth_session set "expiresAt" = now() where "userId" = $1`, [person.id])
  await isOut(api, person.headers)
  const late = await aPerson(api, admin, 'viewer')
  await api.pool.query(`update auth_session set "expiresAt" = now() where "userId" = $1`, [late.id])
  expect(await forgetSessions(api.pool)).toBe(1)
  await ask(api, admin, 'GET', '/v1/me')
})

test('one sees one’s own sessions, newest first, with the current one named and no token', async () => {
  const person = await aPerson(api, admin, 'viewer')
  const second = await signIn(other, { email: person.email, password })
  const { items, total } = await ask(api, second, 'GET', '/v1/sessions')
  expect(total).toBe(2)
  expect(items.map(({ isCurrent }: { isCurrent: boolean }) => isCurrent)).toEqual([true, false])
  expect(Object.keys(items[0]).sort()).toEqual(
    ['address', 'createdAt', 'expiresAt', 'id', 'isCurrent', 'lastUsedAt', 'userAgent', 'userId'].sort(),
  )
  expect(items[0].address).toBe('127.0.0.1')
})

test('a session that is ended is out on every replica, the others stay', async () => {
  const person = await aPerson(api, admin, 'viewer')
  const second = await signIn(other, { email: person.email, password })
  const { items } = await ask(api, second, 'GET', '/v1/sessions')
  await ask(api, second, 'DELETE', `/v1/sessions/${items[1].id}`, { status: 204 })
  await isOut(other, person.headers)
  await isOut(api, person.headers)
  await ask(other, second, 'GET', '/v1/me')
  await ask(api, second, 'DELETE', `/v1/sessions/${items[1].id}`, { status: 404 })
})

test('sessions of others are for admins: to see, and to end', async () => {
  const person = await aPerson(api, admin, 'viewer')
  const stranger = await aPerson(api, admin, 'operator')
  const url = `/v1/sessions?user=${person.id}`
  expect((await ask(api, stranger.headers, 'GET', url, { status: 403 })).code).toBe('FORBIDDEN')
  const { items } = await ask(api, admin, 'GET', url)
  expect(items).toHaveLength(1)
  await ask(api, stranger.headers, 'DELETE', `/v1/sessions/${items[0].id}`, { status: 404 })
  await ask(api, person.headers, 'GET', '/v1/me')
  await ask(api, admin, 'DELETE', `/v1/sessions/${items[0].id}`, { status: 204 })
  await isOut(other, person.headers)
})

test('one’s own password: the current one is needed, the other sessions end, this one stays', async () => {
  const person = await aPerson(api, admin, 'viewer')
  const second = await signIn(other, { email: person.email, password })
  const newPassword = 'quite another password'
  const change = (payload: object, status: number) =>
    ask(api, second, 'POST', '/v1/me/password', { payload, status })
  const wrong = await change({ currentPassword: 'not the password', newPassword }, 403)
  expect(wrong.code).toBe('PASSWORD_WRONG')
  expect((await change({ currentPassword: password, newPassword: 'elevenchars' }, 400)).code).toBe(
    'INVALID_INPUT',
  )
  await ask(api, person.headers, 'GET', '/v1/me')
  await change({ currentPassword: password, newPassword }, 204)
  await isOut(other, person.headers)
  await ask(other, second, 'GET', '/v1/me')
  await signIn(other, { email: person.email, password: newPassword })
})

test('guesses at the current password are limited', async () => {
  const person = await aPerson(api, admin, 'viewer')
  const payload = { currentPassword: 'a guess at it', newPassword: 'a password to come' }
  const answers = []
  for (let tries = 0; tries < 11; tries += 1)
    answers.push(
      await api.app.inject({ method: 'POST', url: '/v1/me/password', headers: person.headers, payload }),
    )
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([...Array(10).fill(403), 429])
})

/** A way to the database that can be cut. */
async function wayTo({ host, port }: TestDatabase['config']) {
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, host)
    for (const socket of [near, far]) open.add(socket.on('error', () => {}))
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

test('while the database is away nobody is taken for signed out', async () => {
  const way = await wayTo(database.config)
  const far = { ...database.config, host: '127.0.0.1', port: way.port }
  const own = await startApi({ database: far }, database)
  const headers = await signIn(own)
  way.cut()
  for (const caller of [headers, { authorization: `Bearer gwk_1_${'A'.repeat(43)}` }]) {
    const answer = await own.app.inject({ url: '/v1/me', headers: caller })
    expect(problemOf(answer)).toMatchObject({ status: 503, code: 'DATABASE_UNAVAILABLE' })
  }
  await own.close()
})
