import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DebianLists, fetchLists, run, stepLimitMs } from '../debian-packages.ts'

/** A kernel of Debian's, unpacked and not installed: image, modules, headers and the live patches of its own source. */
export interface Kernel {
  release: string
  /** What its packages hold, from their root. */
  root: string
  /** C files of the kernel's self-tests and samples for livepatch. */
  sources: string
}

/**
 * Two lines of kernels that Debian 12 has for clouds, whose configuration says LIVEPATCH=y. The metapackages name the newest
 * of each, so that the lane follows what people run.
 */
const metapackages = [
  { image: 'linux-image-cloud-amd64', source: 'linux-source-6.1' },
  { image: 'linux-image-6.12-cloud-amd64', source: 'linux-source-6.12' },
]

/** Programs the lane needs and the packages that have them. */
const programs = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'gcc-12': 'gcc-12',
  make: 'make',
  cpio: 'cpio',
  xz: 'xz-utils',
  '/bin/busybox': 'busybox-static',
}

/** Installs what is missing when it may, else throws with the line that does. */
export function needPrograms(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync('/etc/debian_version'))
    throw new Error(
      'The kernel lane builds and boots Debian kernels: it needs an x86-64 host with Debian 12.',
    )
  const missing = Object.entries(programs)
    .filter(([program]) => !has(program))
    .map(([, packageName]) => packageName)
  // The kernel's build tools are linked to it, and a helper of the lane to the static C library.
  if (!existsSync('/usr/include/libelf.h')) missing.push('libelf-dev')
  if (!existsSync('/usr/lib/x86_64-linux-gnu/libc.a')) missing.push('libc6-dev')
  if (missing.length === 0) return
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  if (process.getuid?.() !== 0)
    throw new Error(`The kernel lane needs programs that are missing here: sudo ${install}`)
  run('apt-get', ['update'])
  run('apt-get', install.split(' ').slice(1))
}

const has = (program: string): boolean =>
  program.startsWith('/') ? existsSync(program) : spawnSync('which', [program]).status === 0

/** The newest kernels of both lines, from the folder or else from Debian. */
export function fetchKernels(folder: string): Kernel[] {
  const lists = fetchLists(folder)
  return metapackages.map((line) => {
    const release = newestRelease(
      run('apt-cache', [...lists.options, 'show', '--no-all-versions', line.image]),
    )
    const root = join(folder, release)
    const sources = join(root, 'livepatch-sources')
    if (!existsSync(join(root, 'complete'))) {
      rmSync(root, { recursive: true, force: true })
      mkdirSync(sources, { recursive: true })
      unpack({ lists, release, source: line.source, root, sources })
      writeFileSync(join(root, 'complete'), '')
    }
    return { release, root, sources }
  })
}

function newestRelease(shown: string): string {
  const release = /^Depends: linux-image-(\S+)/m.exec(shown)?.[1]
  if (!release) throw new Error(`apt-cache names no kernel image in:\n${shown}`)
  return release
}

interface Unpacking {
  lists: DebianLists
  release: string
  source: string
  root: string
  sources: string
}

function unpack({ lists, release, source, root, sources }: Unpacking): void {
  const version = release.replace(/-cloud-amd64$/, '')
  const headers = `linux-headers-${release}`
  const kbuild = /^Depends:.*?(linux-kbuild-\S+?)[ ,]/m.exec(
    run('apt-cache', [...lists.options, 'show', headers]),
  )?.[1]
  if (!kbuild) throw new Error(`${headers} names no linux-kbuild package`)
  const names = [`linux-image-${release}`, headers, `linux-headers-${version}-common`, kbuild, source]
  lists.unpack(names, root)
  // The headers' one-line Makefile names the place they would be installed to.
  const makefile = join(root, 'usr/src', headers, 'Makefile')
  writeFileSync(makefile, readFileSync(makefile, 'utf8').replace(' /usr/src/', ` ${root}/usr/src/`))
  // In one pass, since it is all of Linux that is decompressed. The self-tests moved in 6.10.
  const archive = join(root, 'usr/src', `${source}.tar.xz`)
  const folders = ['samples/livepatch', 'lib/livepatch', 'tools/testing/selftests/livepatch/test_modules']
  const patterns = folders.map((name) => `${source}/${name}/*.c`)
  const tar = ['-xJf', archive, '-C', sources, '--wildcards', '--transform', 's,.*/,,', ...patterns]
  // tar says so when a pattern matched nothing, which of the last two always one does.
  spawnSync('tar', tar, { stdio: 'ignore', timeout: stepLimitMs })
  if (!existsSync(join(sources, 'livepatch-sample.c'))) throw new Error(`${archive} has no livepatch samples`)
  rmSync(archive)
}
