import { oneLine, pageText } from './message-text.ts'
import { type Formatted, json, type Outgoing } from './outgoing.ts'

/** How long Alertmanager holds what fires without hearing of it again: five of our rounds. */
export const holdSeconds = 300

/** A label name as Prometheus has it: letters, digits, `_`, no digit first, and none of its own `__` names. */
const nameOf = (key: string): string => key.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)|^_+/, 'label_')

const foldedOf = (labels: Record<string, string>): Record<string, string> =>
  // The later one of two that fold to the same name loses; sorted, so that the same labels always name the same alert.
  Object.fromEntries(
    Object.entries(labels)
      .filter(([, value]) => value !== '')
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .map(([key, value]) => [nameOf(key), oneLine(value)]),
  )

const after = (iso: string, seconds: number): string =>
  new Date(Date.parse(iso) + seconds * 1000).toISOString()

/** One alert of the v2 API. Its labels are its name there: with the fingerprint, so that two causes under one rule stay two alerts. */
function alertOf({ message }: Outgoing, at: string) {
  const { alert, kind } = message
  const { title, lines } = pageText(message)
  if (!alert) {
    const isWatchdog = kind === 'heartbeat'
    return {
      labels: { alertname: isWatchdog ? 'GraftwatchWatchdog' : 'GraftwatchTest', severity: 'none' },
      annotations: { summary: title, description: lines.join('\n') },
      startsAt: message.at,
      endsAt: after(at, isWatchdog ? holdSeconds : 60),
      generatorURL: '',
    }
  }
  return {
    labels: {
      ...foldedOf(alert.labels),
      graftwatch_fingerprint: alert.fingerprint,
      ...(alert.drill && { drill: 'true' }),
    },
    annotations: {
      summary: title.replace(/^((?:\[FIRE DRILL\] )?)\w+: /, '$1'),
      description: [...lines, ...(alert.description ? ['', alert.description] : [])].join('\n'),
      hosts: String(alert.hosts),
      hosts_url: alert.hostsUrl,
      ...(alert.runbookUrl && { runbook_url: alert.runbookUrl }),
    },
    startsAt: alert.firingAt ?? alert.since,
    endsAt: kind === 'resolved' ? (alert.resolvedAt ?? message.at) : after(at, holdSeconds),
    generatorURL: alert.url,
  }
}

/**
 * Alerts for POST /api/v2/alerts of an Alertmanager at `url`. What fires ends by itself 5 minutes after `at`, and is told again every
 * minute until then. Source: Alertmanager's openapi.yaml, v2.
 */
export function formatAlertmanager(
  outgoing: readonly Outgoing[],
  { url, user }: { url: string; user: string | null },
  password: string | null,
  at: string,
): Formatted {
  const formatted = json(
    `${url.replace(/\/+$/, '')}/api/v2/alerts`,
    outgoing.map((each) => alertOf(each, at)),
  )
  if (user === null) return formatted
  const basic = Buffer.from(`${user}:${password ?? ''}`).toString('base64')
  return { ...formatted, headers: { authorization: `Basic ${basic}` } }
}
