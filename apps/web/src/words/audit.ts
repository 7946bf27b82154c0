import type { AuditAction } from '@graftwatch/contract/vocabulary'
import type { AuditEntry } from '../api/types.ts'
import { visibleText } from './visible-text.ts'

/** What somebody did, after their name. */
export const auditWords: Record<AuditAction, string> = {
  'user.create': 'added a person',
  'user.update': 'changed a person',
  'user.remove': 'removed a person',
  'password.change': 'changed their own password',
  'session.create': 'signed in',
  'session.end': 'ended a session',
  'enrollment-token.create': 'made an enrollment token',
  'enrollment-token.revoke': 'revoked an enrollment token',
  'api-key.create': 'made an API key',
  'api-key.revoke': 'revoked an API key',
  'host.label': 'labeled hosts',
  'host.retire': 'retired hosts',
  'host.restore': 'brought hosts back',
  'host.remove': 'removed a host',
  'demo.remove': 'removed the demo fleet',
}

const longestFact = 160
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function valueText(value: unknown): string {
  if (value === null) return 'none'
  if (Array.isArray(value)) return value.map(valueText).join(', ') || 'none'
  if (!isRecord(value)) return String(value)
  if ('from' in value && 'to' in value) return `${valueText(value.from)} → ${valueText(value.to)}`
  const pairs = Object.entries(value).map(([key, inner]) => `${key}=${valueText(inner)}`)
  return pairs.join(', ') || 'none'
}

/** What the entry says beside the act, as `role: viewer → operator`. */
export function auditFacts({ data }: Pick<AuditEntry, 'data'>): string[] {
  return Object.entries(data).map(([key, value]) => {
    const text = visibleText(`${key}: ${valueText(value)}`)
    return text.length > longestFact ? `${text.slice(0, longestFact)}…` : text
  })
}
