import { afterAll, beforeAll, expect, test } from 'vitest'
import { anEvent, aPatch, aTask, aTransition } from '../../../packages/contract/test/a-report.ts'
import { type Api, dump, enroll, heartbeat, problemOf, report, startApi, store } from './api.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const lastSequenceOf = async (id: string) => {
  const { rows } = await api.pool.query<{ sequence: number }>(
    'select report_sequence::int as sequence from host_detail where host_id = $1',
    [id],
  )
  return rows[0]?.sequence
}
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

test('one host that sends without end is told to wait; the others are not', async () => {
  const [loud, quiet] = [await enroll(api), await enroll(api)]
  const send = (length: number) => Promise.all(Array.from({ length }, () => report(api, loud, {})))
  for (let sent = 0; sent < 120; sent += 4)
    expect(new Set((await send(4)).map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
  const answers = await send(4)
  const refused = answers.filter(({ statusCode }) => statusCode !== 200)
  expect(refused).toHaveLength(4)
  for (const answer of refused) {
    expect(problemOf(answer).code).toBe('TOO_MANY_REQUESTS')
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  }
  expect((await report(api, quiet, {})).statusCode).toBe(200)
})

test('of one host four reports may be on the way; what was refused is taken when it is sent again', async () => {
  const host = await enroll(api)
  const sequences = Array.from({ length: 12 }, (_, index) => index + 1)
  const answers = await Promise.all(sequences.map((sequence) => report(api, host, { sequence })))
  const refused = answers.filter(({ statusCode }) => statusCode === 429)
  expect(refused).toHaveLength(8)
  for (const answer of refused) {
    expect(problemOf(answer).code).toBe('TOO_MANY_REQUESTS')
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  }
  for (const sequence of sequences) await store(api, host, { sequence })
  expect(await lastSequenceOf(host.id)).toBe(12)
})

test('a sequence far above the last is refused by its name; the host goes on', async () => {
  const host = await enroll(api)
  await store(api, host, { sequence: 5 })
  const before = await dump(api.pool)
  for (const sequence of [5 + 2 ** 32 + 1, 2 ** 52, 2 ** 52 + 1]) {
    const answers = [
      await report(api, host, { sequence }),
      await heartbeat(api, host, { sequence, stateHash: '00000000000000aa' }),
    ]
    for (const answer of answers)
      expect(problemOf(answer)).toMatchObject({ code: 'INVALID_INPUT', fields: ['/sequence'] })
  }
  expect(await dump(api.pool)).toEqual(before)
  await store(api, host, { sequence: 6 })
  expect(await lastSequenceOf(host.id)).toBe(6)
})

test('the longest text and largest lists the contract takes are stored', async () => {
  const host = await enroll(api)
  const wide = '\u{1F980}'
  const functions = Array.from({ length: 2000 }, (_, position) => ({ name: `f${position}`, position }))
  const answer = await report(api, host, {
    patches: Array.from({ length: 8 }, (_, n) =>
      aPatch({ name: `p${n}${wide.repeat(62)}`, objects: [{ name: 'vmlinux', patched: true, functions }] }),
    ),
    transition: aTransition({
      patch: wide.repeat(64),
      startedAt: ago(60),
      blocking: Array.from({ length: 100 }, (_, tid) =>
        aTask({
          tid,
          comm: wide.repeat(32),
          blockingFunction: wide.repeat(128),
          unit: wide.repeat(128),
          firstSeenAt: ago(50),
        }),
      ),
    }),
    events: Array.from({ length: 256 }, (_, second) => anEvent({ at: ago(second), patch: wide.repeat(64) })),
  })
  expect(answer.statusCode, answer.body.slice(0, 500)).toBe(200)
})
