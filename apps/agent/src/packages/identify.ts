import type { HostReport, ReportPatch } from '@graftwatch/contract/report'
import type { ListedPatch } from '@graftwatch/livepatch/parse/patch-list'
import { clip } from '@graftwatch/livepatch/parse/text'
import type { ModuleFile } from './module-files.ts'
import { cvesOfModule, type PatchPackage, packageOf, versionInName } from './patch-packages.ts'

/** What this host itself knows of live patches: packages, files, and the words of SUSE's tool. */
export interface PatchKnowledge {
  /** The kernel that runs. */
  release: string
  packages: readonly PatchPackage[]
  files: readonly ModuleFile[]
  listed: readonly ListedPatch[]
}

const maxAvailable = 64
const maxCves = 4000

/**
 * The patches with the package and the CVEs this host knows of them; what a patch already says stays, and unknown stays null.
 *
 * A module file of the same name but another build is another patch: then its package is not the loaded one's.
 */
export function identifyPatches(patches: readonly ReportPatch[], knowledge: PatchKnowledge): ReportPatch[] {
  return patches.map((patch) => {
    const listed = knowledge.listed.find(({ name }) => name === patch.name)
    const from = isOtherBuild(patch, knowledge)
      ? null
      : packageOf(knowledge.packages, patch.name, knowledge.release)
    const cves = patch.cves ?? listed?.cves ?? (from ? cvesOfModule(from, patch.name) : null)
    return {
      ...patch,
      package: patch.package ?? clipped(listed?.package?.name ?? from?.name ?? null, 256),
      cves: cves?.slice(0, maxCves) ?? null,
    }
  })
}

/** Whether the module file of that name is of another build than what is loaded. */
export function isOtherBuild(
  patch: Pick<ReportPatch, 'name' | 'srcVersion'>,
  { files, release }: PatchKnowledge,
): boolean {
  const file = files.find((other) => other.name === patch.name && other.release === release)
  return (
    file != null &&
    file.srcVersion !== null &&
    patch.srcVersion !== null &&
    file.srcVersion !== patch.srcVersion
  )
}

const clipped = (text: string | null, max: number): string | null =>
  text === null ? null : clip(text, max) || null

/** Live patches on disk, those for the running kernel first. Packages without a module (placeholders) bring nothing to load. */
export function availablePatches(knowledge: PatchKnowledge): HostReport['available'] {
  const { packages, files, release } = knowledge
  const modules = files.map(({ name, release: forKernel, path }) => ({ name, forKernel, path }))
  for (const { modules: own } of packages)
    for (const { name, release: forKernel } of own)
      if (
        forKernel !== null &&
        !modules.some((other) => other.name === name && other.forKernel === forKernel)
      )
        modules.push({ name, forKernel, path: `${name}.ko` })
  const isOther = (forKernel: string): number => (forKernel === release ? 0 : 1)
  return modules
    .sort((a, b) => isOther(a.forKernel) - isOther(b.forKernel))
    .slice(0, maxAvailable)
    .map(({ name, forKernel, path }) => {
      const from = packageOf(packages, name, forKernel)
      const isHeld = from?.modules.some((own) => own.name === name)
      const file = path.slice(path.lastIndexOf('/') + 1).replace(/\.(?:gz|xz|zst)$/, '')
      return {
        package: clip(from?.name ?? file, 256),
        version: clip(
          from ? (isHeld ? from.version : (versionInName(name, from.name) ?? from.version)) : '',
          128,
        ),
        forKernel: clip(forKernel, 128),
        patch: clip(name, 128),
        cves: from ? (cvesOfModule(from, name)?.slice(0, maxCves) ?? null) : null,
      }
    })
}
