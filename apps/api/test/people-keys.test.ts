import { createTestDatabase, type TestDatabase } from '@graftwatch/db/test-database'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, dump, enroll, newMachineId, problemOf, signIn, startApi } from './api.ts'
import { aKey, aPerson, ask, type Headers } from './people-callers.ts'

/** What programs and hosts prove themselves with, over two processes on one database. */
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

describe('an API key', () => {
  const refused = async (replica: Api, authorization: string) => {
    const answer = await replica.app.inject({ url: '/v1/me', headers: { authorization } })
    expect(problemOf(answer)).toMatchObject({ status: 401, code: 'API_KEY_INVALID' })
  }

  test('is shown once; the database keeps its digest, the list how it begins', async () => {
    const made = await aKey(api, admin, ['fleet:read'])
    expect(made.key).toMatch(new RegExp(`^gwk_${made.id}_[A-Za-z0-9_-]{43}$`))
    expect(made.key.startsWith(made.prefix)).toBe(true)
    expect(made.prefix).toHaveLength(`gwk_${made.id}_`.length + 4)
    expect(JSON.stringify(await dump(api.pool))).not.toContain(made.key.slice(-43))
    const { items } = await ask(api, admin, 'GET', '/v1/api-keys')
    const { key: _key, headers: _headers, ...told } = made
    expect(items[0]).toEqual(told)
    expect(told).toMatchObject({ createdBy: 'Admin', lastUsedAt: null, revokedAt: null })
  })

  test('may what its scopes say and is told by its own name', async () => {
    const made = await aKey(api, admin, ['fleet:read', 'me:read'])
    expect(await ask(other, made.headers, 'GET', '/v1/me')).toEqual({
      id: `key:${made.id}`,
      email: null,
      name: 'nightly',
      role: null,
      permissions: ['fleet:read', 'me:read'],
    })
    await ask(other, made.headers, 'GET', '/v1/overview')
    const answer = await ask(other, made.headers, 'GET', '/v1/audit', { status: 403 })
    expect(answer.detail).toContain('audit:read')
  })

  test('changes things from anywhere: no browser sends it by itself', async () => {
    const made = await aKey(api, admin, ['enrollment-tokens:write'])
    const headers = { ...made.headers, origin: 'https://ci.example' }
    await ask(api, headers, 'POST', '/v1/enrollment-tokens', { payload: { label: 'ci' }, status: 201 })
    const { items } = await ask(api, admin, 'GET', '/v1/enrollment-tokens')
    expect(items[0]).toMatchObject({ label: 'ci', createdBy: 'nightly' })
  })

  test('beside a session is what counts, so that a cookie does not widen it', async () => {
    const made = await aKey(api, admin, ['me:read'])
    await ask(api, { ...admin, ...made.headers }, 'GET', '/v1/users', { status: 403 })
    await ask(api, { ...admin, authorization: 'Bearer gwk_1_x' }, 'GET', '/v1/users', { status: 401 })
  })

  test.each(['users:write', 'api-keys:write', 'sessions:own', 'everything'])(
    'cannot be given %s',
    async (scope) => {
      const payload = { label: 'too much', scopes: [scope] }
      const answer = await ask(api, admin, 'POST', '/v1/api-keys', { payload, status: 400 })
      expect(answer.errors[0].field).toBe('/scopes/0')
    },
  )

  test.each([{ scopes: [] }, { scopes: ['me:read', 'me:read'] }, { expiresInDays: 366 }, { label: '' }])(
    'is not made of %j',
    async (fields) => {
      const payload = { label: 'key', scopes: ['me:read'], ...fields }
      await ask(api, admin, 'POST', '/v1/api-keys', { payload, status: 400 })
    },
  )

  test('that is revoked is refused at once, on every replica, and only once revoked', async () => {
    const made = await aKey(api, admin, ['me:read'])
    await ask(other, made.headers, 'GET', '/v1/me')
    await ask(api, admin, 'DELETE', `/v1/api-keys/${made.id}`, { status: 204 })
    for (const replica of [other, api]) await refused(replica, `Bearer ${made.key}`)
    await ask(api, admin, 'DELETE', `/v1/api-keys/${made.id}`, { status: 404 })
    const { items } = await ask(api, admin, 'GET', '/v1/api-keys')
    expect(items[0].revokedAt).toMatch(/Z$/)
  })

  test('that has expired is refused', async () => {
    const made = await aKey(api, admin, ['me:read'])
    await api.pool.query('update api_key set expires_at = now() where id = $1', [made.id])
    await refused(api, `Bearer ${made.key}`)
  })

  test('that is not ours is refused, however close it comes', async () => {
    const made = await aKey(api, admin, ['me:read'])
    const next = String(Number(made.id) + 1000)
    for (const key of [
      `${made.key.slice(0, -1)}${made.key.endsWith('A') ? 'B' : 'A'}`,
      made.key.replace(`gwk_${made.id}_`, `gwk_${next}_`),
      made.key.replace(`gwk_${made.id}_`, `gwk_${'9'.repeat(19)}_`),
      `${made.key}A`,
      'gwk_1_',
      '',
      (await enroll(api)).key,
    ])
      await refused(api, `Bearer ${key}`)
  })

  test('leaves when it was last used, written at most once a minute', async () => {
    const made = await aKey(api, admin, ['me:read'])
    const versionOf = async () =>
      (await api.pool.query('select xmin::text, last_used_at from api_key where id = $1', [made.id])).rows[0]
    await ask(api, made.headers, 'GET', '/v1/me')
    const first = await versionOf()
    expect(first.last_used_at).not.toBeNull()
    for (const replica of [api, other]) await ask(replica, made.headers, 'GET', '/v1/me')
    expect(await versionOf()).toEqual(first)
    await api.pool.query(`update api_key set last_used_at = now() - interval '61 s' where id = $1`, [made.id])
    await ask(api, made.headers, 'GET', '/v1/me')
    expect((await versionOf()).last_used_at.getTime()).toBeGreaterThanOrEqual(first.last_used_at.getTime())
  })

  test('outlives whoever made it', async () => {
    const maker = await aPerson(api, admin, 'admin')
    const made = await aKey(api, maker.headers, ['me:read'])
    await ask(api, admin, 'DELETE', `/v1/users/${maker.id}`, { status: 204 })
    await ask(other, made.headers, 'GET', '/v1/me')
  })
})

