import {
  imageOfSelection,
  parseGrubEnvironment,
  parseGrubMenu,
  parseLoaderEntry,
  releaseOfImage,
  selectedEntry,
  sortLoaderEntries,
} from '@graftwatch/livepatch/parse/boot'
import { type HostFiles, ReadFailure } from '../host-files.ts'
import { stampOf } from './raw-files.ts'

/** A kernel that can be booted. */
export interface InstalledKernel {
  release: string
  /** Version of its package, where dpkg keeps one; a release may be built more than once. */
  packageVersion: string | null
}

const maxKernels = 64

/**
 * Kernels with modules and an image: in /boot, beside the modules, or installed by a package. An image alone may be a leftover,
 * modules alone a build tree. `packaged`: release to package version.
 */
export function readInstalledKernels(
  files: HostFiles,
  packaged: ReadonlyMap<string, string>,
): InstalledKernel[] {
  const modules = files.list('lib/modules')
  if (modules instanceof ReadFailure) return []
  const boot = files.list('boot')
  const images = new Set(boot instanceof ReadFailure ? [] : boot.map(releaseOfImage))
  return modules
    .filter((release) => /^\d+\.\d/.test(release) && release.length <= 128)
    .filter(
      (release) =>
        images.has(release) || packaged.has(release) || files.exists(`lib/modules/${release}/vmlinuz`),
    )
    .sort()
    .slice(0, maxKernels)
    .map((release) => ({ release, packageVersion: packaged.get(release) ?? null }))
}

const grubDirectories = ['boot/grub2', 'boot/grub']
const entryDirectory = 'boot/loader/entries'
const maxEntries = 100
/** A menu of a hundred kernels is this long. */
const maxMenuBytes = 256 * 1024

/** {@link readNextBoot}, which reads a menu of many kB again only when one of GRUB's files changed. */
export function createNextBootReader(files: HostFiles): () => string | null {
  const paths = [...grubDirectories.flatMap((at) => [`${at}/grubenv`, `${at}/grub.cfg`]), entryDirectory]
  let known: { stamps: string; release: string | null } | null = null
  return () => {
    const stamps = paths.map((path) => stampOf(files, path)).join('\n')
    if (known?.stamps !== stamps) known = { stamps, release: readNextBoot(files) }
    return known.release
  }
}

/**
 * The release that GRUB starts next, null where its files cannot be read or followed (other boot loaders, rights, a saved
 * default that is gone): then nothing is said of the next boot from here.
 */
export function readNextBoot(files: HostFiles): string | null {
  for (const directory of grubDirectories) {
    const environmentText = files.read(`${directory}/grubenv`, 4096)
    if (environmentText instanceof ReadFailure && !environmentText.isGone) return null
    const text = files.text(`${directory}/grub.cfg`, maxMenuBytes)
    if (text === null) continue
    // A menu longer than this is cut off, and with it perhaps the default.
    if (text.length >= maxMenuBytes) return null
    const environment = parseGrubEnvironment(typeof environmentText === 'string' ? environmentText : '')
    const menu = parseGrubMenu(text)
    const entries = menu.usesLoaderEntries ? loaderEntries(files) : menu.entries
    if (entries === null) return null
    const image = imageOfSelection(entries, selectedEntry(menu.defaultEntry, environment))
    return image === null ? null : releaseOfImage(image)
  }
  return null
}

function loaderEntries(files: HostFiles) {
  const names = files.list(entryDirectory)
  if (names instanceof ReadFailure) return null
  const ids = names.filter((name) => name.endsWith('.conf'))
  if (ids.length > maxEntries) return null
  const entries = ids.map((name) => {
    const text = files.text(`${entryDirectory}/${name}`, 16 * 1024)
    return text === null ? null : parseLoaderEntry(name.slice(0, -'.conf'.length), text)
  })
  const readable = entries.filter((entry) => entry !== null)
  return readable.length === entries.length ? sortLoaderEntries(readable) : null
}
