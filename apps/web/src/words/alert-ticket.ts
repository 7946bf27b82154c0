import type { AlertDetail, AlertSummary, AlertsPage } from '../api/types.ts'
import {
  actNowText,
  alertsSentence,
  conditionWords,
  loudFirst,
  severityWords,
  signatureText,
  silentWords,
} from './alerts.ts'
import { utcInstant } from './duration.ts'
import { counted } from './numbers.ts'
import { visibleText } from './visible-text.ts'

const marks = ({ drill, demo }: AlertSummary): string =>
  `${drill ? 'FIRE DRILL, simulated. ' : ''}${demo ? 'DEMO hosts. ' : ''}`

function statusText(alert: AlertSummary, now: number): string {
  const began = `it began ${utcInstant(alert.since, now)}`
  if (alert.resolvedAt !== null) return `Resolved ${utcInstant(alert.resolvedAt, now)}; ${began}`
  if (alert.firingAt === null) {
    return `Pending; ${began}${alert.dueAt === null ? '' : `, and it fires ${utcInstant(alert.dueAt, now)} if it holds on`}`
  }
  return `Firing since ${utcInstant(alert.firingAt, now)}; ${began}`
}

function hostsText(alert: AlertSummary): string {
  const named = alert.examples.map(({ hostname }) => visibleText(hostname))
  const more = alert.hosts - named.length
  const silent = silentWords(alert)
  return `Hosts: ${named.join(', ')}${more > 0 ? ` and ${counted(more, 'more host')}` : ''}${silent === null ? '' : `; ${silent}`}`
}

function whoHas({ acknowledged, resolvedAt }: AlertSummary, now: number): string {
  if (acknowledged === null) return resolvedAt === null ? 'Nobody has it yet' : 'Nobody had it'
  const note = acknowledged.note ? `: ${visibleText(acknowledged.note)}` : ''
  return `${visibleText(acknowledged.by)} ${resolvedAt === null ? 'has it since' : 'took it'} ${utcInstant(acknowledged.at, now)}${note}`
}

const silencedText = ({ silencedUntil }: AlertSummary, now: number): string | null =>
  silencedUntil === null ? null : `Silenced until ${utcInstant(silencedUntil, now)}`

/** One alert as plain text for a ticket: what, where, since when, whether to get up, what frees it, as of when. `base`: this origin. */
export function alertTicket(
  { alert, description, remedy, runbookUrl, now: asOf }: AlertDetail,
  base: string,
): string {
  const now = Date.parse(asOf)
  const signature = signatureText(alert)
  return [
    `${marks(alert)}${visibleText(alert.summary)}`,
    `${statusText(alert, now)}. As of ${asOf}.`,
    ...(alert.resolvedAt === null
      ? [`Get up? ${actNowText(alert)}`, `First safe step: ${visibleText(alert.firstStep)}`]
      : []),
    `${whoHas(alert, now)}.`,
    silencedText(alert, now),
    hostsText(alert),
    signature === null ? null : `Held by: ${signature}`,
    `Rule: ${visibleText(alert.rule.name)}, when ${conditionWords[alert.condition].when}; ${severityWords[alert.severity].word.toLowerCase()}`,
    ...(description === '' ? [] : ['', ...description.split('\n').map(visibleText)]),
    ...(remedy === null
      ? []
      : [
          '',
          `What the kernel said: ${visibleText(remedy.kernelSays)}`,
          `What it means: ${visibleText(remedy.meaning)}`,
          alert.firstStep.startsWith(remedy.safeStep)
            ? null
            : `What frees it: ${visibleText(remedy.safeStep)}`,
          remedy.check === null ? null : `Check on the host: ${visibleText(remedy.check)}`,
          `Risk if done another way: ${visibleText(remedy.risk)}`,
          visibleText(remedy.never),
        ]),
    '',
    runbookUrl === null ? null : `Runbook: ${runbookUrl}`,
    `${base}/alerts/${alert.id}`,
  ]
    .filter((line) => line !== null)
    .join('\n')
}

/** What fires, for whoever takes over: who has it, since when, until when it is silenced. What does not fit is counted. */
export function handoverNote(page: AlertsPage, base: string): string {
  const { items, firing, now: asOf } = page
  const now = Date.parse(asOf)
  const open = loudFirst(items.filter(({ status }) => status === 'firing'))
  const more = firing - open.filter(({ drill }) => !drill).length
  return [
    `Handover, ${utcInstant(asOf, now)}. ${alertsSentence(page)}`,
    ...open.flatMap((alert) => [
      '',
      `[${alert.severity}] ${marks(alert)}${visibleText(alert.summary)}`,
      [statusText(alert, now), whoHas(alert, now), silencedText(alert, now)]
        .filter((part) => part !== null)
        .map((part) => `${part}.`)
        .join(' '),
      `Get up? ${actNowText(alert)} First safe step: ${visibleText(alert.firstStep)}`,
      `${base}/alerts/${alert.id}`,
    ]),
    ...(more > 0 ? ['', `${counted(more, 'more alert')}: ${base}/alerts`] : []),
  ].join('\n')
}
