import { expect, test } from 'vitest'
import { type Attempt, added, verdictOf, waitAfter } from './attempts.ts'
import type { Sent } from './outgoing.ts'

const hour = 3_600_000
const createdAt = new Date('2026-11-26T00:00:00Z')
const after = (ms: number) => new Date(createdAt.getTime() + ms)
const attempt = (status: number | null, ms = 0): Attempt => [after(ms).toISOString(), 5, status, '']
const resent = (ms: number): Attempt => [after(ms).toISOString(), 0, null, 'Sent again by Ada.', 1]
const sent = (status: number | null, fields: Partial<Sent> = {}): Sent => ({
  isDelivered: false,
  isRefused: status !== null && status < 500,
  status,
  answer: '',
  retryAfterSeconds: null,
  ...fields,
})
const judge = (one: Sent, attempts: Attempt[], ms: number) =>
  verdictOf(one, { attempts, createdAt }, after(ms), () => 1)

test('waits grow from 2 s to 15 minutes, and half of each is chance', () => {
  const waits = (random: number) =>
    Array.from({ length: 12 }, (_, n) => waitAfter(n + 1, () => random) / 1000)
  expect(waits(1)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
  expect(waits(0)).toEqual(waits(1).map((seconds) => seconds / 2))
  expect(waitAfter(10_000, () => 1)).toBe(900_000)
})

test('what does not arrive is tried for 6 hours, and for 6 more when somebody has it sent again', () => {
  expect(judge(sent(500), [attempt(500)], 6 * hour - 1)).toEqual({ status: 'waiting', waitMs: 2000 })
  expect(judge(sent(500), [attempt(500)], 6 * hour)).toEqual({ status: 'dead' })
  const again = [attempt(500), resent(6 * hour), attempt(500, 6 * hour)]
  expect(judge(sent(500), again, 6 * hour)).toEqual({ status: 'waiting', waitMs: 2000 })
  expect(judge(sent(500), again, 12 * hour)).toEqual({ status: 'dead' })
})

test('three refusals running end it, whatever came before; others in between begin the count anew', () => {
  const run = (...statuses: (number | null)[]) => statuses.map((status) => attempt(status))
  expect(judge(sent(404), run(404, 404), 0).status).toBe('waiting')
  expect(judge(sent(404), run(404, 404, 404), 0).status).toBe('dead')
  expect(judge(sent(404), run(500, null, 404, 404), 0).status).toBe('waiting')
  expect(judge(sent(404), run(404, 404, 500, 404), 0).status).toBe('waiting')
  expect(judge(sent(404), [...run(404, 404, 404), resent(0), attempt(404)], 0).status).toBe('waiting')
  expect(judge(sent(503), run(503, 503, 503, 503), 0).status).toBe('waiting')
})

test('Retry-After is kept to, up to an hour, and never shortens a wait', () => {
  const waitFor = (seconds: number) => judge(sent(429, { retryAfterSeconds: seconds }), [attempt(429)], 0)
  expect(waitFor(60)).toMatchObject({ waitMs: 60_000 })
  expect(waitFor(0)).toMatchObject({ waitMs: 2000 })
  expect(waitFor(1e9)).toMatchObject({ waitMs: hour })
})

test('20 attempts are kept, the newest, and of older ones the newest that was asked for', () => {
  const many = Array.from({ length: 30 }, (_, n) => attempt(500, n))
  const kept = many.reduce<Attempt[]>((all, one) => added(all, one), [resent(0), resent(1)])
  expect(kept).toEqual([resent(1), ...many.slice(-19)])
  expect(many.reduce<Attempt[]>((all, one) => added(all, one), [])).toEqual(many.slice(-20))
})
