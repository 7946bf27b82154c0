import { forgetFound } from '../components/palette/found.ts'
import type { Problem } from './types.ts'
import { write } from './write.ts'

/** Ends the session, forgets what was searched for in this browser, and leaves for the sign-in; the problem when that fails. Never throws. */
export async function signOut(): Promise<Problem | null> {
  const written = await write('POST', '/v1/auth/sign-out', {})
  if (!written.ok) return written.problem
  forgetFound()
  window.location.assign('/sign-in')
  return null
}
