import type { DeliveryKind } from '@graftwatch/contract/alert-vocabulary'
import type { AlertDetail, AlertNote, Delivery } from '../api/types.ts'
import { counted } from './numbers.ts'
import { visibleText } from './visible-text.ts'

export type TimelineEntry = { at: string; note: AlertNote } | { at: string; delivery: Delivery }

/** What happened to an alert and what was told of it, newest first. */
export const timelineOf = ({ notes, deliveries }: AlertDetail): TimelineEntry[] =>
  [
    ...notes.map((note) => ({ at: note.at, note })),
    ...deliveries.map((delivery) => ({ at: delivery.createdAt, delivery })),
  ].toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))

const noteSentences: Record<AlertNote['kind'], (who: string, hosts: number | null) => string> = {
  fired: (_, hosts) => `Fired${hosts === null ? '' : ` for ${counted(hosts, 'host')}`}`,
  grew: (_, hosts) => (hosts === null ? 'More hosts' : `Grew to ${counted(hosts, 'host')}`),
  acknowledged: (who) => `${who} took it`,
  unacknowledged: (who) => `${who} gave it back`,
  commented: (who) => `${who} wrote`,
  silenced: (who) => `${who} silenced it`,
  resolved: (_, hosts) =>
    `Resolved${hosts === null || hosts === 0 ? '' : `, ${counted(hosts, 'host')} in all`}`,
}

/** A note as one sentence without a full stop; its text stands under it. */
export const noteSentence = ({ kind, by, hosts }: AlertNote): string =>
  noteSentences[kind](by === null ? 'The server' : visibleText(by), hosts)

/** What a delivery tells, after “told ops:”. */
export const deliveryKindWords: Record<DeliveryKind, string> = {
  firing: 'it fires',
  updated: 'it grew',
  resolved: 'it is resolved',
  repeated: 'it still fires',
  test: 'a test',
  heartbeat: 'a heartbeat',
}

/** How a delivery fared, with the last answer where there was one. */
export function deliveryOutcome({ status, attempts }: Delivery): string {
  const last = attempts.at(-1)
  const tries = counted(attempts.length, 'try', 'tries')
  if (last === undefined) return status === 'dead' ? 'Given up before it was tried' : 'Waits to be sent'
  const answer = last.status === null ? visibleText(last.answer) : `answered ${last.status}`
  if (status === 'delivered')
    return `Delivered in ${last.milliseconds} ms, ${answer}${attempts.length > 1 ? `, at the ${ordinal(attempts.length)} try` : ''}`
  return status === 'dead' ? `Given up after ${tries}: ${answer}` : `Not delivered after ${tries}: ${answer}`
}

const ordinal = (value: number): string =>
  `${value}${value % 100 >= 11 && value % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')}`
