import { expect, test } from 'vitest'
import { openSecret, SecretUnreadable, sealSecret } from './secrets.ts'

const secret = 'a secret of at least thirty-two characters'

test('what is sealed opens again, is never twice the same, and does not hold the text', () => {
  const one = sealSecret('hunter2 ☃', '7', secret)
  const two = sealSecret('hunter2 ☃', '7', secret)
  expect(openSecret(one, '7', secret)).toBe('hunter2 ☃')
  expect(openSecret(two, '7', secret)).toBe('hunter2 ☃')
  expect(one.equals(two)).toBe(false)
  expect(one.includes('hunter2')).toBe(false)
})

test('it opens for no other channel, under no other key, and not when a bit of it was changed or cut off', () => {
  const sealed = sealSecret('hunter2', '7', secret)
  expect(() => openSecret(sealed, '8', secret)).toThrow(SecretUnreadable)
  expect(() => openSecret(sealed, '7', `${secret}!`)).toThrow('Enter the secret again')
  for (let byte = 0; byte < sealed.length; byte += 1) {
    const changed = Buffer.from(sealed)
    changed[byte] = (changed[byte] ?? 0) ^ 1
    expect(() => openSecret(changed, '7', secret), `byte ${byte}`).toThrow(SecretUnreadable)
  }
  for (const length of [0, 5, 12, 20, sealed.length - 1])
    expect(() => openSecret(sealed.subarray(0, length), '7', secret), `${length} bytes`).toThrow(
      SecretUnreadable,
    )
})
