/** The words of alerting, which are Prometheus' where it has one. Meanings: docs/glossary.md. Nothing here imports anything. */

/** What a rule can look for on a host. What each looks at, and since when it counts: apps/api/src/alerting/conditions.ts. */
export const alertConditions = [
  'stuck',
  'failed',
  'patch-off',
  'not-loaded',
  'forced',
  'unknown-patch',
  'other-build',
  'disagree',
  'silent',
  'sight-lost',
  'crash',
  'would-regress',
  'data-dropped',
] as const
export type AlertCondition = (typeof alertConditions)[number]

/** `page`: get somebody up. `ticket`: in working hours. `show`: on the pages alone, nothing is sent. Worst first. */
export const alertSeverities = ['page', 'ticket', 'show'] as const
export type AlertSeverity = (typeof alertSeverities)[number]

export const alertStatuses = ['pending', 'firing', 'resolved'] as const
export type AlertStatus = (typeof alertStatuses)[number]

/** What becomes of an alert, in its timeline. `grew`: more hosts than were told of before. */
export const alertNoteKinds = [
  'fired',
  'grew',
  'acknowledged',
  'unacknowledged',
  'commented',
  'silenced',
  'resolved',
] as const
export type AlertNoteKind = (typeof alertNoteKinds)[number]

/** `silence`: somebody looks after it. `maintenance`: a planned window, in which also patches may go. */
export const silenceKinds = ['silence', 'maintenance'] as const
export type SilenceKind = (typeof silenceKinds)[number]

export const channelTypes = ['webhook', 'slack', 'email', 'pagerduty', 'alertmanager'] as const
export type ChannelType = (typeof channelTypes)[number]

/** What a delivery tells. `repeated`: still firing, for receivers that forget. */
export const deliveryKinds = ['firing', 'updated', 'resolved', 'repeated', 'test', 'heartbeat'] as const
export type DeliveryKind = (typeof deliveryKinds)[number]

/** `waiting`: to be tried, again or for the first time. `dead`: given up, can be sent again by hand. */
export const deliveryStatuses = ['waiting', 'delivered', 'dead'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]
