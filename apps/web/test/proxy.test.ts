import { expect, test } from 'vitest'
import { isApiPath } from '../src/api-proxy.ts'
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
