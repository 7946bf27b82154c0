import type { HostReport, ReportPatch } from '@graftwatch/contract'
import { reportPatchesMax } from '@graftwatch/contract/vocabulary'
import { isOvercome } from './failures.ts'
import type { Step } from './step.ts'
import type { HostTruth, KnownPatch } from './truth.ts'

const leftoversMax = 32

/**
 * What was last seen of the host's patches, and what changed since. A disabled patch is a fact also while others stay enabled.
 * The old patch of an atomic replace may read 0/0 for a moment before it leaves: replaced, not disabled.
 */
export function followPatches(step: Step): void {
  const { truth, report } = step
  const before = new Map(truth.patches.map((patch) => [patch.name, patch]))
  const now = report.patches
    .filter(({ state }) => state !== 'leftover')
    .map((patch) => knownAs(patch, before))
  const listed = new Set(now.map(({ name }) => name))
  const came = now.filter(({ name, applied }) => applied && !before.get(name)?.applied)
  const replacing = report.patches.find(
    (patch) => came.some(({ name }) => name === patch.name) && replacesOthers(step, patch),
  )
  if (!step.isFirstContact) {
    tellOfArrivals(step, came)
    for (const patch of now) tellIfDisabled(step, patch, before.get(patch.name), replacing?.name ?? null)
    // Of a list that is full nobody knows what it left out.
    const left =
      report.patches.length < reportPatchesMax ? truth.patches.filter(({ name }) => !listed.has(name)) : []
    for (const patch of left) tellIfRemoved(step, patch, replacing?.name ?? null)
  }
  keepLeftovers(truth, report, replacing?.name ?? null)
  truth.patches = now
  const on = now.findLast(({ applied }) => applied)
  if (on)
    truth.lastEnabled = {
      release: truth.release,
      bootId: truth.bootId,
      patch: on.name,
      mechanism: on.mechanism ?? 'klp',
    }
}

function knownAs(patch: ReportPatch, before: ReadonlyMap<string, KnownPatch>): KnownPatch {
  // Unreadable is not disabled: what was known of it holds.
  const enabled = patch.enabled ?? before.get(patch.name)?.enabled ?? false
  return {
    name: patch.name,
    build: patch.srcVersion ?? '',
    mechanism: patch.mechanism,
    enabled,
    applied: enabled && !patch.inTransition,
    state: patch.state,
  }
}

function tellOfArrivals({ truth, report, facts }: Step, came: readonly KnownPatch[]): void {
  for (const { name } of came) {
    facts.add('patch-enabled', { patch: name, source: 'observed' })
    // A try that succeeded between two readings, on a host whose log cannot be read: nobody tells of the attempt.
    const { failed } = truth
    const replaces = report.patches.some((patch) => patch.name === name && patch.replace === true)
    if (failed && !failed.isReported && isOvercome(failed, name, replaces)) truth.failed = null
  }
}

function tellIfDisabled(
  { facts }: Step,
  patch: KnownPatch,
  before: KnownPatch | undefined,
  replacedBy: string | null,
): void {
  if (patch.enabled) return
  if (before?.replacedBy) patch.replacedBy = before.replacedBy
  if (!before?.applied) return
  if (replacedBy !== null) patch.replacedBy = replacedBy
  else facts.add('patch-disabled', { patch: patch.name, source: 'observed' })
}

function tellIfRemoved({ facts }: Step, patch: KnownPatch, replacedBy: string | null): void {
  const by = patch.replacedBy ?? (patch.applied ? replacedBy : null)
  if (!patch.applied && by === null) return
  facts.add('patch-removed', {
    patch: patch.name,
    source: 'observed',
    detail: by === null ? null : `replaced by ${by}`,
  })
}

/** Why a module was left behind, as far as its leaving was seen; `truth.patches` is still what was read before. */
function keepLeftovers(truth: HostTruth, report: HostReport, replacedBy: string | null): void {
  const known = new Map((truth.leftovers ?? []).map((leftover) => [leftover.patch, leftover]))
  const leftovers = report.patches.flatMap(({ name, state }) => {
    if (state !== 'leftover') return []
    const before = truth.patches.find((patch) => patch.name === name)
    if (!before) return known.get(name) ?? []
    return [{ patch: name, by: before.replacedBy ?? (before.applied ? replacedBy : null) }]
  })
  if (leftovers.length > 0) truth.leftovers = leftovers.slice(0, leftoversMax)
  else delete truth.leftovers
}

/** Kernels before 6.11 do not say; then a load that completed in this very reading is what took the older patch away. */
function replacesOthers({ attempts }: Step, patch: ReportPatch): boolean {
  if (patch.replace !== null) return patch.replace
  return attempts.some(
    (attempt) =>
      attempt.patch.name === patch.name &&
      attempt.direction === 'patching' &&
      attempt.outcome === 'completed',
  )
}
