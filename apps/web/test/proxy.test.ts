import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { forwardToApi, isApiPath } from '../src/api-proxy.ts'
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

describe('a body', () => {
  const mebibyte = 1024 * 1024
  let api: Server
  beforeAll(async () => {
    // What stands behind the dashboard here says how much reached it.
    api = createServer(async (request, response) => {
      let bytes = 0
      for await (const chunk of request) bytes += (chunk as Buffer).length
      response.end(String(bytes))
    })
    await once(api.listen(0, '127.0.0.1'), 'listening')
    vi.stubEnv('GRAFTWATCH_API_URL', `http://127.0.0.1:${(api.address() as AddressInfo).port}`)
  })
  afterAll(() => {
    vi.unstubAllEnvs()
    api.close()
  })
  const send = (path: string, bytes: number) =>
    forwardToApi(
      new Request(`http://localhost:3000${path}`, {
        method: 'POST',
        headers: { 'content-length': String(bytes) },
        body: Buffer.alloc(bytes, 32),
      }),
    )

  test.each([
    ['/v1/labels/import', 4],
    ['/v1/hosts/labels', 1],
  ])('sent to %s may have %d MiB', async (path, limit) => {
    expect(await (await send(path, limit * mebibyte)).text()).toBe(String(limit * mebibyte))
    const refused = await send(path, limit * mebibyte + 1)
    expect(refused.status).toBe(413)
    expect(await refused.json()).toMatchObject({
      code: 'BODY_TOO_LARGE',
      detail: `The body has more than ${limit} MiB.`,
    })
  })
})
