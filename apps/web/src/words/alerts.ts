import type { AlertCondition, AlertSeverity } from '@graftwatch/contract/alert-vocabulary'
import type { AlertSummary, AlertsPage } from '../api/types.ts'
import { ownerWords } from './causes.ts'
import { duration, secondsSince } from './duration.ts'
import { counted, number } from './numbers.ts'
import { kindWords } from './tasks.ts'
import { visibleText } from './visible-text.ts'

/** How loud an alert is: as a word, and as the head of those that are so loud. */
export const severityWords: Record<AlertSeverity, { word: string; means: string }> = {
  page: { word: 'Page', means: 'gets somebody up at any hour' },
  ticket: { word: 'Ticket', means: 'for working hours' },
  show: { word: 'Show', means: 'sent only where a channel asks' },
}

/** What a rule looks for on a host, as the end of “alerts when …”. */
export const conditionWords: Record<AlertCondition, { word: string; when: string }> = {
  stuck: { word: 'stuck', when: 'a transition makes no progress' },
  failed: { word: 'failed', when: 'the last load did not end applied, or its tool keeps trying' },
  'patch-off': {
    word: 'patch off',
    when: 'a patch goes off without a reboot or a replacement, outside a maintenance window',
  },
  'not-loaded': { word: 'not loaded', when: 'a patch that is due is not loaded' },
  forced: { word: 'forced', when: 'a transition was forced' },
  'unknown-patch': { word: 'unknown patch', when: 'a patch is on that no installed package brought' },
  'other-build': {
    word: 'other build',
    when: 'a patch runs in another build than on nearly all hosts with its kernel',
  },
  disagree: { word: 'disagree', when: 'the vendor’s client and the kernel contradict each other' },
  silent: { word: 'silent', when: 'the agent says nothing' },
  'sight-lost': { word: 'sight lost', when: 'the agent lost a right or a source it had' },
  crash: { word: 'crash', when: 'the kernel reports an oops or a lockup after a load' },
  'would-regress': { word: 'would regress', when: 'a reboot would lose fixes' },
  'data-dropped': { word: 'data dropped', when: 'the agent had to drop what it had read' },
}

/** Whether somebody has to get up for it: these alone are red. */
export const isLoud = ({
  actNow,
  status,
  drill,
}: Pick<AlertSummary, 'actNow' | 'status' | 'drill'>): boolean => actNow.now && status === 'firing' && !drill

/** Those to get up for first; the others keep their order. */
export const loudFirst = (alerts: readonly AlertSummary[]): AlertSummary[] =>
  alerts.toSorted((a, b) => Number(isLoud(b)) - Number(isLoud(a)))

/** `Ada has it, silenced`, as the end of a line. */
export const holderText = ({ acknowledged, silencedUntil }: AlertSummary): string =>
  `${acknowledged === null ? 'nobody has it yet' : `${visibleText(acknowledged.by)} has it`}${silencedUntil === null ? '' : ', silenced'}`

/** After “Get up?”: `No: the old code keeps serving; the exposure goes on.` */
export const actNowText = ({ actNow }: Pick<AlertSummary, 'actNow'>): string => visibleText(actNow.why)

/** `kernel thread vhost-N in vhost_worker of vhost.service, while unpatching`; null where no task holds it. */
export function signatureText({ signature }: Pick<AlertSummary, 'signature'>): string | null {
  if (signature === null) return null
  const held = signature.function === null ? '' : ` in ${visibleText(signature.function)}`
  const owner = signature.unit === null ? '' : ` of ${ownerWords(signature)}`
  const leaving = signature.direction === 'unpatching' ? ', while unpatching' : ''
  return `${kindWords[signature.kind]} ${visibleText(signature.comm)}${held}${owner}${leaving}`
}

/** `no word from 3 of them`; null while all of its hosts speak. */
export function silentWords({
  hosts,
  silentHosts,
}: Pick<AlertSummary, 'hosts' | 'silentHosts'>): string | null {
  if (silentHosts === 0) return null
  if (silentHosts < hosts) return `no word from ${silentHosts} of them`
  return hosts === 1 ? 'no word from it since' : 'no word from any of them since'
}

/** How long an alert that has ended did fire; null for one that never did, or still does. */
export function firedFor({
  firingAt,
  resolvedAt,
}: Pick<AlertSummary, 'firingAt' | 'resolvedAt'>): string | null {
  return firingAt === null || resolvedAt === null
    ? null
    : duration(secondsSince(firingAt, Date.parse(resolvedAt)))
}

/** What fires now and who has it, beginning with a number. Says more than the number only when `page` has all that fire. */
export function alertsSentence({ items, firing, pending }: AlertsPage): string {
  const be = pending === 1 ? 'is' : 'are'
  if (firing === 0) return `No alert fires.${pending === 0 ? '' : ` ${number(pending)} ${be} pending.`}`
  const soon = pending === 0 ? '' : ` ${number(pending)} more ${be} pending.`
  const lead = `${counted(firing, 'alert')} ${firing === 1 ? 'fires' : 'fire'}`
  const real = items.filter(({ status, drill }) => status === 'firing' && !drill)
  if (real.length !== firing) return `${lead}.${soon}`
  return `${lead}: ${upWords(real)}, ${takenWords(real)}.${soon}`
}

function upWords(alerts: readonly AlertSummary[]): string {
  const up = alerts.filter(isLoud).length
  if (up === 0) return 'nobody has to get up'
  return alerts.length === 1 ? 'get up' : `${number(up)} to get up for`
}

function takenWords(alerts: readonly AlertSummary[]): string {
  const open = alerts.filter(({ acknowledged }) => acknowledged === null).length
  const [first] = alerts
  if (alerts.length === 1)
    return first?.acknowledged ? `${visibleText(first.acknowledged.by)} has it` : 'nobody has it yet'
  return open === 0
    ? 'all are taken'
    : `${open === alerts.length ? 'none is' : `${number(open)} not`} taken yet`
}