describe('an enrollment token', () => {
  const create = (fields: object = {}) =>
    ask(api, admin, 'POST', '/v1/enrollment-tokens', { payload: { label: 'rack 7', ...fields }, status: 201 })
  const tryIt = (token: string) =>
    other.app.inject({
      method: 'POST',
      url: '/v1/enroll',
      payload: { token, machineId: newMachineId(), hostname: 'new', labels: {} },
    })

  test('is listed with who made it, its labels and its uses, and never itself', async () => {
    const labels = { env: 'prod', 'example.com/team': 'storage' }
    const { token, ...made } = await create({ labels, maxUses: 2 })
    expect(made).toMatchObject({ label: 'rack 7', labels, uses: 0, maxUses: 2, createdBy: 'Admin' })
    expect((await tryIt(token)).statusCode).toBe(200)
    const page = await ask(api, admin, 'GET', '/v1/enrollment-tokens?limit=1')
    expect(page.items).toEqual([{ ...made, uses: 1 }])
    expect(page.nextCursor).not.toBeNull()
    expect(JSON.stringify(await dump(api.pool))).not.toContain(token)
  })

  test('that is revoked enrolls nobody, on every replica, and is revoked once', async () => {
    const { token, id } = await create()
    await ask(api, admin, 'DELETE', `/v1/enrollment-tokens/${id}`, { status: 204 })
    expect(problemOf(await tryIt(token)).code).toBe('ENROLLMENT_TOKEN_INVALID')
    await ask(api, admin, 'DELETE', `/v1/enrollment-tokens/${id}`, { status: 404 })
  })

  test.each([
    [{ labels: { 'not a key': 'x' } }, '/labels'],
    [{ expiresInHours: 0 }, '/expiresInHours'],
    [{ maxUses: 0 }, '/maxUses'],
  ])('is not made of %j', async (fields, field) => {
    const payload = { label: 'x', ...fields }
    const answer = await ask(api, admin, 'POST', '/v1/enrollment-tokens', { payload, status: 400 })
    expect(answer.errors[0].field).toContain(field)
  })

  test('the mark of a removed demo is none', async () => {
    await ask(api, admin, 'DELETE', '/v1/demo')
    const { items } = await ask(api, admin, 'GET', '/v1/enrollment-tokens?limit=200')
    expect(items.map(({ label }: { label: string }) => label)).not.toContain('demo removed')
  })

  test('a cursor that was never given out is refused', async () => {
    const answer = await ask(api, admin, 'GET', '/v1/enrollment-tokens?cursor=nonsense', { status: 400 })
    expect(answer.errors[0].field).toBe('/cursor')
  })
})
