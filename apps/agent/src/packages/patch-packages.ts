import { type ChangelogEntry, cvesOfEntries } from '@graftwatch/livepatch/parse/changelog'
import { moduleNameOf, releaseOfModuleFile } from '@graftwatch/livepatch/parse/module-file'
import {
  compareDpkgVersions,
  compareRpmVersions,
  type VersionOrder,
} from '@graftwatch/livepatch/parse/versions'

/** A package of this host that holds live patches. */
export interface PatchPackage {
  name: string
  /** With the release or revision. */
  version: string
  order: VersionOrder
  builtAtMs: number | null
  modules: PackagedModule[]
  /** Newest first; [] when it has none that can be read. */
  changes: ChangelogEntry[]
}

export interface PackagedModule {
  /** As the kernel would list it. */
  name: string
  /** The kernel it is for; null where its path does not tell. */
  release: string | null
}

/** Vendors whose packages name every CVE they fix, so that none named means none fixed. */
const namesEveryCve = /^(?:kpatch-patch-|kernel-livepatch-|kgraft-patch-)/

export const modulesOf = (paths: readonly string[]): PackagedModule[] =>
  paths.flatMap((path) => {
    const name = moduleNameOf(path)
    return name === null || name === 'kpatch' ? [] : [{ name, release: releaseOfModuleFile(path) }]
  })

/**
 * The version of a package that a module was in, by the module's name: SUSE's `livepatch_<version>_<release>`, Red Hat's
 * `kpatch_<kernel>_<version>_<release>`. Null for names made otherwise.
 */
export function versionInName(module: string, packageName: string): string | null {
  const suse = /^(?:livepatch|kgraft_patch)_(\d+)_(\d+(?:_\d+)*)$/.exec(module)
  if (suse?.[1] && suse[2] && /^(?:kernel-livepatch|kgraft-patch)-/.test(packageName))
    return `${suse[1]}-${suse[2].replaceAll('_', '.')}`
  const kernel = /^kpatch-patch-(.+)$/.exec(packageName)?.[1]?.replaceAll('-', '_')
  if (kernel === undefined || !module.startsWith(`kpatch_${kernel}_`)) return null
  const own = /^(\d+)_(\d+)$/.exec(module.slice(`kpatch_${kernel}_`.length))
  return own ? `${own[1]}-${own[2]}` : null
}

const cveInName = /(?:^|_)CVE_(\d{4})_(\d{4,9})(?:_|$)/

/**
 * CVEs that a module of a package fixes, null when nothing on this host tells.
 *
 * A package with several modules (Amazon's) fixes in each only what that one's name says: its changelog is of all together.
 * A module older than the package has the entries up to its own version; where entries carry no version, it is unknown.
 */
export function cvesOfModule(from: PatchPackage, module: string): string[] | null {
  const named = cveInName.exec(module)
  const own = named ? [`CVE-${named[1]}-${named[2]}`] : null
  const isCurrent = from.modules.some(({ name }) => name === module)
  if (isCurrent && from.modules.length > 1) return own
  const entries = isCurrent ? from.changes : entriesUpTo(from, versionInName(module, from.name))
  if (entries === null || entries.length === 0) return own
  const cves = [...new Set([...cvesOfEntries(entries), ...(own ?? [])])]
  return cves.length > 0 || namesEveryCve.test(from.name) ? cves : null
}

function entriesUpTo(from: PatchPackage, version: string | null): ChangelogEntry[] | null {
  if (version === null || from.changes.some((change) => change.version === null)) return null
  const compare = from.order === 'rpm' ? compareRpmVersions : compareDpkgVersions
  return from.changes.filter(
    (change) => change.version !== null && compareShort(change.version, version, compare) <= 0,
  )
}

/** Module names leave out the distribution's part of a release (`1-2.el9_2`), so it does not count here. */
const compareShort = (full: string, short: string, compare: (a: string, b: string) => number): number =>
  compare(/^\d+-\d+/.exec(full)?.[0] ?? full, short)

/** Whether SUSE's or Red Hat's name of a package is of this kernel: dots of the release as underscores. */
const isNamedFor = (packageName: string, release: string): boolean => {
  const kernel = /^(?:kernel-livepatch|kgraft-patch|kpatch-patch)-(.+)$/.exec(packageName)?.[1]
  if (kernel === undefined) return false
  const written = release.replaceAll('.', '_')
  return written === kernel || written.startsWith(`${kernel}_el`)
}

/**
 * The package a module of this kernel is from, or, of vendors whose names tell, was from before an update; null when none is
 * known to be.
 */
export function packageOf(
  packages: readonly PatchPackage[],
  module: string,
  release: string,
): PatchPackage | null {
  const holds = (other: PatchPackage): boolean =>
    other.modules.some(
      (own) =>
        own.name === module &&
        (own.release === release || (own.release === null && isNamedFor(other.name, release))),
    )
  return (
    packages.find(holds) ??
    packages.find(({ name }) => isNamedFor(name, release) && versionInName(module, name) !== null) ??
    null
  )
}
