import { createTestDatabase, type TestDatabase } from '@graftwatch/db/test-database'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, baseUrl, problemOf, signIn, startApi } from './api.ts'
import { aPerson, ask, type Headers, password } from './people-callers.ts'

/** Two processes of the API over one database: what ends on one has ended on the other. */
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

const isSignedOut = async (headers: Headers) => {
  for (const replica of [api, other]) {
    const answer = await replica.app.inject({ url: '/v1/me', headers })
    expect(problemOf(answer).code).toBe('NOT_SIGNED_IN')
  }
}
const isSignedIn = async (headers: Headers) => {
  for (const replica of [api, other]) await ask(replica, headers, 'GET', '/v1/me')
}

test('/v1/me answers role and permissions, and nothing of the session', async () => {
  const { headers, id, email } = await aPerson(api, admin, 'operator')
  const me = await ask(other, headers, 'GET', '/v1/me')
  expect(me).toEqual({
    id,
    email,
    name: expect.any(String),
    role: 'operator',
    permissions: expect.arrayContaining(['fleet:read', 'hosts:label', 'enrollment-tokens:write']),
  })
  expect(me.permissions).not.toContain('users:read')
})

test('people are listed by address, page by page, each once, without any password', async () => {
  for (const role of ['viewer', 'operator'] as const) await aPerson(api, admin, role)
  const seen: string[] = []
  let cursor = ''
  do {
    const page = await ask(api, admin, 'GET', `/v1/users?limit=1${cursor && `&cursor=${cursor}`}`)
    expect(page.items).toHaveLength(1)
    expect(Object.keys(page.items[0]).sort()).toEqual(
      ['createdAt', 'disabledAt', 'email', 'id', 'name', 'role', 'sessions'].sort(),
    )
    seen.push(page.items[0].email)
    cursor = page.nextCursor
  } while (cursor)
  const { rows } = await api.pool.query<{ email: string }>('select email from auth_user')
  expect(seen).toEqual(rows.map(({ email }) => email).sort())
})

describe('creating somebody', () => {
  const create = (fields: object) =>
    api.app.inject({
      method: 'POST',
      url: '/v1/users',
      headers: admin,
      payload: { email: 'new@example.com', name: 'New', role: 'viewer', password, ...fields },
    })

  test.each([
    [{ password: 'elevenchars' }, '/password'],
    [{ email: 'nobody' }, '/email'],
    [{ role: 'root' }, '/role'],
    [{ name: '' }, '/name'],
    [{ emailVerified: true }, '/emailVerified'],
  ])('refuses %j by its name', async (fields, field) => {
    expect(problemOf(await create(fields))).toMatchObject({ code: 'INVALID_INPUT', fields: [field] })
  })

  test('an address is somebody’s once, however it is spelled', async () => {
    expect((await create({ email: 'Twice@Example.com' })).statusCode).toBe(201)
    const again = problemOf(await create({ email: 'twice@example.com' }))
    expect(again).toMatchObject({ status: 409, code: 'EMAIL_TAKEN', fields: ['/email'] })
    await signIn(api, { email: 'TWICE@example.com', password })
  })
})

