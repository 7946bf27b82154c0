import { moduleNameOf } from '@graftwatch/livepatch/parse/module-file'
import { type HostFiles, ReadFailure } from '../host-files.ts'
import { srcVersionOfFile, stampOf } from './raw-files.ts'

/** A live patch module on disk. */
export interface ModuleFile {
  path: string
  /** As the kernel would list it. */
  name: string
  release: string
  srcVersion: string | null
  /** Whether kpatch's service finds it at boot. */
  isInLoadDirectory: boolean
}

/** Where vendors and tools put them, by kernel release; the first is the one that `kpatch load --all` reads. */
const directories = ['var/lib/kpatch', 'usr/lib/kpatch', 'usr/lib/livepatch', 'usr/lib/livepatching']
const belowModules = ['livepatch', 'kgraft']
const maxFiles = 128
const maxReleases = 64

/** Finds the modules on disk, of whatever kernel; builds are read from a file again only when it changed. */
export function createModuleFinder(files: HostFiles): () => ModuleFile[] {
  const builds = new Map<string, { stamp: string | null; srcVersion: string | null }>()

  function buildOf(path: string): string | null {
    const stamp = stampOf(files, path)
    const known = builds.get(path)
    if (known && known.stamp === stamp) return known.srcVersion
    const srcVersion = srcVersionOfFile(files, path)
    builds.set(path, { stamp, srcVersion })
    return srcVersion
  }

  return () => {
    const places = [
      ...directories.flatMap((directory) =>
        releasesIn(files, directory).map((release) => ({ release, at: `${directory}/${release}` })),
      ),
      ...releasesIn(files, 'lib/modules').flatMap((release) =>
        belowModules.map((name) => ({ release, at: `lib/modules/${release}/${name}` })),
      ),
    ]
    const found = new Map<string, ModuleFile>()
    for (const { release, at } of places) {
      const names = files.list(at)
      if (names instanceof ReadFailure) continue
      for (const file of names.sort()) {
        const name = moduleNameOf(file)
        const key = `${release} ${name}`
        // kpatch.ko is the tool's own core module of RHEL 7.
        if (name === null || name === 'kpatch' || found.has(key) || found.size >= maxFiles) continue
        const path = `${at}/${file}`
        const isInLoadDirectory = at.startsWith('var/lib/kpatch/')
        found.set(key, { path, name, release, srcVersion: buildOf(path), isInLoadDirectory })
      }
    }
    for (const path of builds.keys())
      if (![...found.values()].some((file) => file.path === path)) builds.delete(path)
    return [...found.values()]
  }
}

/** Directories named after a kernel release. Links count too: kpatch's may point elsewhere. */
function releasesIn(files: HostFiles, directory: string): string[] {
  const names = files.list(directory)
  if (names instanceof ReadFailure) return []
  return names
    .filter((name) => /^\d+\.\d/.test(name) && name.length <= 128)
    .sort()
    .slice(0, maxReleases)
}
