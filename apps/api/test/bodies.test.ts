import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aMigratedReport, aPatch } from '../../../packages/contract/test/a-report.ts'
import { type Api, dump, enroll, post, problemOf, startApi, type TestHost } from './api.ts'

/** Bodies as they come: compressed, cut off, huge, hostile. */

let api: Api
let host: TestHost
let untouched: Awaited<ReturnType<typeof dump>>
beforeAll(async () => {
  api = await startApi()
  host = await enroll(api)
  untouched = await dump(api.pool)
})
afterAll(() => api.close())

const body = () => JSON.stringify(aMigratedReport({ collectedAt: new Date().toISOString() }))
const send = (payload: string | Buffer, headers: Record<string, string> = {}) =>
  post(api, host, '/v1/reports', payload, headers)

async function refused(answer: Awaited<ReturnType<typeof send>>, code: string) {
  const told = problemOf(answer)
  expect(told.code).toBe(code)
  expect(await dump(api.pool)).toEqual(untouched)
  return told
}

describe('refused, and nothing changed', () => {
  test.each([
    ['gzip cut off', gzipSync(body()).subarray(0, -20), 'gzip'],
    ['zstd cut off', zstdCompressSync(body()).subarray(0, -5), 'zstd'],
    ['deflate cut off', deflateSync(body()).subarray(0, -8), 'deflate'],
    ['plain text named gzip', body(), 'gzip'],
    ['gzip named zstd', gzipSync(body()), 'zstd'],
    ['zstd named gzip', zstdCompressSync(body()), 'gzip'],
    ['nothing named zstd', '', 'zstd'],
  ])('%s', async (_name, payload, encoding) => {
    const told = problemOf(await send(payload, { 'content-encoding': encoding }))
    expect(['MALFORMED_COMPRESSION', 'MALFORMED_JSON']).toContain(told.code)
    expect(await dump(api.pool)).toEqual(untouched)
  })

  test.each(['br', 'gzip, gzip', 'constructor', '__proto__', 'toString'])(
    'content-encoding %j',
    async (encoding) => {
      const told = await refused(
        await send(body(), { 'content-encoding': encoding }),
        'UNSUPPORTED_MEDIA_TYPE',
      )
      expect(told.fields).toEqual(['content-encoding'])
    },
  )

  test('more than 1 MiB plain, and more than 1 MiB after decompression, however small it travelled', async () => {
    const large = Buffer.alloc(1024 * 1024 + 1, ' ')
    await refused(await send(large), 'BODY_TOO_LARGE')
    const bomb = Buffer.alloc(64 * 1024 * 1024)
    await refused(await send(gzipSync(bomb), { 'content-encoding': 'gzip' }), 'BODY_TOO_LARGE')
    await refused(await send(zstdCompressSync(bomb), { 'content-encoding': 'zstd' }), 'BODY_TOO_LARGE')
  })

  test.each([
    ['empty', ''],
    ['not JSON', '{"reportVersion":1,'],
    ['two values', `${body()}{}`],
    ['a byte order mark in the middle', `{\uFEFF}`],
    ['invalid UTF-8 around', Buffer.from([0xff, 0xfe, 0x7b, 0x7d])],
  ])('a body that is %s', async (_name, payload) => {
    await refused(await send(payload), 'MALFORMED_JSON')
  })

  test.each([
    ['text/plain', body()],
    ['application/xml', '<a/>'],
    ['multipart/form-data; boundary=x', '--x--'],
  ])('content-type %s', async (type, payload) => {
    const told = problemOf(await send(payload, { 'content-type': type }))
    expect(['UNSUPPORTED_MEDIA_TYPE', 'INVALID_INPUT']).toContain(told.code)
    expect(await dump(api.pool)).toEqual(untouched)
  })

  test('reportVersion 2 is named as such, whatever else it holds', async () => {
    const told = await refused(
      await send(JSON.stringify({ ...aMigratedReport(), reportVersion: 2, news: [] })),
      'UNSUPPORTED_REPORT_VERSION',
    )
    expect(told.fields).toContain('/reportVersion')
    await refused(await send('{}'), 'UNSUPPORTED_REPORT_VERSION')
  })

  test('an unknown field is refused by its name, however deep', async () => {
    const deep = aMigratedReport()
    const told = await refused(
      await send(
        JSON.stringify({
          ...deep,
          kernel: { ...deep.kernel, relase: 'x' },
          patches: [{ ...aPatch(), enabeld: true }],
        }),
      ),
      'INVALID_INPUT',
    )
    expect(told.fields).toEqual(expect.arrayContaining(['/kernel/relase', '/patches/0/enabeld']))
  })

  test.each(['__proto__', 'constructor', 'prototype'])('the key %s pollutes nothing', async (key) => {
    for (const place of ['{', '"labels":{', '"kernel":{']) {
      const text = body().replace(place, `${place}"${key}":{"prototype":{"polluted":true}},`)
      expect(problemOf(await send(text)).status).toBe(400)
    }
    expect('polluted' in {}).toBe(false)
    expect(await dump(api.pool)).toEqual(untouched)
  })

  test.each([
    [
      'NUL',
      (r: object) => ({ ...r, host: { ...aMigratedReport().host, hostname: 'a\u0000b' } }),
      '/host/hostname',
    ],
    [
      'a lone surrogate',
      (r: object) => ({ ...r, patches: [aPatch({ name: 'x\uD800' })] }),
      '/patches/0/name',
    ],
    ['a sequence of 0', (r: object) => ({ ...r, sequence: 0 }), '/sequence'],
    ['a sequence beyond what is exact', (r: object) => ({ ...r, sequence: 2 ** 53 }), '/sequence'],
    ['a fraction', (r: object) => ({ ...r, sequence: 1.5 }), '/sequence'],
    [
      'a negative count',
      (r: object) => ({ ...r, agent: { ...aMigratedReport().agent, dropped: -1 } }),
      '/agent/dropped',
    ],
    [
      'an instant without zone',
      (r: object) => ({ ...r, collectedAt: '2026-11-23T08:00:00' }),
      '/collectedAt',
    ],
    ['an instant of 1969', (r: object) => ({ ...r, collectedAt: '1969-12-31T23:59:59Z' }), '/collectedAt'],
    ['the 30th of February', (r: object) => ({ ...r, collectedAt: '2026-02-30T00:00:00Z' }), '/collectedAt'],
    [
      'text too long',
      (r: object) => ({ ...r, patches: [aPatch({ name: 'x'.repeat(129) })] }),
      '/patches/0/name',
    ],
    ['too many patches', (r: object) => ({ ...r, patches: Array(129).fill(aPatch()) }), '/patches'],
  ])('%s', async (_name, change, field) => {
    const told = await refused(await send(JSON.stringify(change(aMigratedReport()))), 'INVALID_INPUT')
    expect(told.fields).toContain(field)
  })

  test('numbers beyond all measure and nesting without end are refused, not crashed on', async () => {
    await refused(await send(body().replace('"sequence":1', '"sequence":1e400')), 'INVALID_INPUT')
    const nested = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    expect(problemOf(await send(nested)).status).toBe(400)
    expect(problemOf(await send(body().replace('"patches":[', `"patches":[${nested},`))).status).toBe(400)
    expect(await dump(api.pool)).toEqual(untouched)
  })

  test.each(['null', '[]', '"text"', '1', 'true'])('the body %s', async (payload) => {
    problemOf(await send(payload))
    expect(await dump(api.pool)).toEqual(untouched)
  })
})

test.each([
  ['gzip', gzipSync],
  ['GZIP', gzipSync],
  ['zstd', zstdCompressSync],
  ['deflate', deflateSync],
  ['identity', (text: string) => Buffer.from(text)],
])('%s is taken', async (encoding, compress) => {
  const fresh = await enroll(api)
  const answer = await post(api, fresh, '/v1/reports', compress(body()), { 'content-encoding': encoding })
  expect(answer.statusCode, answer.body).toBe(200)
})
