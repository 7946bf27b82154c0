import { cvesOfEntries } from '@graftwatch/livepatch/parse/changelog'
import { parseRpmPackages, type RpmPackage } from '@graftwatch/livepatch/parse/rpm'
import type { HostFiles } from '../host-files.ts'
import type { KernelFixes } from './fixes-lost.ts'
import { modulesOf, type PatchPackage } from './patch-packages.ts'
import { stampOf } from './raw-files.ts'

const directories = ['var/lib/rpm', 'usr/lib/sysimage/rpm']
/** SQLite since rpm 4.16 (changes first go to the log beside it), NDB of SUSE, Berkeley DB before. */
const databases = ['rpmdb.sqlite', 'rpmdb.sqlite-wal', 'Packages.db', 'Packages']

/** What changes whenever the rpm database does; null when this host has none. */
export function rpmStamp(files: HostFiles): string | null {
  const stamps = directories.flatMap((directory) =>
    databases.map((name) => stampOf(files, `${directory}/${name}`)),
  )
  return stamps.some((stamp) => stamp !== null) ? stamps.join('\n') : null
}

/** The packages with live patches in rpm's answer. */
export const patchPackagesOf = (answer: string): PatchPackage[] =>
  parseRpmPackages(answer)
    .map(patchPackageOf)
    .filter(({ modules }) => modules.length > 0)

const patchPackageOf = ({
  name,
  version,
  release,
  builtAtMs,
  modules,
  changes,
}: RpmPackage): PatchPackage => ({
  name,
  version: `${version}-${release}`,
  order: 'rpm',
  builtAtMs,
  modules: modulesOf(modules),
  changes,
})

/** What rpm's answer on the package of a kernel says that this kernel fixes; null when it knows no such package. */
export function kernelFixesOf(answer: string, release: string): KernelFixes | null {
  const [kernel] = parseRpmPackages(answer)
  return kernel
    ? { release, cves: new Set(cvesOfEntries(kernel.changes)), builtAtMs: kernel.builtAtMs }
    : null
}
