import { type HostReport, hostFlags } from '@graftwatch/contract'
import { type Change, type HostFact, type HostTruth, reduce } from '@graftwatch/livepatch'

/** A report that was authenticated and validated, on its way into the database. */
export interface Incoming {
  hostId: number
  report: HostReport
  receivedAt: number
  /** Length of its body after decompression. */
  bytes: number
  /** The host's clock when it sent, from its Date header. */
  sentAt: number | null
}

/** What the database holds of a host when a batch begins; its row is locked. */
export interface HostRow {
  id: number
  state: string
  flags: number
  bootId: string | null
  /** What an enrollment token brought; the agent's own labels overrule it. */
  tokenLabels: Record<string, string>
  /** What operators set; it overrules all others. */
  setLabels: Record<string, string>
  isRetired: boolean
  report: HostReport | null
  truth: HostTruth | null
  /** Of the last report that was taken in order; 0 before the first. */
  sequence: number
  window: bigint
}

/** How a report fared. `late`: older than what is known; kept in history. */
export type Verdict = 'stored' | 'duplicate' | 'late'

/** A host after a batch. Null `truth` and `report`: only late reports or duplicates came. */
export interface HostOutcome {
  row: HostRow
  truth: HostTruth | null
  report: HostReport | null
  sequence: number
  window: bigint
  reportedAt: number
  /** Another agent speaks for the same kernel; this one is neither counted nor alerted. */
  isShared: boolean
  changes: Change[]
  facts: HostFact[]
}

const windowBits = 64

/** The outcome of a host of which nothing came yet. */
export const emptyOutcome = (row: HostRow): HostOutcome => ({
  row,
  truth: row.truth,
  report: row.report,
  sequence: row.sequence,
  window: row.window,
  reportedAt: 0,
  isShared: (row.flags & flagBits(['sharedKernel'])) !== 0,
  changes: [],
  facts: [],
})

export const flagBits = (flags: readonly string[]): number =>
  hostFlags.reduce((bits, flag, index) => (flags.includes(flag) ? bits | (1 << index) : bits), 0)

/**
 * Whether this sequence was taken before, by an anti-replay window as in IPsec: bit n of `window` is report sequence - 1 - n.
 * Older than the window reads as late; its facts are then kept once by their hash.
 */
export function isDuplicate(outcome: Pick<HostOutcome, 'sequence' | 'window'>, sequence: number): boolean {
  if (sequence === outcome.sequence) return true
  const age = outcome.sequence - 1 - sequence
  return sequence < outcome.sequence && age < windowBits && ((outcome.window >> BigInt(age)) & 1n) === 1n
}

function markTaken(outcome: HostOutcome, sequence: number): void {
  if (sequence < outcome.sequence) {
    const age = outcome.sequence - 1 - sequence
    if (age < windowBits) outcome.window |= 1n << BigInt(age)
    return
  }
  const step = sequence - outcome.sequence
  const shifted = step >= windowBits + 1 ? 0n : (outcome.window << BigInt(step)) | (1n << BigInt(step - 1))
  outcome.window = BigInt.asUintN(64, outcome.sequence === 0 ? 0n : shifted)
  outcome.sequence = sequence
}

function lateFact(item: Incoming, truth: HostTruth): HostFact {
  const { report, receivedAt } = item
  const at = Math.min(Date.parse(report.collectedAt), receivedAt)
  return {
    kind: 'late-report',
    occurredAt: new Date(Math.max(at, receivedAt - 400 * 86_400_000)).toISOString(),
    bootId: report.kernel.bootId,
    patch: report.transition?.patch ?? null,
    source: 'server',
    from: null,
    to: truth.state,
    reason: null,
    detail: `report ${report.sequence} came after ${truth.sequence}`,
  }
}

/** The labels that count for a host: a token's, overruled by the agent's, overruled by what operators set. */
export const labelsOf = (
  { tokenLabels, setLabels }: Pick<HostRow, 'tokenLabels' | 'setLabels'>,
  report: HostReport,
): Record<string, string> => ({ ...tokenLabels, ...report.host.labels, ...setLabels })

/** The labels that the server acts on: what a token or an operator said. A host cannot move its own alarms. */
const actingLabelsOf = ({ tokenLabels, setLabels }: HostRow): Record<string, string> => ({
  ...tokenLabels,
  ...setLabels,
})

/** Folds one report into its host's outcome. Pure but for `outcome`, which it extends. */
export function takeReport(outcome: HostOutcome, item: Incoming): Verdict {
  if (isDuplicate(outcome, item.report.sequence)) return 'duplicate'
  const { truth, report } = outcome
  const isLate = item.report.sequence < outcome.sequence
  markTaken(outcome, item.report.sequence)
  if (isLate && truth) {
    outcome.facts.push(lateFact(item, truth))
    return 'late'
  }
  const change = reduce(truth && report ? { truth, report } : null, item.report, {
    at: item.receivedAt,
    sentAt: item.sentAt,
    labels: actingLabelsOf(outcome.row),
  })
  outcome.truth = change.truth
  outcome.report = change.report
  outcome.reportedAt = item.receivedAt
  outcome.changes.push(change)
  outcome.facts.push(...change.facts)
  return 'stored'
}

const serverFact = (truth: HostTruth, fields: Pick<HostFact, 'kind'> & Partial<HostFact>): HostFact => ({
  occurredAt: truth.readAt,
  bootId: truth.bootId,
  patch: null,
  source: 'server',
  from: null,
  to: null,
  reason: null,
  detail: null,
  ...fields,
})

/** A host that was taken out of the fleet and speaks again is back in it; one that shares its kernel says so once. */
export function noteMembership(outcome: HostOutcome): void {
  const { row, truth, changes, facts, isShared } = outcome
  if (!truth || changes.length === 0) return
  if (row.isRetired) facts.push(serverFact(truth, { kind: 'returned', detail: 'it spoke again' }))
  const wasShared = (row.flags & flagBits(['sharedKernel'])) !== 0
  if (isShared && !wasShared) facts.push(serverFact(truth, { kind: 'shared-kernel', detail: truth.bootId }))
}

/** Another machine reported under this host's identity and is a host of its own now. */
export function noteClone(outcome: HostOutcome, cloneId: number, report: HostReport): void {
  if (!outcome.truth) return
  const detail = `boot ${report.kernel.bootId} of ${report.host.hostname} is host ${cloneId} now`
  outcome.facts.push(serverFact(outcome.truth, { kind: 'cloned', detail }))
}

/** One more machine than is told apart reported under this host's identity: its report is kept off, and that is told once a day. */
export function noteTooManyClones(outcome: HostOutcome, { receivedAt }: Incoming): void {
  if (!outcome.truth) return
  const day = new Date(receivedAt).toISOString().slice(0, 10)
  const detail =
    'more machines report under this identity than are told apart; enroll each with a token of its own'
  outcome.facts.push({ ...serverFact(outcome.truth, { kind: 'cloned', detail }), bootId: '', toldAt: day })
}

/** A host that was silent and speaks again changes state even when nothing about its kernel did. */
export function noteReturn(outcome: HostOutcome): void {
  const { row, truth, changes } = outcome
  // A duplicate or a late report says nothing of now.
  if (row.state !== 'silent' || !truth || changes.length === 0) return
  const told = outcome.facts.find(({ kind }) => kind === 'state-changed')
  if (told) told.from = 'silent'
  else
    outcome.facts.push(
      serverFact(truth, { kind: 'state-changed', from: 'silent', to: truth.state, reason: truth.reason }),
    )
}
