import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forgetTries } from '../src/sweep/retention.ts'
import { type Api, admin, baseUrl, dump, problemOf, signIn, startApi } from './api.ts'

describe('set-up', () => {
  let api: Api
  const setupCode = 'the-code-that-was-printed'
  beforeAll(async () => {
    api = await startApi({ admin: null, setupCode })
  })
  afterAll(() => api.close())

  const setUp = (fields: object = {}) =>
    api.app.inject({
      method: 'POST',
      url: '/v1/setup',
      payload: { code: setupCode, ...admin, name: 'First', ...fields },
    })
  const needed = async () => (await api.app.inject({ url: '/v1/setup' })).json()

  test('is needed while nobody is registered', async () => expect(await needed()).toEqual({ needed: true }))

  test('refuses a wrong code and changes nothing', async () => {
    const before = await dump(api.pool)
    const answer = problemOf(await setUp({ code: 'guessed' }))
    expect(answer).toMatchObject({ status: 401, code: 'SETUP_CODE_INVALID', fields: ['/code'] })
    expect(await dump(api.pool)).toEqual(before)
  })

  test.each([
    [{ password: 'short' }, '/password'],
    [{ email: 'nobody' }, '/email'],
    [{ name: '' }, '/name'],
    [{ role: 'admin' }, '/role'],
  ])('refuses %j by its name', async (fields, field) => {
    expect(problemOf(await setUp(fields))).toMatchObject({ status: 400, fields: [field] })
  })

  test('creates one admin, signed in, also when two try at once; then the code is used up', async () => {
    const answers = await Promise.all([setUp(), setUp({ email: 'second@example.com' })])
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409])
    const done = answers.find(({ statusCode }) => statusCode === 200)
    const cookie = [done?.headers['set-cookie'] ?? []]
      .flat()
      .map((each) => each.split(';')[0])
      .join('; ')
    expect((await api.app.inject({ url: '/v1/me', headers: { cookie } })).json()).toMatchObject({
      role: 'admin',
    })
    expect(problemOf(await setUp()).code).toBe('SETUP_DONE')
    expect(await needed()).toEqual({ needed: false })
    expect((await api.pool.query('select from auth_user')).rowCount).toBe(1)
  })

  test('tries are limited: guessing the code ends in 429 with Retry-After', async () => {
    const answers = []
    for (let tries = 0; tries < 12; tries += 1) answers.push(await setUp({ code: 'guessed' }))
    const last = answers.at(-1) ?? expect.fail()
    expect(problemOf(last).code).toBe('TOO_MANY_REQUESTS')
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0)
  })
})

describe('set-up from many addresses', () => {
  let api: Api
  const setupCode = 'the-code-that-was-printed'
  beforeAll(async () => {
    api = await startApi({ admin: null, setupCode })
  })
  afterAll(() => api.close())

  const setUp = (index: number) =>
    api.app.inject({
      method: 'POST',
      url: '/v1/setup',
      payload: { code: setupCode, ...admin, email: `${index}@example.com`, name: 'First' },
      headers: { 'x-forwarded-for': `192.0.2.${index}` },
    })

  test('at once, more than there are connections, is answered and makes one admin', async () => {
    const answers = await Promise.all(Array.from({ length: 24 }, (_, index) => setUp(index)))
    const codes = answers.map(({ statusCode }) => statusCode)
    expect(codes.filter((code) => code === 200)).toHaveLength(1)
    expect(codes.filter((code) => code === 409)).toHaveLength(23)
    expect((await api.pool.query('select from auth_user')).rowCount).toBe(1)
  })

  test('is limited over all of them', async () => {
    const answers = []
    for (let index = 100; index < 110; index += 1) answers.push(await setUp(index))
    const last = answers.at(-1) ?? expect.fail()
    expect(problemOf(last).code).toBe('TOO_MANY_REQUESTS')
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0)
  })
})

test('without a code of the server no set-up code fits', async () => {
  const api = await startApi({ admin: null, setupCode: null })
  const payload = { code: 'null', ...admin, name: 'First' }
  expect(problemOf(await api.app.inject({ method: 'POST', url: '/v1/setup', payload })).code).toBe(
    'SETUP_CODE_INVALID',
  )
  await api.close()
})

