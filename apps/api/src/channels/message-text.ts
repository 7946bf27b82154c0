import type { AlertMessage, DeliveryKind } from '@graftwatch/contract'

export type Alert = NonNullable<AlertMessage['alert']>

/** The text of a page, line by line, as every channel has it in its own markup. Names come from hosts, and may hold anything but lines. */
export interface PageText {
  /** What has happened, in one line. */
  title: string
  /** Whether to get up, the first safe step, the hosts. */
  lines: string[]
  links: { text: string; url: string }[]
}

const words: Record<DeliveryKind, string> = {
  firing: 'Firing',
  updated: 'Updated',
  repeated: 'Firing',
  resolved: 'Resolved',
  test: 'Test',
  heartbeat: 'Heartbeat',
}

/** One line without control characters or marks that turn the direction of writing: no name of a host makes a line of its own. */
export const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()

export const cut = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`

function hostsLine({ hosts, silentHosts, examples }: Alert): string {
  const names = examples.map(({ hostname }) => oneLine(hostname))
  const more = hosts - names.length
  const silent =
    silentHosts > 0 ? ` (${silentHosts} silent since, so nobody knows whether it still holds)` : ''
  return `Hosts: ${hosts}${silent}${names.length > 0 ? `: ${names.join(', ')}` : ''}${names.length > 0 && more > 0 ? ` and ${more} more` : ''}`
}

function alertLines(kind: DeliveryKind, alert: Alert): string[] {
  if (kind === 'resolved')
    return [
      `It no longer holds on any host. At most ${alert.hostsMost} ${alert.hostsMost === 1 ? 'host was' : 'hosts were'} held.`,
    ]
  return [
    `Act now? ${alert.actNow.now ? 'Yes' : 'No'}: ${oneLine(alert.actNow.why)}`,
    `First safe step: ${oneLine(alert.firstStep)}`,
    hostsLine(alert),
    ...(alert.acknowledged ? [`Looked after by ${oneLine(alert.acknowledged.by)}`] : []),
  ]
}

const linksOf = (alert: Alert) => [
  { text: 'Open the alert', url: alert.url },
  { text: 'All its hosts', url: alert.hostsUrl },
  ...(alert.runbookUrl ? [{ text: 'Runbook', url: alert.runbookUrl }] : []),
]

/** Source: operations.md §2, page text. A drill says so before anything else. */
export function pageText({ kind, alert }: AlertMessage): PageText {
  if (kind === 'heartbeat')
    return {
      title: 'Heartbeat: Graftwatch is watching',
      lines: ['When these stop, Graftwatch or the way from it is down.'],
      links: [],
    }
  if (!alert)
    return {
      title: 'Test: this channel works',
      lines: ['Somebody pressed the test button in Graftwatch. Nothing is wrong.'],
      links: [],
    }
  return {
    title: `${alert.drill ? '[FIRE DRILL] ' : ''}${words[kind]}: ${oneLine(alert.summary)}`,
    lines: [
      ...(alert.drill ? ['This is a drill: no host is held, nobody needs to act.'] : []),
      ...alertLines(kind, alert),
    ],
    links: linksOf(alert),
  }
}
