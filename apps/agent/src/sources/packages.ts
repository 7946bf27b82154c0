import { cvesOf } from '@graftwatch/livepatch/parse/changelog'
import { runningPackageVersion } from '@graftwatch/livepatch/parse/dpkg'
import { parsePatchList } from '@graftwatch/livepatch/parse/patch-list'
import { type HostFiles, ReadFailure } from '../host-files.ts'
import { dateOfChangelog, dpkgStatusPath, readDebianChangelog, readDpkg } from '../packages/dpkg-database.ts'
import { type BootLoaders, fixesLost, type KernelFixes } from '../packages/fixes-lost.ts'
import { availablePatches, identifyPatches, type PatchKnowledge } from '../packages/identify.ts'
import { createNextBootReader, readInstalledKernels } from '../packages/installed-kernels.ts'
import { type Kept, kept } from '../packages/kept.ts'
import { createModuleFinder } from '../packages/module-files.ts'
import { ownerlessPaths, readOwners } from '../packages/owners.ts'
import type { PackagePrograms } from '../packages/package-programs.ts'
import { stampOf } from '../packages/raw-files.ts'
import { judgeReboot, type KernelEvidence } from '../packages/reboot-verdict.ts'
import { kernelFixesOf, patchPackagesOf, rpmStamp } from '../packages/rpm-database.ts'
import { onHostOnly } from '../programs.ts'
import type { ReadingContext, Source, SourceReading } from './source.ts'

/** How long a reading waits for programs; what takes longer is in the next one. */
const patienceMs = 2000

/**
 * Which packages live patches are from, what these fix, what else lies on disk, and what a reboot would change.
 *
 * Source: the dpkg database and changelogs, rpm and SUSE's `klp` where the host has them, module directories, kernels in /boot
 * and /lib/modules, GRUB's own files. Databases are read again only when they changed. No network. `absent` when the host has
 * neither database; fails when one cannot be read or asked, or a directory not be listed. It still tells what could be read.
 * Who owns the module of a patch that is on, and that no package known by its name holds, is asked of dpkg-query and rpm.
 */
export function createPackagesSource(programs: PackagePrograms): Source {
  let parts: Parts | null = null

  return {
    name: 'packages',
    async read(context): Promise<SourceReading> {
      parts ??= createParts(context, programs)
      const { files, identity } = context
      const { release } = identity.kernel
      const rpm = rpmStamp(files)
      const dpkgStamp = stampOf(files, dpkgStatusPath)
      const dpkg = await parts.dpkg.get(dpkgStamp, patienceMs)
      const rpmPackages = await parts.rpm.get(rpm, patienceMs)
      const named = [...(dpkg?.patches ?? []), ...(rpmPackages ?? [])]
      const loaded = loadedNames(files)
      const listed = await parts.listed.get(loaded === '' ? null : `${rpm}\n${loaded}`, patienceMs)
      const onDisk = parts.modules(release)
      const byName = { release, packages: named, files: onDisk.modules, listed: listed ?? [] }
      const has = { dpkg: dpkg !== null, rpm: rpmPackages !== null }
      const ownerless = has.dpkg || has.rpm ? ownerlessPaths(files, byName) : []
      const owners = await parts.ownersOf(ownerless, has, `${dpkgStamp}\n${rpm}`)
      const knowledge: PatchKnowledge = { ...byName, packages: [...named, ...(owners ?? [])] }
      const kernels: KernelEvidence = {
        running: release,
        runningVersion: runningPackageVersion(
          identity.kernel.version ?? '',
          files.text('proc/version_signature', 512) ?? '',
        ),
        installed: readInstalledKernels(files, dpkg?.kernels ?? new Map()),
        nextBoot: parts.nextBoot(),
        order: dpkg !== null && dpkg.kernels.size > 0 ? 'dpkg' : rpm === null ? 'dpkg' : 'rpm',
        isDatabaseRead: parts.dpkg.failure() === null,
      }
      const verdict = judgeReboot(kernels)
      const next = verdict.installedKernel
      const isNewer = verdict.pending === true && next !== null
      const fixes = isNewer && loaded !== '' ? await parts.fixesOf(kernels, next, rpm) : null
      const failure =
        dpkgFailure(parts.dpkg.failure()) ??
        rpmFailure(parts.rpm.failure()) ??
        (kernels.order === 'rpm' && rpmPackages === null ? notAsked(files) : null) ??
        ownersFailure(parts.ownersFailure()) ??
        (ownerless.length > 0 && owners === null ? ownersNotAsked(files) : null) ??
        diskFailure(onDisk.failure)
      // Files alone do not tell which package brought them.
      const isPresent = dpkg !== null || rpm !== null
      return {
        status: failure !== null ? 'failed' : isPresent ? 'ok' : 'absent',
        ...(failure === null ? {} : { reason: failure }),
        available: availablePatches(knowledge),
        packages: {
          identify: (patches) => identifyPatches(patches, knowledge),
          reboot: (patches, sources) => ({
            ...verdict,
            fixesLost: fixesLost(patches, sources, {
              knowledge,
              kernels,
              next,
              isRebuilt: isNewer && next === release,
              fixes,
              loaders: readBootLoaders(files),
            }),
          }),
        },
      }
    },
  }
}

