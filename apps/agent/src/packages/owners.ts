import { parseDpkgOwners } from '@graftwatch/livepatch/parse/dpkg'
import type { HostFiles } from '../host-files.ts'
import { isOtherBuild, type PatchKnowledge } from './identify.ts'
import type { PackagePrograms } from './package-programs.ts'
import { modulesOf, type PatchPackage, packageOf } from './patch-packages.ts'
import { patchPackagesOf } from './rpm-database.ts'

const maxAsked = 16

/**
 * Paths of the modules of patches that are on and that no known package holds: packages are known by their names, and a shop may
 * give its own any name. Of many patches, those of the first 16.
 */
export function ownerlessPaths(files: HostFiles, knowledge: PatchKnowledge): string[] {
  const { packages, listed, release } = knowledge
  const isAsked = (name: string): boolean => {
    if (files.text(`sys/kernel/livepatch/${name}/enabled`, 16)?.trim() !== '1') return false
    if (listed.some((patch) => patch.name === name && patch.package)) return false
    const srcVersion = files.text(`sys/module/${name}/srcversion`, 128)?.trim() ?? null
    return packageOf(packages, name, release) === null && !isOtherBuild({ name, srcVersion }, knowledge)
  }
  const asked = files.directories('sys/kernel/livepatch').filter(isAsked)
  return knowledge.files
    .filter((file) => file.release === release && asked.includes(file.name))
    .slice(0, maxAsked)
    .flatMap(({ path, copies }) => [path, ...copies].map((one) => `/${one}`))
}

/** With /usr before it and without: where /usr is merged, packages may name either. */
const bothNames = (path: string): string[] => {
  const short = path.replace(/^\/usr\//, '/')
  return short.startsWith('/lib/') ? [short, `/usr${short}`] : [path]
}

/** The packages that own these files, by the programs of the databases that this host has; null when one cannot be asked. */
export async function readOwners(
  paths: readonly string[],
  has: { dpkg: boolean; rpm: boolean },
  programs: Pick<PackagePrograms, 'dpkgOwners' | 'rpmOwners'>,
): Promise<PatchPackage[] | null> {
  const byDpkg = has.dpkg ? await programs.dpkgOwners(paths.flatMap(bothNames)) : ''
  const byRpm = has.rpm ? await programs.rpmOwners(paths) : ''
  if (byDpkg === null || byRpm === null) return null
  // dpkg's word has neither version nor changes, so that what the patch fixes stays unknown.
  const ofDpkg = [...parseDpkgOwners(byDpkg)].map(
    ([path, name]): PatchPackage => ({
      name,
      version: '',
      order: 'dpkg',
      builtAtMs: null,
      modules: modulesOf([path]),
      changes: [],
    }),
  )
  return [...ofDpkg, ...patchPackagesOf(byRpm)]
}
