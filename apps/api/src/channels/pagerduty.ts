import type { AlertMessage, AlertSeverity } from '@graftwatch/contract'
import { cut, oneLine, pageText } from './message-text.ts'
import { type Formatted, json, type Outgoing } from './outgoing.ts'

const severities: Record<AlertSeverity, string> = { page: 'critical', ticket: 'warning', show: 'info' }

const detailsOf = (alert: NonNullable<AlertMessage['alert']>, lines: string[]) => ({
  act: lines.join('\n'),
  rule: alert.rule.name,
  condition: alert.condition,
  labels: alert.labels,
  hosts: alert.hosts,
  examples: alert.examples.map(({ hostname }) => oneLine(hostname)),
  since: alert.since,
  description: alert.description,
  drill: alert.drill,
})

/**
 * An event of Events API v2. An alert is one incident however often it is told; its successor is another, so that news of its end which
 * comes late closes nothing else.
 * A test triggers an incident of its own with severity info. Source: PagerDuty, "Events API v2"; summary at most 1024 characters.
 */
export function formatPagerduty(
  { id, message }: Outgoing,
  { url }: { url: string },
  routingKey: string,
): Formatted {
  const { alert, kind } = message
  const { title, lines, links } = pageText(message)
  const key = {
    routing_key: routingKey,
    dedup_key: alert ? `graftwatch-alert-${alert.id}` : `graftwatch-test-${id}`,
  }
  if (kind === 'resolved') return json(url, { ...key, event_action: 'resolve' })
  return json(url, {
    ...key,
    event_action: 'trigger',
    client: 'Graftwatch',
    ...(alert && { client_url: alert.url }),
    links: links.map(({ text, url: href }) => ({ href, text })),
    payload: {
      summary: cut(title, 1024),
      source: oneLine(alert?.examples[0]?.hostname ?? '') || 'graftwatch',
      severity: alert ? severities[alert.severity] : 'info',
      timestamp: alert?.firingAt ?? message.at,
      ...(alert && { class: alert.condition, group: alert.rule.name }),
      custom_details: alert ? detailsOf(alert, lines) : { act: lines.join('\n') },
    },
  })
}