describe('sign-in', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.close())

  const ask = (payload: object | string, headers: Record<string, string> = { origin: baseUrl }) =>
    api.app.inject({ method: 'POST', url: '/v1/auth/sign-in/email', payload, headers })

  test('sets a cookie that scripts cannot read, and the body holds no token', async () => {
    const answer = await ask(admin)
    expect(answer.statusCode).toBe(200)
    const [cookie = ''] = [answer.headers['set-cookie'] ?? []].flat()
    expect(cookie).toMatch(/HttpOnly/i)
    expect(cookie).toMatch(/SameSite=Lax/i)
    const secret = decodeURIComponent(cookie.split(/[=;]/)[1] ?? '').split('.')[0] ?? ''
    expect(secret.length).toBeGreaterThan(20)
    expect(answer.body).not.toContain(secret)
    expect(answer.json().token).toBeUndefined()
  })

  test.each([
    ['a wrong password', { ...admin, password: 'not the password' }],
    ['somebody unknown', { ...admin, email: 'nobody@example.com' }],
  ])('with %s fails, and both say the same', async (_name, payload) => {
    const answer = problemOf(await ask(payload))
    expect(answer).toMatchObject({
      status: 401,
      code: 'SIGN_IN_FAILED',
      detail: 'The e-mail address and the password do not belong together.',
    })
  })

  test('from a page of another origin is refused', async () => {
    expect(problemOf(await ask(admin, { origin: 'https://evil.example' }))).toMatchObject({
      status: 403,
      code: 'ORIGIN_NOT_TRUSTED',
    })
  })

  test('of the wrong shape says so', async () => {
    expect(problemOf(await ask({ email: 'x' })).code).toBe('INVALID_INPUT')
  })

  test('a signed-in browser on a page of another origin changes nothing', async () => {
    const headers = { ...(await signIn(api)), origin: 'https://evil.example' }
    const answer = await api.app.inject({ method: 'DELETE', url: '/v1/demo', headers })
    expect(problemOf(answer)).toMatchObject({ code: 'ORIGIN_NOT_TRUSTED', fields: ['origin'] })
  })

  test('signed out is out: the cookie opens nothing any more', async () => {
    const headers = await signIn(api)
    expect((await api.app.inject({ url: '/v1/me', headers })).statusCode).toBe(200)
    const out = await api.app.inject({
      method: 'POST',
      url: '/v1/auth/sign-out',
      headers: { ...headers, origin: baseUrl },
    })
    expect(out.statusCode).toBe(200)
    const token = headers.cookie
      .split('; ')
      .filter((cookie) => !cookie.includes('session_data'))
      .join('; ')
    expect(problemOf(await api.app.inject({ url: '/v1/me', headers: { cookie: token } })).code).toBe(
      'NOT_SIGNED_IN',
    )
  })

  test('a session that was ended elsewhere changes nothing more, whatever its cookie remembers', async () => {
    const headers = { ...(await signIn(api)), origin: baseUrl }
    await api.pool.query('delete from auth_session')
    for (const [method, url] of [
      ['POST', '/v1/enrollment-tokens'],
      ['DELETE', '/v1/demo'],
    ] as const) {
      const payload = method === 'POST' ? { label: 'late' } : undefined
      const answer = await api.app.inject({ method, url, headers, ...(payload && { payload }) })
      expect(problemOf(answer).code).toBe('NOT_SIGNED_IN')
    }
  })

  test('a forged cookie is nobody', async () => {
    const cookie = 'graftwatch.session_token=forged.AAAA; graftwatch.session_data=e30'
    expect(problemOf(await api.app.inject({ url: '/v1/me', headers: { cookie } })).code).toBe('NOT_SIGNED_IN')
  })

  test('guesses at one password are limited, from one address and from all together, however the e-mail is spelled', async () => {
    const guess = (index: number, payload: object) =>
      ask(payload, { origin: baseUrl, 'x-forwarded-for': `198.51.100.${index}` })
    const email = 'Somebody@example.com'
    const answers = []
    for (let tries = 0; tries < 11; tries += 1) {
      const spelled = tries % 2 === 0 ? email : email.toUpperCase()
      answers.push(await guess(1, { email: spelled, password: 'a guess at it' }))
    }
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([...Array(10).fill(401), 429])
    // The same person from elsewhere is not shut out by that; all addresses together are limited, too.
    // At once: each is counted as it comes, and the minute they are counted in must not end while they are hashed.
    const spread = await Promise.all(
      Array.from({ length: 91 }, async (_, tries) => {
        const { statusCode } = await guess(2 + (tries % 20), { email, password: 'a guess at it' })
        return statusCode
      }),
    )
    expect(spread.toSorted()).toEqual([...Array(90).fill(401), 429])
    const last = answers.at(-1) ?? expect.fail()
    expect(problemOf(last).code).toBe('TOO_MANY_REQUESTS')
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0)
    expect((await guess(99, admin)).statusCode).toBe(200)
    // A hundred passwords are hashed, which is meant to be slow.
  }, 120_000)

  test('signing in often with the right password is no guessing', async () => {
    for (let tries = 0; tries < 12; tries += 1) {
      const answer = await ask(admin, { origin: baseUrl, 'x-forwarded-for': `203.0.113.${tries}` })
      expect(answer.statusCode, answer.body).toBe(200)
    }
  })

  test('tries of an hour ago are forgotten, those of now are not', async () => {
    await ask({ ...admin, email: 'late@example.com' })
    const rows = async () => (await api.pool.query('select from auth_rate_limit')).rowCount
    const before = await rows()
    expect(before).toBeGreaterThan(0)
    await api.pool.query(
      `insert into auth_rate_limit (id, key, count, "lastRequest") values ('old', 'old', 1, $1)`,
      [Date.now() - 3_700_000],
    )
    expect(await forgetTries(api.pool)).toBe(1)
    expect(await rows()).toBe(before)
  })

  test('passwords are limited in tries', async () => {
    const answers = []
    for (let tries = 0; tries < 21; tries += 1)
      answers.push(await ask({ ...admin, password: 'wrong password' }))
    expect(problemOf(answers.at(-1) ?? expect.fail()).code).toBe('TOO_MANY_REQUESTS')
  })
})
