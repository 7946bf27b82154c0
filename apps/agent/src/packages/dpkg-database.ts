import { parseDebianChangelog } from '@graftwatch/livepatch/parse/changelog'
import {
  type DpkgPackage,
  kernelReleaseOfPackage,
  moduleFilesIn,
  parseDpkgParagraph,
} from '@graftwatch/livepatch/parse/dpkg'
import type { HostFiles } from '../host-files.ts'
import { modulesOf, type PatchPackage } from './patch-packages.ts'
import { eachParagraph, gunzipStart } from './raw-files.ts'

/** What the dpkg database says of kernels and live patches. */
export interface DpkgFacts {
  /** Kernel release to the version of the package that holds its image. */
  kernels: Map<string, string>
  patches: PatchPackage[]
}

export const dpkgStatusPath = 'var/lib/dpkg/status'

/** Packages of live patches: nothing in the database marks them but their names. */
const isPatchPackage = (name: string): boolean => /livepatch|live-patch|kpatch|kgraft/.test(name)

/** dpkg writes the name first. */
function isWanted(firstLine: string): boolean {
  const name = firstLine.replace(/^Package: /, '')
  return isPatchPackage(name) || kernelReleaseOfPackage(name) !== null
}

const maxPackages = 1000
const maxListBytes = 256 * 1024

/** Reads status, lists and changelogs under /var/lib/dpkg and /usr/share/doc; null when there is no status file to read. */
export async function readDpkg(files: HostFiles): Promise<DpkgFacts | null> {
  const found: DpkgPackage[] = []
  const isRead = await eachParagraph(files, dpkgStatusPath, isWanted, (text) => {
    const installed = parseDpkgParagraph(text)
    if (installed && found.length < maxPackages) found.push(installed)
  })
  if (!isRead) return null
  const kernels = new Map<string, string>()
  const patches: PatchPackage[] = []
  for (const installed of found) {
    const release = kernelReleaseOfPackage(installed.name)
    if (release !== null) kernels.set(release, installed.version)
    else {
      const patch = readPatchPackage(files, installed)
      if (patch.modules.length > 0) patches.push(patch)
    }
  }
  return { kernels, patches }
}

function readPatchPackage(files: HostFiles, { name, version }: DpkgPackage): PatchPackage {
  // Packages that may be installed for several architectures at once carry one in the name of their list.
  const list =
    files.text(`var/lib/dpkg/info/${name}.list`, maxListBytes) ??
    files.text(`var/lib/dpkg/info/${name}:amd64.list`, maxListBytes) ??
    ''
  const changelog = readDebianChangelog(files, name) ?? ''
  return {
    name,
    version,
    order: 'dpkg',
    builtAtMs: dateOfChangelog(changelog),
    modules: modulesOf(moduleFilesIn(list)),
    changes: parseDebianChangelog(changelog),
  }
}

/** The beginning of a package's changelog; null where it was not installed, as in many images. */
export function readDebianChangelog(files: HostFiles, packageName: string): string | null {
  const directory = `usr/share/doc/${packageName}`
  return (
    gunzipStart(files, `${directory}/changelog.Debian.gz`) ?? gunzipStart(files, `${directory}/changelog.gz`)
  )
}

/** When the newest entry was signed off, which is when the package was made; null when it does not say. */
export function dateOfChangelog(text: string): number | null {
  const date = /^ -- [^\n]{1,200}> {1,2}([^\n]{1,60})$/m.exec(text)?.[1]
  const at = date === undefined ? Number.NaN : Date.parse(date)
  return Number.isNaN(at) ? null : at
}
