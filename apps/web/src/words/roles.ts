import type { Role } from '@graftwatch/contract/vocabulary'

/** What each role may do, for who gives it. */
export const roleWords: Record<Role, string> = {
  viewer: 'sees the whole fleet, changes nothing',
  operator: 'also adds, labels and retires hosts',
  admin: 'everything, also people, API keys and the audit log',
}

/** The shortest password, as the contract has it. */
export const shortestPassword = 12

/** Null when it will do, else what it lacks. */
export const passwordProblem = (password: string): string | undefined =>
  password.length >= shortestPassword
    ? undefined
    : `The password has ${password.length} characters, it needs ${shortestPassword}.`
