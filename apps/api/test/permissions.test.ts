import {
  type ApiKeyScope,
  apiKeyScopes,
  type Permission,
  permissions,
  type Role,
  roles,
} from '@graftwatch/contract/vocabulary'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leastRole, permissionsOf } from '../src/people/permissions.ts'
import { type Api, admin, createPerson, enroll, problemOf, signIn, startApi } from './api.ts'
import { routesOf } from './routes-of.ts'

/** What each route takes. A route that is not here fails the walk below: decide who may call it, then write it down. */
const access: Record<string, 'public' | 'host' | Permission> = {
  'GET /docs': 'public',
  'GET /docs/*': 'public',
  'GET /docs/': 'public',
  'GET /docs/json': 'public',
  'GET /docs/yaml': 'public',
  'GET /docs/static/index.html': 'public',
  'GET /docs/static/swagger-initializer.js': 'public',
  'GET /openapi.json': 'public',
  'GET /metrics': 'public',
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /install.sh': 'public',
  'GET /agent/graftwatch-agent.mjs': 'public',
  'GET /agent/graftwatch-agent.mjs.sha256': 'public',
  'GET /agent/SHA256SUMS': 'public',
  'GET /agent/:name': 'public',
  'POST /v1/auth/sign-in/email': 'public',
  'POST /v1/auth/sign-out': 'public',
  'GET /v1/setup': 'public',
  'POST /v1/setup': 'public',
  'POST /v1/enroll': 'public',
  'POST /v1/reports': 'host',
  'POST /v1/heartbeats': 'host',
  'GET /v1/me': 'me:read',
  'POST /v1/me/password': 'sessions:own',
  'GET /v1/sessions': 'sessions:own',
  'DELETE /v1/sessions/:id': 'sessions:own',
  'GET /v1/users': 'users:read',
  'POST /v1/users': 'users:write',
  'PATCH /v1/users/:id': 'users:write',
  'DELETE /v1/users/:id': 'users:write',
  'GET /v1/enrollment-tokens': 'enrollment-tokens:read',
  'POST /v1/enrollment-tokens': 'enrollment-tokens:write',
  'GET /v1/enrollment-tokens/:id/arrivals': 'enrollment-tokens:read',
  'DELETE /v1/enrollment-tokens/:id': 'enrollment-tokens:write',
  'GET /v1/api-keys': 'api-keys:read',
  'POST /v1/api-keys': 'api-keys:write',
  'DELETE /v1/api-keys/:id': 'api-keys:write',
  'GET /v1/audit': 'audit:read',
  'GET /v1/events': 'live:follow',
  'GET /v1/overview': 'fleet:read',
  'GET /v1/hosts/:id/attempts/:number': 'fleet:read',
  'GET /v1/transitions': 'fleet:read',
  'GET /v1/blockers': 'fleet:read',
  'GET /v1/blockers/:id': 'fleet:read',
  'GET /v1/patches': 'fleet:read',
  'GET /v1/search': 'fleet:read',
  'GET /v1/sd/hosts': 'fleet:read',
  'GET /v1/patches/:id': 'fleet:read',
  'GET /v1/patches/compare': 'fleet:read',
  'GET /v1/hosts': 'fleet:read',
  'GET /v1/hosts/facets': 'fleet:read',
  'GET /v1/hosts/:id': 'fleet:read',
  'GET /v1/hosts/:id/timeline': 'fleet:read',
  'GET /v1/hosts/export': 'fleet:export',
  'POST /v1/hosts/labels': 'hosts:label',
  'POST /v1/labels/import': 'hosts:label',
  'POST /v1/hosts/retire': 'hosts:retire',
  'POST /v1/hosts/return': 'hosts:retire',
  'DELETE /v1/hosts/:id': 'hosts:remove',
  'DELETE /v1/demo': 'demo:remove',
  'GET /v1/alerts': 'fleet:read',
  'GET /v1/alerts/:id': 'fleet:read',
  'POST /v1/alerts/:id/acknowledge': 'alerts:answer',
  'DELETE /v1/alerts/:id/acknowledge': 'alerts:answer',
  'POST /v1/alerts/:id/comments': 'alerts:answer',
  'GET /v1/rules': 'fleet:read',
  'GET /v1/rules/:id': 'fleet:read',
  'POST /v1/rules': 'rules:write',
  'PUT /v1/rules/:id': 'rules:write',
  'DELETE /v1/rules/:id': 'rules:write',
  'POST /v1/rules/dry-run': 'rules:write',
  'GET /v1/silences': 'fleet:read',
  'POST /v1/silences': 'silences:write',
  'POST /v1/silences/:id/end': 'silences:write',
  'POST /v1/drills': 'drills:start',
  'GET /v1/channels': 'channels:read',
  'POST /v1/channels': 'channels:write',
  'PUT /v1/channels/:id': 'channels:write',
  'DELETE /v1/channels/:id': 'channels:write',
  'POST /v1/channels/:id/test': 'channels:write',
  'GET /v1/deliveries': 'channels:read',
  'POST /v1/deliveries/:id/resend': 'alerts:answer',
}

