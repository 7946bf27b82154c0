import { type Permission, permissions, type Role, roles } from '@graftwatch/contract/vocabulary'

/** The least role that may do it; whoever has more may too. The only place where this is decided. */
export const leastRole = {
  'fleet:read': 'viewer',
  'fleet:export': 'viewer',
  'live:follow': 'viewer',
  'me:read': 'viewer',
  'sessions:own': 'viewer',
  'hosts:label': 'operator',
  'hosts:retire': 'operator',
  'hosts:remove': 'admin',
  'demo:remove': 'admin',
  'enrollment-tokens:read': 'operator',
  'enrollment-tokens:write': 'operator',
  'users:read': 'admin',
  'users:write': 'admin',
  'api-keys:read': 'admin',
  'api-keys:write': 'admin',
  'audit:read': 'admin',
  'alerts:answer': 'operator',
  'silences:write': 'operator',
  'rules:write': 'operator',
  'channels:read': 'operator',
  'channels:write': 'admin',
  'drills:start': 'operator',
} as const satisfies Record<Permission, Role>

const may = (role: Role, permission: Permission): boolean =>
  roles.indexOf(role) >= roles.indexOf(leastRole[permission])

/** All that a role may do, in the order of the vocabulary. */
export const permissionsOf = (role: Role): Permission[] =>
  permissions.filter((permission) => may(role, permission))
