import type { Permission } from '@graftwatch/contract/vocabulary'

export type Section = { href: string; word: string; permission: Permission }

/** The parts of the settings, each for whoever may read it. */
export const sections: readonly Section[] = [
  { href: '/settings/users', word: 'People', permission: 'users:read' },
  { href: '/settings/enrollment-tokens', word: 'Enrollment tokens', permission: 'enrollment-tokens:read' },
  { href: '/settings/api-keys', word: 'API keys', permission: 'api-keys:read' },
]
