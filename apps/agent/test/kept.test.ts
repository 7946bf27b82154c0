import { expect, test } from 'vitest'
import { kept } from '../src/packages/kept.ts'

test('what takes long is there the next time, and is not begun twice', async () => {
  let begun = 0
  let finish: (value: string) => void = () => {}
  const slow = kept(
    () => {
      begun++
      return new Promise<string>((done) => {
        finish = done
      })
    },
    () => 0,
  )
  expect(await slow.get('a', 1)).toBeNull()
  expect(slow.failure()).toBe('no answer yet')
  expect(await slow.get('a', 1)).toBeNull()
  finish('value')
  expect(await slow.get('a', 60_000)).toBe('value')
  expect([begun, slow.failure()]).toEqual([1, null])
  // What was so before a change is not passed off as what is so now.
  expect(await slow.get('b', 1)).toBe('value')
  expect(slow.failure()).toBe('no answer yet')
})

test('what failed keeps the last value, and is tried again later, or when something changed', async () => {
  const clock = { ms: 0 }
  let answers: (string | Error)[] = ['old', new Error('locked'), new Error('locked'), 'new']
  const value = kept(
    async () => {
      const [next, ...rest] = answers
      answers = rest
      if (next instanceof Error) throw next
      return next ?? null
    },
    () => clock.ms,
    1000,
  )
  expect(await value.get('a', 60_000)).toBe('old')
  expect(await value.get('b', 60_000)).toBe('old')
  expect(value.failure()).toBe('locked')
  await value.get('b', 60_000)
  expect(answers).toHaveLength(2)
  await value.get('c', 60_000)
  expect(answers).toHaveLength(1)
  clock.ms = 1000
  expect(await value.get('c', 60_000)).toBe('new')
  expect(value.failure()).toBeNull()
  expect(await value.get(null, 60_000)).toBeNull()
})