describe('changing somebody', () => {
  test('a new role ends their sessions everywhere, and holds at the next sign-in', async () => {
    const person = await aPerson(api, admin, 'viewer')
    await isSignedIn(person.headers)
    const changed = await ask(api, admin, 'PATCH', `/v1/users/${person.id}`, {
      payload: { role: 'operator' },
    })
    expect(changed).toMatchObject({ id: person.id, role: 'operator', sessions: 0 })
    await isSignedOut(person.headers)
    const again = await signIn(other, { email: person.email, password })
    expect((await ask(other, again, 'GET', '/v1/me')).role).toBe('operator')
  })

  test('a new name, or the role they have, ends nothing', async () => {
    const person = await aPerson(api, admin, 'viewer')
    const payload = { name: 'Renamed', role: 'viewer', disabled: false }
    expect(await ask(api, admin, 'PATCH', `/v1/users/${person.id}`, { payload })).toMatchObject({
      name: 'Renamed',
      sessions: 1,
    })
    await isSignedIn(person.headers)
  })

  test('whoever is disabled is out at once and may not sign in until enabled; a wrong password learns nothing of it', async () => {
    const person = await aPerson(api, admin, 'operator')
    const url = `/v1/users/${person.id}`
    const disabled = await ask(api, admin, 'PATCH', url, { payload: { disabled: true } })
    expect(disabled.disabledAt).toMatch(/Z$/)
    await isSignedOut(person.headers)
    const tryWith = (given: string) =>
      other.app.inject({
        method: 'POST',
        url: '/v1/auth/sign-in/email',
        payload: { email: person.email, password: given },
        headers: { origin: baseUrl },
      })
    expect(problemOf(await tryWith(password))).toMatchObject({ status: 403, code: 'ACCOUNT_DISABLED' })
    expect(problemOf(await tryWith('a wrong password')).code).toBe('SIGN_IN_FAILED')
    expect((await ask(api, admin, 'PATCH', url, { payload: { disabled: false } })).disabledAt).toBeNull()
    await isSignedIn(await signIn(other, { email: person.email, password }))
  })

  test('a session that slipped in beside the disabling opens nothing', async () => {
    const person = await aPerson(api, admin, 'admin')
    await api.pool.query('update auth_user set "disabledAt" = now() where id = $1', [person.id])
    await isSignedOut(person.headers)
  })

  test('a password that an admin sets ends the sessions and is the only one that fits', async () => {
    const person = await aPerson(api, admin, 'viewer')
    const fresh = 'another password entirely'
    await ask(api, admin, 'PATCH', `/v1/users/${person.id}`, { payload: { password: fresh } })
    await isSignedOut(person.headers)
    await isSignedIn(await signIn(api, { email: person.email, password: fresh }))
  })

  test('nothing to change, a foreign field or nobody are refused', async () => {
    const person = await aPerson(api, admin, 'viewer')
    const url = `/v1/users/${person.id}`
    for (const payload of [{}, { email: 'x@example.com' }])
      expect((await ask(api, admin, 'PATCH', url, { payload, status: 400 })).code).toBe('INVALID_INPUT')
    await ask(api, admin, 'PATCH', '/v1/users/nobody', { payload: { name: 'x' }, status: 404 })
  })
})

test('whoever is removed is out at once, everywhere, and cannot sign in', async () => {
  const person = await aPerson(api, admin, 'operator')
  await isSignedIn(person.headers)
  await ask(api, admin, 'DELETE', `/v1/users/${person.id}`, { status: 204 })
  await isSignedOut(person.headers)
  const { app } = other
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/auth/sign-in/email',
    payload: { email: person.email, password },
    headers: { origin: baseUrl },
  })
  expect(problemOf(answer).code).toBe('SIGN_IN_FAILED')
  await ask(api, admin, 'DELETE', `/v1/users/${person.id}`, { status: 404 })
})

describe('the last admin', () => {
  let own: Api
  beforeAll(async () => {
    own = await startApi()
  })
  afterAll(() => own.close())

  test('can neither be demoted, disabled nor removed; with a second one each may', async () => {
    const headers = await signIn(own)
    const { id } = await ask(own, headers, 'GET', '/v1/me')
    const url = `/v1/users/${id}`
    const tries = () =>
      Promise.all([
        own.app.inject({ method: 'PATCH', url, headers, payload: { role: 'operator' } }),
        own.app.inject({ method: 'PATCH', url, headers, payload: { disabled: true } }),
        own.app.inject({ method: 'DELETE', url, headers }),
      ])
    for (const answer of await tries())
      expect(problemOf(answer)).toMatchObject({ status: 409, code: 'LAST_ADMIN' })

    const second = await aPerson(own, headers, 'admin')
    // One who may not sign in is no help.
    await ask(own, headers, 'PATCH', `/v1/users/${second.id}`, { payload: { disabled: true } })
    for (const answer of await tries()) expect(problemOf(answer).code).toBe('LAST_ADMIN')
    await ask(own, headers, 'PATCH', `/v1/users/${second.id}`, { payload: { disabled: false } })
    await ask(own, headers, 'DELETE', url, { status: 204 })
  })

  test('of two who demote each other at once, one stays', async () => {
    const { rows } = await own.pool.query<{ email: string }>(
      `select email from auth_user where role = 'admin'`,
    )
    const one = { headers: await signIn(own, { email: rows[0]?.email ?? '', password }) }
    const { id } = await ask(own, one.headers, 'GET', '/v1/me')
    const two = await aPerson(own, one.headers, 'admin')
    await Promise.all(
      [
        [one.headers, two.id],
        [two.headers, id],
      ].map(([headers, target]) =>
        own.app.inject({
          method: 'PATCH',
          url: `/v1/users/${target}`,
          headers: headers as Headers,
          payload: { role: 'viewer' },
        }),
      ),
    )
    const left = await own.pool.query(`select from auth_user where role = 'admin'`)
    expect(left.rowCount).toBe(1)
  })
})
