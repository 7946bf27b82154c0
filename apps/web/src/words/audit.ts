import type { AuditAction } from '@graftwatch/contract/vocabulary'
import type { AuditEntry } from '../api/types.ts'
import { utcInstant } from './duration.ts'
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
  'alert.acknowledge': 'took an alert',
  'alert.unacknowledge': 'gave an alert back',
  'alert.comment': 'commented on an alert',
  'rule.create': 'made an alert rule',
  'rule.update': 'changed an alert rule',
  'rule.remove': 'removed an alert rule',
  'silence.create': 'silenced alerts',
  'silence.end': 'ended a silence',
  'channel.create': 'made a channel',
  'channel.update': 'changed a channel',
  'channel.remove': 'removed a channel',
  'channel.test': 'tested a channel',
  'delivery.resend': 'sent a delivery again',
  'drill.start': 'started a fire drill',
}

const longestFact = 160

/** How a reader would call what the data calls so. */
const factWords: Record<string, string> = {
  maxUses: 'hosts at most',
  expiresAt: 'until',
  scopes: 'may',
  changes: 'labels',
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `env=prod on 2 hosts`: what was done to the labels of some. */
const labeledText = ({ labels, hosts }: Record<string, unknown>): string | null =>
  typeof labels === 'string' && Array.isArray(hosts)
    ? `${labels} on ${hosts.length === 1 ? 'one host' : `${hosts.length} hosts`}`
    : null

function valueText(value: unknown): string {
  if (value === null) return 'none'
  if (Array.isArray(value)) return value.map(valueText).join(', ')
  if (!isRecord(value)) return String(value)
  const labeled = labeledText(value)
  if (labeled !== null) return labeled
  if ('from' in value && 'to' in value) return `${valueText(value.from)} → ${valueText(value.to)}`
  return Object.entries(value)
    .map(([key, inner]) => `${key}=${valueText(inner)}`)
    .join(', ')
}

/**
 * What it was done to, by the name that the entry or the list of people has for it, else its kind and id. Empty for one's own
 * session: that says nothing that the act does not.
 */
export function auditObject(
  { subject, data }: Pick<AuditEntry, 'subject' | 'data'>,
  names: ReadonlyMap<string, string>,
): string {
  const colon = subject.indexOf(':')
  const kind = colon < 0 ? subject : subject.slice(0, colon)
  const id = kind === 'session' ? String(data.user) : subject.slice(colon + 1)
  const person = kind === 'user' || kind === 'session' ? (names.get(id) ?? data.name) : undefined
  const said = [data.label, data.hostname, person].find((each) => typeof each === 'string')
  if (kind === 'session') return typeof said === 'string' ? `of ${visibleText(said)}` : ''
  return visibleText(typeof said === 'string' ? said : subject)
}

/** What the entry says beside the act and its object, as `role: viewer → operator`. */
export function auditFacts({ data, at }: Pick<AuditEntry, 'data' | 'at'>): string[] {
  const { label: _label, hostname: _hostname, user: _user, ...rest } = data
  return Object.entries(rest).flatMap(([key, value]) => {
    // A new name is a fact; the name of whom it is about stands before.
    if (key === 'name' && typeof value === 'string') return []
    const isInstant = key === 'expiresAt' && typeof value === 'string'
    const said = isInstant ? utcInstant(value, Date.parse(at)) : valueText(value)
    if (said === '' || (key === 'maxUses' && value === null)) return []
    const text = visibleText(`${factWords[key] ?? key}: ${said}`)
    return [text.length > longestFact ? `${text.slice(0, longestFact)}…` : text]
  })
}
