import { expect, test } from 'vitest'
import { SharedReading } from './shared-reading.ts'

const never = { onError: (error: unknown) => expect.unreachable(String(error)) }

/** A reading that ends when it is told to, and counts how often it was begun. */
function controlled() {
  const begun: PromiseWithResolvers<string>[] = []
  const read = () => {
    const next = Promise.withResolvers<string>()
    begun.push(next)
    return next.promise
  }
  return { begun, read }
}

test('those who ask at once, and soon after, share one reading', async () => {
  const { begun, read } = controlled()
  const shared = new SharedReading(read, never)
  const asked = [shared.get(), shared.get()]
  begun[0]?.resolve('first')
  expect(await Promise.all(asked)).toEqual(['first', 'first'])
  expect(await shared.get()).toBe('first')
  expect(begun).toHaveLength(1)
})

test('what was read is read again once it is old', async () => {
  const { begun, read } = controlled()
  const shared = new SharedReading(read, { ...never, keepMs: 0 })
  const first = shared.get()
  begun[0]?.resolve('first')
  await first
  // Ten times as long as the reading took, however short that was.
  await expect
    .poll(() => {
      void shared.get()
      return begun.length
    })
    .toBe(2)
  begun[1]?.resolve('second')
  expect(await shared.get()).toBe('second')
})

test('a reading that fails is null for those who wait, is told, and is tried again', async () => {
  const { begun, read } = controlled()
  const told: unknown[] = []
  const shared = new SharedReading(read, { onError: (error) => told.push(error) })
  const asked = [shared.get(), shared.get()]
  const away = new Error('away')
  begun[0]?.reject(away)
  expect(await Promise.all(asked)).toEqual([null, null])
  expect(told).toEqual([away])
  const again = shared.get()
  begun[1]?.resolve('back')
  expect(await again).toBe('back')
})

test('nobody waits longer than allowed, and what comes late is there for the next', async () => {
  const { begun, read } = controlled()
  const shared = new SharedReading(read, { ...never, waitMs: 1 })
  expect(await shared.get()).toBeNull()
  begun[0]?.resolve('late')
  await begun[0]?.promise
  expect(await shared.get()).toBe('late')
  expect(begun).toHaveLength(1)
})
