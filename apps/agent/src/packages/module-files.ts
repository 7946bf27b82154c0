import { moduleNameOf } from '@graftwatch/livepatch/parse/module-file'
import { type HostFiles, ReadFailure } from '../host-files.ts'
import { srcVersionOfFile, stampOf } from './raw-files.ts'

/** A live patch module on disk. */
export interface ModuleFile {
  path: string
  /** Where else that build of it lies: `kpatch install` copies what a package brought. */
  copies: string[]
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

/** What lies on disk, and why that may not be all; null when it is. */
export interface FoundModules {
  modules: ModuleFile[]
  failure: string | null
}

/**
 * Finds the modules on disk, of whatever kernel and those of the running one first, so that no number of others hides them; builds
 * are read from a file again only when it changed.
 */
export function createModuleFinder(files: HostFiles): (running: string) => FoundModules {
  const builds = new Map<string, { stamp: string | null; srcVersion: string | null }>()

  function buildOf(path: string): string | null {
    const stamp = stampOf(files, path)
    const known = builds.get(path)
    if (known && known.stamp === stamp) return known.srcVersion
    const srcVersion = srcVersionOfFile(files, path)
    builds.set(path, { stamp, srcVersion })
    return srcVersion
  }

  return (running) => {
    let failure: string | null = null
    const list = (directory: string): string[] => {
      const names = files.list(directory)
      if (!(names instanceof ReadFailure)) return names
      if (!names.isGone) failure ??= `/${directory} cannot be listed (${names.code})`
      return []
    }
    const first = (release: string): number => (release === running ? 0 : 1)
    /** Directories named after a kernel release. Links count too: kpatch's may point elsewhere. */
    const releasesIn = (directory: string): string[] =>
      list(directory)
        .filter((name) => /^\d+\.\d/.test(name) && name.length <= 128)
        .sort()
        .sort((a, b) => first(a) - first(b))
        .slice(0, maxReleases)
    const places = [
      ...directories.flatMap((directory) =>
        releasesIn(directory).map((release) => ({ release, at: `${directory}/${release}` })),
      ),
      ...releasesIn('lib/modules').flatMap((release) =>
        belowModules.map((name) => ({ release, at: `lib/modules/${release}/${name}` })),
      ),
    ].sort((a, b) => first(a.release) - first(b.release))
    const found = new Map<string, ModuleFile>()
    for (const { release, at } of places) {
      for (const file of list(at).sort()) {
        const name = moduleNameOf(file)
        const key = `${release} ${name}`
        // kpatch.ko is the tool's own core module of RHEL 7.
        const path = `${at}/${file}`
        const first = found.get(key)
        if (first && buildOf(path) === first.srcVersion) first.copies.push(path)
        if (name === null || name === 'kpatch' || first || found.size >= maxFiles) continue
        const isInLoadDirectory = at.startsWith('var/lib/kpatch/')
        found.set(key, { path, copies: [], name, release, srcVersion: buildOf(path), isInLoadDirectory })
      }
    }
    const modules = [...found.values()]
    const seen = new Set(modules.flatMap(({ path, copies }) => [path, ...copies]))
    for (const path of builds.keys()) if (!seen.has(path)) builds.delete(path)
    return { modules, failure }
  }
}