test('what each role may do, and what no key may', () => {
  const added = (role: Role, below: Role | null) =>
    permissionsOf(role).filter((each) => below === null || !permissionsOf(below).includes(each))
  expect(added('viewer', null)).toEqual([
    'fleet:read',
    'fleet:export',
    'live:follow',
    'me:read',
    'sessions:own',
  ])
  expect(added('operator', 'viewer')).toEqual([
    'hosts:label',
    'hosts:retire',
    'enrollment-tokens:read',
    'enrollment-tokens:write',
    'alerts:answer',
    'silences:write',
    'rules:write',
    'channels:read',
    'drills:start',
  ])
  expect(permissionsOf('admin')).toEqual(permissions)
  const scopes: readonly Permission[] = apiKeyScopes
  expect(permissions.filter((each) => !scopes.includes(each))).toEqual([
    'sessions:own',
    'users:write',
    'api-keys:write',
    'channels:write',
  ])
})

let api: Api
const cookies: Partial<Record<Role, Record<string, string>>> = {}
let host: Record<string, string>
const madeKeys = new Map<string, Record<string, string>>()

async function signAllIn(): Promise<void> {
  for (const role of roles) cookies[role] = await signIn(api, { ...admin, email: `${role}@example.com` })
}

beforeAll(async () => {
  api = await startApi()
  for (const role of ['viewer', 'operator'] as const) await createPerson(api, role)
  await signAllIn()
  host = { authorization: `Bearer ${(await enroll(api)).key}` }
})
afterAll(() => api.close())

/** The headers of an API key with these scopes. */
async function keyWith(scopes: readonly ApiKeyScope[]): Promise<Record<string, string>> {
  const name = scopes.join()
  const known = madeKeys.get(name)
  if (known) return known
  const answer = await api.app.inject({
    method: 'POST',
    url: '/v1/api-keys',
    headers: cookies.admin ?? {},
    payload: { label: 'walk', scopes },
  })
  expect(answer.statusCode, answer.body).toBe(201)
  const headers = { authorization: `Bearer ${answer.json().key}` }
  madeKeys.set(name, headers)
  return headers
}

const refusals = ['NOT_SIGNED_IN', 'FORBIDDEN', 'API_KEY_INVALID', 'HOST_KEY_INVALID']
const codeOf = (answer: LightMyRequestResponse): string | null =>
  answer.statusCode >= 400 ? problemOf(answer).code : null

describe('who may call what', () => {
  test('every registered route has an entry here, and every entry is a route', () => {
    expect(routesOf(api.app).sort()).toEqual(Object.keys(access).sort())
  })

  test.each(Object.entries(access))('%s: %s', async (route, needed) => {
    const [method = '', pattern = ''] = route.split(' ')
    const url = pattern.replace(/:\w+/, '9999999').replace('*', 'index.html')
    const ask = async (headers: Record<string, string>) => {
      const answer = await api.app.inject({ method: method as 'GET', url, headers })
      expect(answer.statusCode, answer.body).toBeLessThan(500)
      return codeOf(answer)
    }
    /** What those hear who may not, by the name of the caller; whoever is let in hears something else or nothing. */
    const refused: Record<string, string> = {}
    const callers: Record<string, Record<string, string>> = { nobody: {}, host, ...cookies }
    const scope = apiKeyScopes.find((each) => each === needed)
    callers.key = await keyWith(apiKeyScopes.filter((each) => each !== scope))
    if (scope) callers.scopedKey = await keyWith([scope])

    if (needed === 'host') {
      for (const name of Object.keys(callers)) if (name !== 'host') refused[name] = 'HOST_KEY_INVALID'
    } else if (needed !== 'public') {
      refused.nobody = 'NOT_SIGNED_IN'
      refused.host = 'API_KEY_INVALID'
      refused.key = 'FORBIDDEN'
      for (const role of roles)
        if (roles.indexOf(role) < roles.indexOf(leastRole[needed])) refused[role] = 'FORBIDDEN'
    }
    for (const [name, headers] of Object.entries(callers)) {
      // A stream never ends; that it opens is for another test.
      if (pattern === '/v1/events' && !refused[name]) continue
      const code = await ask(headers)
      if (refused[name]) expect(code, name).toBe(refused[name])
      else expect(refusals, name).not.toContain(code)
    }
    if (pattern === '/v1/auth/sign-out') await signAllIn()
  })
})
