import { type ChangelogEntry, cvesOf, versionOfHeading } from './changelog.ts'

/**
 * What `rpm` prints for {@link rpmPatchFormat} and {@link rpmKernelFormat}. Pure.
 */

export interface RpmPackage {
  name: string
  version: string
  release: string
  /** Milliseconds since the epoch; null where rpm says nothing usable. */
  builtAtMs: number | null
  /** Kernel modules among its files, as absolute paths. */
  modules: string[]
  /** Newest first. */
  changes: ChangelogEntry[]
}

/**
 * Formats for `rpm --queryformat`: a line that names a package, one for each of its files, one for each heading of its changelog
 * with the text below it. Tags stand at the left edge before a tab. A kernel has thousands of files, which nobody asks for.
 */
const packageLine = 'package\\t%{NAME}\\t%{VERSION}\\t%{RELEASE}\\t%{BUILDTIME}\\n'
const changeLines = '[change\\t%{CHANGELOGNAME}\\n%{CHANGELOGTEXT}\\n]'
export const rpmPatchFormat = `${packageLine}[file\\t%{FILENAMES}\\n]${changeLines}`
export const rpmKernelFormat = `${packageLine}${changeLines}`

const maxPackages = 256
const maxModules = 256
const maxChanges = 20_000

/**
 * The packages in the output. A last entry that was cut off keeps what arrived of it. Throws when there are more packages or modules
 * than it holds: what is left out would look as if it were not there.
 */
export function parseRpmPackages(text: string): RpmPackage[] {
  const packages: RpmPackage[] = []
  let current: RpmPackage | null = null
  let change: ChangelogEntry | null = null
  for (const line of text.split('\n')) {
    const [tag, first = '', second = '', third = '', fourth = ''] = line.split('\t', 5)
    if (tag === 'package' && first !== '' && second !== '') {
      if (packages.length >= maxPackages) throw new Error(`it names more than ${maxPackages} packages`)
      const seconds = /^\d{1,11}$/.test(fourth) ? Number(fourth) : null
      current = {
        name: first,
        version: second,
        release: third,
        builtAtMs: seconds === null ? null : seconds * 1000,
        modules: [],
        changes: [],
      }
      change = null
      packages.push(current)
    } else if (tag === 'file' && current && line.startsWith('file\t')) {
      if (!/\.ko(?:\.(?:gz|xz|zst))?$/.test(first)) continue
      if (current.modules.length >= maxModules)
        throw new Error(`it names more than ${maxModules} modules of ${current.name}`)
      current.modules.push(first)
    } else if (tag === 'change' && current && line.startsWith('change\t')) {
      if (current.changes.length >= maxChanges) continue
      change = { version: versionOfHeading(line.slice(7)), cves: [] }
      current.changes.push(change)
    } else if (change && line.includes('CVE-'))
      for (const cve of cvesOf(line)) if (!change.cves.includes(cve)) change.cves.push(cve)
  }
  return packages
}

/** How many files `rpm -qf` says that no package owns. */
export const unownedIn = (text: string): number =>
  text.match(/^file \/.* is not owned by any package$/gm)?.length ?? 0
