import type { HostReport } from '@graftwatch/contract'
import type { HostTruth } from '@graftwatch/livepatch'
import { type Dictionaries, kernelKey, patchKey } from '../dictionaries.ts'
import { flagBits, type HostOutcome, labelsOf } from '../report-batch.ts'
import type { PeriodRow } from './history.ts'

/** One reading of a host, folded. */
export interface Reading {
  truth: HostTruth
  report: HostReport
}

/** Labels as `host.labels` holds them: `env` and `env=prod`. */
export const labelTokens = (labels: Record<string, string>): string[] =>
  Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]) => [key, `${key}=${value}`])

function topPatchId({ report, truth }: Reading, ids: Dictionaries): number | null {
  const open = truth.open?.patch
  const on = report.patches.findLast(({ enabled, state }) => enabled === true && state !== 'leftover')
  const patch = open ?? (on && { mechanism: on.mechanism, name: on.name, build: on.srcVersion ?? '' })
  return patch ? (ids.patches.get(patchKey(patch)) ?? null) : null
}

/** The row of a host as this reading leaves it, as the statement that updates hosts takes it. */
export function hostRecord({ truth, report }: Reading, outcome: HostOutcome, ids: Dictionaries) {
  const { row, isShared } = outcome
  const os = report.host.os
  return {
    id: row.id,
    hostname: report.host.hostname,
    os: os.name ?? os.id,
    architecture: report.host.architecture,
    labels: labelTokens(labelsOf(row, report)),
    state: truth.state,
    reason: truth.reason,
    since: truth.stateSince,
    since_before: truth.sinceBefore,
    flags: flagBits(isShared ? [...truth.flags, 'sharedKernel'] : truth.flags),
    boot_id: truth.bootId,
    kernel_id: ids.kernels.get(kernelKey(report)) ?? null,
    patch_id: topPatchId({ truth, report }, ids),
    level: report.agent.level,
  }
}

/** What of the patches is worth a new row: everything `host_patch` holds. */
export const patchesGist = (report: HostReport): string =>
  JSON.stringify(
    report.patches.map((patch) => [
      patch.mechanism,
      patch.name,
      patch.srcVersion,
      patch.enabled,
      patch.state,
      patch.stackOrder,
      patch.manager,
      patch.objects.filter(({ loaded }) => loaded === false).length,
    ]),
  )

/** The rows of `host_patch` of one host. */
export function hostPatches(report: HostReport, ids: Dictionaries) {
  const byId = new Map<number, { patch_id: number; state: string; manager: string | null } & Counted>()
  for (const patch of report.patches) {
    const id = ids.patches.get(
      patchKey({ mechanism: patch.mechanism, name: patch.name, build: patch.srcVersion ?? '' }),
    )
    if (id === undefined) continue
    byId.set(id, {
      patch_id: id,
      enabled: patch.enabled,
      state: patch.state,
      stack_order: patch.stackOrder,
      objects_waiting: patch.objects.filter(({ loaded }) => loaded === false).length,
      manager: patch.manager,
    })
  }
  return [...byId.values()]
}

interface Counted {
  enabled: boolean | null
  stack_order: number | null
  objects_waiting: number
}

function periodOf(reading: Reading, outcome: HostOutcome, ids: Dictionaries, at: string): PeriodRow {
  const { id, architecture: _architecture, level: _level, ...shown } = hostRecord(reading, outcome, ids)
  const patches = hostPatches(reading.report, ids).map((patch) => [
    patch.patch_id,
    patch.state,
    patch.enabled,
    patch.stack_order,
    patch.objects_waiting,
  ])
  return { host_id: id, at, ...shown, patches, is_newest: false, only_after: null }
}

const gistOf = (period: PeriodRow, report: HostReport): string =>
  // By the kernel's name: the id of one that only the last report named need not be known here.
  JSON.stringify([{ ...period, at: '', kernel_id: 0, patches: [] }, kernelKey(report), patchesGist(report)])

/** A host from its boot until a patch is on. */
const nothingOn = {
  state: 'unpatched',
  reason: 'justBooted',
  since_before: false,
  patch_id: null,
  patches: [],
}

/**
 * The periods that begin with the readings of this batch, in their order. A state that began before its reading, as stuck does when
 * its threshold passed, has a row at its beginning; where the server wrote something in between, such as silence or a label, the
 * reading itself is written as well, so that it outlasts that.
 */
export function periodsOf(outcome: HostOutcome, ids: Dictionaries): PeriodRow[] {
  const { row, changes } = outcome
  const rows: PeriodRow[] = []
  let before: Reading | null = row.truth && row.report ? { truth: row.truth, report: row.report } : null
  const wasOut = row.state === 'silent' || row.isRetired
  const wasShared = (row.flags & flagBits(['sharedKernel'])) !== 0
  for (const [index, reading] of changes.entries()) {
    const { truth, bootGap } = reading
    const isLast = index === changes.length - 1
    const period = periodOf(reading, outcome, ids, truth.readAt)
    if (bootGap !== null) rows.push({ ...period, ...nothingOn, at: bootGap, since: bootGap })
    const old = before && gistOf(periodOf(before, outcome, ids, before.truth.readAt), before.report)
    const isOtherwise =
      old !== gistOf(period, reading.report) || (index === 0 && outcome.isShared !== wasShared)
    if (isOtherwise || (wasOut && (index === 0 || isLast))) {
      const began = before && truth.stateSince !== before.truth.stateSince ? truth.stateSince : truth.readAt
      if (began < truth.readAt) rows.push({ ...period, at: began })
      const isTold = began < truth.readAt && !wasOut && before !== null && began > before.truth.readAt
      // Only the last reading speaks of now: one that waited in a spool must not outlast a silence that came after it.
      rows.push({ ...period, is_newest: isLast, only_after: isTold ? began : null })
    }
    before = reading
  }
  return rows
}
