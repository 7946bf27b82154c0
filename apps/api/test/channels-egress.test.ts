import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Post, post, retryAfterOf } from '../src/channels/egress.ts'
import { type Receiver, startReceiver } from './channels-receiver.ts'

let first: Receiver
let second: Receiver
beforeAll(async () => {
  first = await startReceiver()
  second = await startReceiver()
})
afterAll(async () => {
  await first.close()
  await second.close()
})
beforeEach(() => {
  first.received.length = 0
  second.received.length = 0
})

const request = (fields: Partial<Post> = {}): Post => ({
  url: `${first.url}/a?b=c`,
  headers: { authorization: 'Basic secret', 'webhook-id': '7' },
  body: '{"kind":"test"}',
  allowPrivate: true,
  signal: new AbortController().signal,
  ...fields,
})
const redirect = (status: number, location?: string) => (response: ServerResponse) =>
  void response.writeHead(status, location === undefined ? {} : { location }).end()

test.each([307, 308])(
  '%i is followed with the body, and what proves who we are stays with its host',
  async (status) => {
    first.answer = redirect(status, `${second.url}/moved`)
    second.answer = (response) => void response.writeHead(202).end('taken')
    expect(await post(request())).toMatchObject({ status: 202, text: 'taken' })
    expect(second.received).toMatchObject([
      { path: '/moved', text: '{"kind":"test"}', headers: { 'webhook-id': '7' } },
    ])
    expect(second.received[0]?.headers.authorization).toBeUndefined()
    expect(first.received[0]?.headers.authorization).toBe('Basic secret')
  },
)

test.each([
  [301, 'https://example.com/', 'would turn the message into a request without one'],
  [302, 'https://example.com/', 'would turn the message into a request without one'],
  [303, undefined, 'would turn the message into a request without one'],
  [307, 'ftp://example.com/', 'no http or https address'],
  [307, 'file:///etc/passwd', 'no http or https address'],
  [308, undefined, '307|308|redirects more than 3 times|no http or https address'],
  [307, 'http://0.0.0.0/', 'not an address that anything can be sent to'],
  [307, 'http://[ff02::1]/', 'not an address that anything can be sent to'],
] as const)('%i to %s is not followed', async (status, location, message) => {
  first.answer = redirect(status, location)
  await expect(post(request())).rejects.toThrow(new RegExp(message))
})

test('a circle of redirects ends after three', async () => {
  first.answer = redirect(307, '/round')
  await expect(post(request())).rejects.toThrow('redirects more than 3 times')
  expect(first.received).toHaveLength(4)
})

test.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0x7f.1', '2130706433'])(
  '%s is not connected to unless it may be',
  async (host) => {
    const url = `http://${host}:${first.port}/`
    await expect(post(request({ url, allowPrivate: false }))).rejects.toThrow('may not reach those')
    expect(first.received).toEqual([])
  },
)

test('an error names the host and neither path nor query', async () => {
  const closed = await startReceiver()
  await closed.close()
  const failure = await post(request({ url: `${closed.url}/services/T00/SECRET?token=SECRET` })).catch(
    (error: Error) => error.message,
  )
  expect(failure).toBe(`127.0.0.1:${closed.port}: it refuses the connection.`)
})

test('Retry-After is seconds or a date, and anything else is nothing', () => {
  const now = Date.parse('2026-11-26T02:10:00Z')
  expect(retryAfterOf('120', now)).toBe(120)
  expect(retryAfterOf('Thu, 26 Nov 2026 02:11:30 GMT', now)).toBe(90)
  expect(retryAfterOf('Thu, 26 Nov 2026 02:00:00 GMT', now)).toBe(0)
  for (const text of [undefined, '', 'soon', '-5', '2026-11-26', '99999999999999'])
    expect(retryAfterOf(text, now)).toBeNull()
})