const dpkgFailure = (why: string | null): string | null =>
  why === null ? null : `dpkg: ${why}. To see why, run as the agent's user: dpkg-query --show 'linux-image-*'`

const rpmFailure = (why: string | null): string | null =>
  why === null ? null : `rpm: ${why}. To see why, run as the agent's user: rpm -qa 'kpatch-patch-*'`

const ownersFailure = (why: string | null): string | null =>
  why === null
    ? null
    : `owners of modules: ${why}. To see why, run as the agent's user: dpkg-query --search or rpm -qf, with their paths`

/** Without an answer nobody knows whether a package brought them. */
const ownersNotAsked = ({ isLive }: HostFiles): string =>
  `owners of modules: ${isLive ? 'this host has a database of packages and no dpkg-query or rpm. Install it.' : onHostOnly}`

const diskFailure = (why: string | null): string | null =>
  why === null ? null : `modules on disk: ${why}. Let the agent's user list that directory, or mend its disk.`

/** The database is rpm's own; without it nobody knows which patches came in packages. */
const notAsked = ({ isLive }: HostFiles): string =>
  isLive
    ? 'rpm: this host has its database and no rpm. Install rpm, so that patches are told from those that nobody packaged.'
    : `rpm: ${onHostOnly}`

type Parts = ReturnType<typeof createParts>

function createParts({ files, now }: ReadingContext, programs: PackagePrograms) {
  let asked = ''
  let fixes: Kept<KernelFixes> | null = null
  let askOwners: () => ReturnType<typeof readOwners> = async () => null
  const owners = kept(() => askOwners(), now)
  return {
    modules: createModuleFinder(files),
    nextBoot: createNextBootReader(files),
    dpkg: kept(() => readDpkg(files), now),
    rpm: kept(async () => {
      const answer = await programs.livePatchPackages()
      return answer === null ? null : patchPackagesOf(answer)
    }, now),
    listed: kept(async () => {
      const answer = await programs.loadedPatches()
      return answer === null ? null : parsePatchList(answer)
    }, now),
    ownersFailure: owners.failure,
    /** Asked again only when a database, or what there is to ask, changed. */
    ownersOf(paths: readonly string[], has: { dpkg: boolean; rpm: boolean }, databases: string) {
      askOwners = () => readOwners(paths, has, programs)
      return owners.get(
        paths.length === 0 ? null : [databases, has.dpkg, has.rpm, ...paths].join('\n'),
        patienceMs,
      )
    },
    /** What another kernel fixes; only the one the next boot starts is asked for. */
    fixesOf({ installed, order }: KernelEvidence, release: string, rpm: string | null) {
      if (asked !== release || fixes === null) {
        asked = release
        fixes = kept(async () => {
          if (order === 'dpkg') return debianFixes(files, release)
          const answer = await programs.kernelPackage(release)
          return answer === null ? null : kernelFixesOf(answer, release)
        }, now)
      }
      const build = installed.find((kernel) => kernel.release === release)?.packageVersion
      return fixes.get(`${rpm} ${build}`, patienceMs)
    },
  }
}

/** Names of all that is loaded, so that SUSE's tool is asked again when that changes; empty when nothing is. */
function loadedNames(files: HostFiles): string {
  return ['sys/kernel/livepatch', 'sys/kernel/kgraft', 'sys/kernel/kpatch']
    .flatMap((directory) => files.directories(directory))
    .join(' ')
}

/** Debian keeps a kernel's changelog with its image, Ubuntu with its modules. */
function debianFixes(files: HostFiles, release: string): KernelFixes | null {
  for (const name of [`linux-modules-${release}`, `linux-image-${release}`]) {
    const changelog = readDebianChangelog(files, name)
    if (changelog !== null)
      return { release, cves: new Set(cvesOf(changelog)), builtAtMs: dateOfChangelog(changelog) }
  }
  return null
}

const wantsDirectory = 'etc/systemd/system/multi-user.target.wants'

/** A unit is on where systemd's directory of wants names it; kpatch's can be switched off on the kernel's command line. */
function readBootLoaders(files: HostFiles): BootLoaders {
  const listed = files.list(wantsDirectory)
  const isNoneOn = listed instanceof ReadFailure && listed.isGone && files.exists('etc/systemd/system')
  const wanted = listed instanceof ReadFailure ? (isNoneOn ? [] : null) : listed
  const commandLine = files.text('proc/cmdline', 4096)
  const isOff = commandLine === null ? null : /(?:^|\s)kpatch\.enable=0(?:\s|$)/.test(commandLine)
  return {
    kpatch: wanted === null || isOff === null ? null : wanted.includes('kpatch.service') && !isOff,
    canonical: wanted?.includes('snap.canonical-livepatch.canonical-livepatchd.service') ?? false,
  }
}
