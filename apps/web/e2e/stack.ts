import { fileURLToPath } from 'node:url'
import type { StackAddresses } from './stack-process.ts'

/** Where the system under test answers. Throws outside a run of the tests. */
export function stack(): StackAddresses {
  const said = process.env.GRAFTWATCH_STACK
  if (said === undefined)
    throw new Error('No stack: run these tests with Playwright and this folder’s configuration.')
  return JSON.parse(said) as StackAddresses
}

export const admin = {
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  password: 'correct horse battery staple',
}

/** The admin's session, kept by the set-up journey for the others. */
export const sessionFile = fileURLToPath(new URL('../test-results/session.json', import.meta.url))
