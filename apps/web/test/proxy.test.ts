import { describe, expect, test } from 'vitest'
import { isApiPath } from '../src/api-proxy.ts'
import { readHostsView } from '../src/app/(signed-in)/(overview)/search-params.ts'
import { securityHeaders } from '../src/security-headers.ts'

test('only the API’s own paths leave the dashboard', () => {
  for (const path of [
    '/v1/overview',
    '/v1',
    '/docs',
    '/docs/static/x.css',
    '/openapi.json',
    '/install.sh',
    '/agent/a.mjs',
  ]) {
    expect([path, isApiPath(path)]).toEqual([path, true])
  }
  for (const path of ['/', '/v10', '/hosts/1', '/agents', '/docsy', '/install.sh/x', '/sign-in']) {
    expect([path, isApiPath(path)]).toEqual([path, false])
  }
})

test('the policy allows nothing inline and nobody else', () => {
  const policy = securityHeaders('abc')['content-security-policy']
  expect(policy).toContain("script-src 'self' 'nonce-abc' 'strict-dynamic'")
  expect(policy).not.toMatch(/unsafe|https?:|\*/)
})

describe('the view of the host list', () => {
  test('comes from the URL, and what is no state is kept apart', () => {
    expect(readHostsView({ state: 'silent,stuck,broken', q: 'db' })).toEqual({
      states: ['stuck', 'silent'],
      unknown: ['broken'],
      q: 'db',
      cursor: null,
    })
    expect(readHostsView({ state: ['stuck', 'failed'], cursor: ['c1', 'c2'] })).toEqual({
      states: ['stuck', 'failed'],
      unknown: [],
      q: '',
      cursor: 'c1',
    })
  })
})
