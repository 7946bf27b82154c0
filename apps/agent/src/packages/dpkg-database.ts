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

const isWanted = (name: string): boolean => isPatchPackage(name) || kernelReleaseOfPackage(name) !== null

const maxPackages = 1000
const maxListBytes = 256 * 1024

/**
 * Reads status, lists and changelogs under /var/lib/dpkg and /usr/share/doc. Throws what is wrong when they cannot be read or the
 * status is none: what no package is known to bring is told as loaded by somebody unknown, so that nothing may be half known.
 */
export async function readDpkg(files: HostFiles): Promise<DpkgFacts> {
  const found: DpkgPackage[] = []
  let isStatus = false
  const take = (firstLine: string): boolean => {
    // dpkg writes the name first.
    if (!firstLine.startsWith('Package: ')) return false
    isStatus = true
    return isWanted(firstLine.slice('Package: '.length))
  }
  const failure = await eachParagraph(files, dpkgStatusPath, take, (text) => {
    const installed = parseDpkgParagraph(text)
    if (installed) found.push(installed)
  })
  if (failure !== null) throw new Error(`/${dpkgStatusPath} cannot be read (${failure.code})`)
  if (found.length > maxPackages)
    throw new Error(`/${dpkgStatusPath} names more than ${maxPackages} packages of kernels and live patches`)
  if (!isStatus) throw new Error(`/${dpkgStatusPath} names no package`)
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
  const list = readFileList(files, name)
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

/** Packages that may be installed for several architectures at once carry one in the name of their list. */
function readFileList(files: HostFiles, name: string): string {
  for (const architecture of ['', ':amd64', ':arm64', ':s390x', ':ppc64el']) {
    const path = `var/lib/dpkg/info/${name}${architecture}.list`
    const list = files.read(path, maxListBytes)
    if (typeof list === 'string') return list
    if (!list.isGone) throw new Error(`/${path} cannot be read (${list.code})`)
  }
  return ''
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
