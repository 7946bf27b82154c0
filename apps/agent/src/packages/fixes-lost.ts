import type { HostReport, ReportPatch, ReportSource } from '@graftwatch/contract/report'
import { flavorOf } from '@graftwatch/livepatch/parse/versions'
import { availablePatches, type PatchKnowledge } from './identify.ts'
import { packageOf } from './patch-packages.ts'
import { compareKernels, type KernelEvidence } from './reboot-verdict.ts'

/** CVEs that a kernel's own changelog names, newest first and perhaps cut off, and when that kernel was built. */
export interface KernelFixes {
  release: string
  cves: ReadonlySet<string>
  builtAtMs: number | null
}

export interface LossEvidence {
  knowledge: PatchKnowledge
  kernels: KernelEvidence
  /** The kernel that the next boot starts, as judged; null when unknown. */
  next: string | null
  /** Whether the next boot starts another build than the one that runs, though the release is the same. */
  isRebuilt: boolean
  fixes: KernelFixes | null
  loaders: BootLoaders
}

/** What is switched on to load live patches at boot. */
export interface BootLoaders {
  /** kpatch's service, which loads what lies in its directory for that kernel; null when nothing tells. */
  kpatch: boolean | null
  /** Canonical's client, which keeps its patch for the running kernel. */
  canonical: boolean
}

/**
 * CVEs that live patches fix now and the next boot would not: neither its kernel nor a live patch that it loads by itself.
 *
 * [] when there is nothing to lose, or all of it is known to stay. Null unless every part is known: what the patches fix,
 * which kernel starts, and what that one has. A kernel that is not newer lacks what this one needed a live patch for; of a
 * newer one its changelog tells, and a fix it does not name is missing only if it was built before the live patch was.
 */
export function fixesLost(
  patches: readonly ReportPatch[],
  sources: readonly Pick<ReportSource, 'name' | 'status'>[],
  evidence: LossEvidence,
): HostReport['reboot']['fixesLost'] {
  const { next, kernels, fixes } = evidence
  if (sources.some(({ name, status }) => status === 'failed' && name !== 'kernel-log')) return null
  const on = patches.filter(({ state, enabled }) => state === 'applied' || enabled === true)
  if (on.some(({ cves }) => cves === null)) return null
  const live = [...new Set(on.flatMap(({ cves }) => cves ?? []))]
  if (live.length === 0) return []
  if (next === null) return null
  const returning = returningAtBoot(on, evidence, next)
  const own = kernels.installed.find(({ release }) => release === kernels.running)
  const other = kernels.installed.find(({ release }) => release === next)
  if (!own || !other) return null
  const isNewer = compareKernels(other, own, kernels.order) > 0 || evidence.isRebuilt
  const isFixedThere = (cve: string): boolean => isNewer && fixes?.release === next && fixes.cves.has(cve)
  const lost = live.filter((cve) => !returning.cves.has(cve) && !isFixedThere(cve))
  if (lost.length === 0) return []
  if (returning.isUncertain) return null
  if (!isNewer) return flavorOf(next) === flavorOf(kernels.running) ? lost : null
  if (fixes === null || fixes.release !== next || fixes.builtAtMs === null) return null
  const patchBuilt = on.map(
    ({ name }) => packageOf(evidence.knowledge.packages, name, kernels.running)?.builtAtMs,
  )
  const isOlderKernel = patchBuilt.every(
    (at) => at != null && at > (fixes.builtAtMs ?? Number.POSITIVE_INFINITY),
  )
  return isOlderKernel ? lost : null
}

/** What live patches bring back by themselves in that kernel; `isUncertain` when one might and nothing tells. */
function returningAtBoot(
  on: readonly ReportPatch[],
  { knowledge, kernels, loaders }: LossEvidence,
  release: string,
): { cves: Set<string>; isUncertain: boolean } {
  const cves = new Set<string>()
  let isUncertain = false
  const add = (more: readonly string[] | null | undefined): void => {
    if (more == null) isUncertain = true
    for (const cve of more ?? []) cves.add(cve)
  }
  for (const entry of availablePatches({ ...knowledge, release })) {
    if (entry.forKernel !== release) continue
    const file = knowledge.files.find(({ name, release: of }) => name === entry.patch && of === release)
    // What loads modules from other directories at boot is not known, nor on hosts without systemd.
    if (!file?.isInLoadDirectory || loaders.kpatch === null) isUncertain = true
    else if (loaders.kpatch) add(entry.cves)
  }
  for (const patch of on) {
    if (patch.manager === 'canonical')
      add(loaders.canonical && release === kernels.running ? patch.cves : null)
    // Ksplice and KernelCare have ways of their own, which their clients' files do not tell.
    else if (patch.mechanism === 'ksplice' || patch.mechanism === 'kernelcare') isUncertain = true
  }
  return { cves, isUncertain }
}
