import type { ApiKeyScope } from '@graftwatch/contract/vocabulary'

/** What a program with this scope may do. */
export const scopeWords: Record<ApiKeyScope, string> = {
  'fleet:read': 'read hosts, transitions, blockers and patches',
  'fleet:export': 'export whole lists',
  'live:follow': 'follow changes as they happen',
  'me:read': 'ask what the key itself may do',
  'hosts:label': 'label hosts',
  'hosts:retire': 'retire hosts and bring them back',
  'hosts:remove': 'remove hosts',
  'demo:remove': 'remove the demo fleet',
  'enrollment-tokens:read': 'list enrollment tokens',
  'enrollment-tokens:write': 'make and revoke enrollment tokens',
  'users:read': 'list people and their sessions',
  'api-keys:read': 'list API keys',
  'audit:read': 'read the audit log',
  'alerts:answer': 'take alerts and comment on them',
  'silences:write': 'silence alerts',
  'rules:write': 'change alert rules',
  'channels:read': 'list channels and deliveries',
  'drills:start': 'start fire drills',
}
