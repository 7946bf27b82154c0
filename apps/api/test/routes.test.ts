import { connect } from 'node:net'
import underPressure from '@fastify/under-pressure'
import { hostStates } from '@graftwatch/contract'
import Fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aMigratedReport } from '../../../packages/contract/test/a-report.ts'
import { problems } from '../src/http/problem.ts'
import { type Api, admin, baseUrl, createPerson, enroll, problemOf, signIn, startApi, until } from './api.ts'

type Caller = 'nobody' | 'viewer' | 'operator' | 'admin' | 'host'
const callers: Caller[] = ['nobody', 'viewer', 'operator', 'admin', 'host']

const everybody = callers
const people: Caller[] = ['viewer', 'operator', 'admin']

/** Who may call what. Others get 401 (or 403 when their role is too small). A route that is not here fails the walk below. */
const allowed: Record<string, Caller[]> = {
  'GET /docs': everybody,
  'GET /docs/*': everybody,
  'GET /docs/': everybody,
  'GET /docs/json': everybody,
  'GET /docs/yaml': everybody,
  'GET /docs/static/index.html': everybody,
  'GET /docs/static/swagger-initializer.js': everybody,
  'GET /openapi.json': everybody,
  'GET /metrics': everybody,
  'GET /healthz': everybody,
  'GET /readyz': everybody,
  'GET /install.sh': everybody,
  'GET /agent/graftwatch-agent.mjs': everybody,
  'GET /agent/graftwatch-agent.mjs.sha256': everybody,
  'POST /v1/auth/sign-in/email': everybody,
  'POST /v1/auth/sign-out': everybody,
  'GET /v1/setup': everybody,
  'POST /v1/setup': everybody,
  'POST /v1/enroll': everybody,
  'POST /v1/reports': ['host'],
  'POST /v1/heartbeats': ['host'],
  'GET /v1/me': people,
  'GET /v1/events': people,
  'GET /v1/overview': people,
  'GET /v1/hosts': people,
  'GET /v1/hosts/:id': people,
  'GET /v1/hosts/:id/timeline': people,
  'GET /v1/enrollment-tokens': ['operator', 'admin'],
  'POST /v1/enrollment-tokens': ['operator', 'admin'],
  'DELETE /v1/enrollment-tokens/:id': ['operator', 'admin'],
  'DELETE /v1/hosts/:id': ['admin'],
  'DELETE /v1/demo': ['admin'],
}

/** What a caller who may sends where an empty request would say nothing. */
const bodies: Record<string, object> = {
  'POST /v1/reports': { ...aMigratedReport() },
  'POST /v1/heartbeats': { sequence: 1, stateHash: '00000000000000aa' },
  'POST /v1/enrollment-tokens': { label: 'x' },
}

let api: Api
const headersOf: Record<Caller, Record<string, string>> = {
  nobody: {},
  viewer: {},
  operator: {},
  admin: {},
  host: {},
}
beforeAll(async () => {
  api = await startApi()
  for (const role of ['viewer', 'operator'] as const) await createPerson(api, role)
  await signAllIn()
  headersOf.host = { authorization: `Bearer ${(await enroll(api)).key}` }
})
afterAll(() => api.close())

async function signAllIn(): Promise<void> {
  for (const role of ['viewer', 'operator', 'admin'] as const)
    headersOf[role] = await signIn(api, { ...admin, email: `${role}@example.com` })
}

/** Every registered route, as the server itself lists them; HEAD is GET without a body. */
function routesOf(): string[] {
  const tree = api.app.printRoutes({ commonPrefix: false })
  const routes: string[] = []
  const path: string[] = []
  for (const line of tree.split('\n')) {
    const match = /^(.*?)[└├]── (.*?)(?: \(([A-Z, ]+)\))?$/u.exec(line)
    if (!match) continue
    const depth = (match[1] ?? '').length / 4
    path.length = depth
    path[depth] = match[2] ?? ''
    for (const method of match[3]?.split(', ') ?? [])
      if (method !== 'HEAD') routes.push(`${method} ${path.join('')}`)
  }
  return routes
}

describe('who may call what', () => {
  test('every registered route has an entry here, and every entry is a route', () => {
    expect(routesOf().sort()).toEqual(Object.keys(allowed).sort())
  })

  test.each(Object.entries(allowed))('%s', async (route, may) => {
    const [method = '', pattern = ''] = route.split(' ')
    const url = pattern.replace(':id', '9999999').replace('*', 'index.html')
    for (const caller of callers) {
      // A stream never ends; that it opens is for another test.
      if (pattern === '/v1/events' && may.includes(caller)) continue
      const answer = await api.app.inject({
        method: method as 'GET',
        url,
        headers: headersOf[caller],
        ...(bodies[route] && { payload: bodies[route] }),
      })
      const name = `${caller} ${route}: ${answer.statusCode} ${answer.body.slice(0, 200)}`
      expect(answer.statusCode, name).toBeLessThan(500)
      if (answer.statusCode >= 400) {
        const { code } = problemOf(answer)
        if (may.includes(caller))
          expect(['NOT_SIGNED_IN', 'FORBIDDEN', 'HOST_KEY_INVALID'], name).not.toContain(code)
      }
      if (!may.includes(caller)) {
        const isSmall = people.includes(caller) && may.some((other) => people.includes(other))
        expect(answer.statusCode, name).toBe(isSmall ? 403 : 401)
      }
    }
    if (pattern === '/v1/auth/sign-out') await signAllIn()
  })
})

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
    for (const route of routesOf().filter((name) => name.includes('/v1/'))) {
      const [method = '', path = ''] = route.split(' ')
      const operation = document.paths[path.replace(':id', '{id}')]?.[method.toLowerCase()]
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
