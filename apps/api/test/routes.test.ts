import { connect } from 'node:net'
import underPressure from '@fastify/under-pressure'
import { hostStates } from '@graftwatch/contract'
import Fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { problems } from '../src/http/problem.ts'
import { type Api, admin, baseUrl, createPerson, problemOf, signIn, startApi, until } from './api.ts'
import { routesOf } from './routes-of.ts'

let api: Api
const headersOf: Record<'viewer' | 'admin', Record<string, string>> = { viewer: {}, admin: {} }
beforeAll(async () => {
  api = await startApi()
  await createPerson(api, 'viewer')
  for (const role of ['viewer', 'admin'] as const)
    headersOf[role] = await signIn(api, { ...admin, email: `${role}@example.com` })
})
afterAll(() => api.close())

describe('what has no place is a problem too', () => {
  test.each([
    ['GET', '/v1/nothing', 404],
    ['PUT', '/v1/hosts', 404],
    ['GET', '/v1/hosts/%zz', 400],
    ['GET', `/v1/hosts/${'9'.repeat(200)}`, 414],
    ['GET', '/docs/static/..%2f..%2fpackage.json', 404],
  ] as const)('%s %s', async (method, url, status) => {
    const answer = await api.app.inject({ method, url, headers: headersOf.admin })
    const told = problemOf(answer)
    expect([status, 400, 404]).toContain(told.status)
  })

  test('an event stream for a client that takes none', async () => {
    const headers = { ...headersOf.viewer, accept: 'application/json' }
    expect(problemOf(await api.app.inject({ url: '/v1/events', headers }))).toMatchObject({
      status: 406,
      fields: ['accept'],
    })
  })

  test('bytes that are no HTTP request', async () => {
    const address = await api.app.listen({ port: 0, host: '127.0.0.1' })
    const answer = await new Promise<string>((resolve) => {
      let text = ''
      const socket = connect(Number(new URL(address).port), '127.0.0.1', () =>
        socket.write('NOT HTTP\r\n\r\n'),
      )
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('close', () => resolve(text))
    })
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json/)
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      code: 'INVALID_INPUT',
      status: 400,
    })
  })

  test('too much to do is 503 BUSY with Retry-After', async () => {
    const app = Fastify()
    await app.register(problems)
    await app.register(underPressure, { maxRssBytes: 1, retryAfter: 5, sampleInterval: 5 })
    app.get('/', async () => 'never')
    const answer = await until(async () => {
      const asked = await app.inject({ url: '/' })
      return asked.statusCode === 503 && asked
    })
    expect(problemOf(answer)).toMatchObject({ status: 503, code: 'BUSY' })
    expect(answer.headers['retry-after']).toBe('5')
    await app.close()
  })
})

describe('the description of the API', () => {
  test('is OpenAPI 3.1 and has every route under /v1, with a summary', async () => {
    const document = (await api.app.inject({ url: '/openapi.json' })).json()
    expect(document.openapi).toMatch(/^3\.1\./)
    for (const route of routesOf(api.app).filter((name) => name.includes('/v1/'))) {
      const [method = '', path = ''] = route.split(' ')
      const operation = document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
      expect(operation?.summary, route).toBeTruthy()
    }
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['HostReport', 'Problem']),
    )
  })

  test('/docs asks no other origin for anything', async () => {
    const page = await api.app.inject({ url: '/docs/' })
    const policy = String(page.headers['content-security-policy'])
    expect(page.statusCode).toBe(200)
    expect(`${page.body}${policy.replace('validator.swagger.io', '')}`).not.toMatch(
      /(?:src|href)="(?:https?:)?\/\//,
    )
    expect(policy).toContain("default-src 'self'")
  })
})

describe('metrics', () => {
  test('graftwatch_hosts has every state, and times name every route', async () => {
    await api.app.inject({ url: '/v1/overview', headers: headersOf.viewer })
    const text = (await api.app.inject({ url: '/metrics' })).body
    for (const state of hostStates)
      expect(text).toMatch(new RegExp(`^graftwatch_hosts\\{state="${state}"\\} \\d+$`, 'm'))
    expect(text).toMatch(
      /graftwatch_http_request_duration_seconds_count\{method="GET",route="\/v1\/overview",status="200"\}/,
    )
  })

  test('labels do not grow with what is sent', async () => {
    for (const path of ['/a', '/b', '/c/d']) await api.app.inject({ url: path })
    const text = (await api.app.inject({ url: '/metrics' })).body
    expect(text).not.toContain('route="/a"')
  })
})

test('ready when the database answers and changes are heard', async () => {
  expect((await api.app.inject({ url: '/readyz' })).json()).toEqual({ status: 'ready' })
  expect((await api.app.inject({ url: '/healthz', headers: { origin: baseUrl } })).json()).toEqual({
    status: 'ok',
  })
})
