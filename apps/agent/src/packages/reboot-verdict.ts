import type { HostReport } from '@graftwatch/contract/report'
import { clip } from '@graftwatch/livepatch/parse/text'
import {
  compareDpkgVersions,
  compareReleases,
  flavorOf,
  type VersionOrder,
} from '@graftwatch/livepatch/parse/versions'
import type { InstalledKernel } from './installed-kernels.ts'

/** What is known of the kernel that runs and of those that could. */
export interface KernelEvidence {
  running: string
  /** The package version of the running build, as the kernel itself names it; null where it does not. */
  runningVersion: string | null
  installed: readonly InstalledKernel[]
  /** The release the boot loader starts next; null where its files do not tell. */
  nextBoot: string | null
  order: VersionOrder
  /** Whether package versions could be read: without them a newer build of the same release looks like the running one. */
  isDatabaseRead: boolean
}

export type RebootVerdict = Pick<HostReport['reboot'], 'pending' | 'reason' | 'installedKernel'>

/**
 * Whether a reboot would bring a newer kernel.
 *
 * True only with proof: the boot loader's own files name a newer one; or, where these cannot be read, a newer one of the same
 * flavor is installed; or a newer build of the same release is. A kernel of another flavor, a kept older one, a metapackage or a
 * marker file proves nothing. Where the running kernel or the one that the boot loader names is not installed here, as in a
 * container, or the database could not be read, nothing is known (null).
 */
export function judgeReboot(evidence: KernelEvidence): RebootVerdict {
  const { running, installed, order } = evidence
  const own = installed.find(({ release }) => release === running)
  const unknown = (reason: string | null): RebootVerdict => ({ pending: null, reason, installedKernel: null })
  if (!own)
    return unknown(
      installed.length === 0
        ? null
        : 'The running kernel is not among those installed here: this is a container, or that kernel was removed.',
    )
  const next = installed.find(({ release }) => release === evidence.nextBoot)
  if (evidence.nextBoot !== null && !next)
    return unknown(
      clip(
        `The boot loader starts ${evidence.nextBoot}, which is not among the kernels installed here.`,
        300,
      ),
    )
  const newest = newestOf(evidence, own)
  const expected = next ?? newest
  const verdict = (pending: boolean | null, reason: string | null): RebootVerdict => ({
    pending,
    reason: reason === null ? null : clip(reason, 300),
    installedKernel: expected.release,
  })
  if (expected.release === running) {
    const built = own.packageVersion
    if (built !== null && evidence.runningVersion !== null && isNewerBuild(built, evidence.runningVersion))
      return verdict(true, `Build ${built} of ${running} is installed; ${evidence.runningVersion} runs.`)
    if (!evidence.isDatabaseRead)
      return verdict(
        null,
        `Whether another build of ${running} is installed is not known: its package cannot be read.`,
      )
    if (newest.release === running) return verdict(false, null)
    return verdict(
      false,
      `${newest.release} is installed, but the boot loader starts ${running}, which runs.`,
    )
  }
  if (compareKernels(expected, own, order) <= 0)
    return verdict(
      false,
      `The boot loader starts ${expected.release}, which is not newer than ${running}, which runs.`,
    )
  return next
    ? verdict(true, `The boot loader starts ${next.release}; ${running} runs.`)
    : verdict(true, `${newest.release} is installed; ${running} runs.`)
}

/** Of the kernels that would take the running one's place. */
function newestOf({ installed, order }: KernelEvidence, own: InstalledKernel): InstalledKernel {
  const flavor = flavorOf(own.release)
  return installed
    .filter(({ release }) => flavorOf(release) === flavor)
    .reduce((best, kernel) => (compareKernels(kernel, best, order) > 0 ? kernel : best), own)
}

/**
 * By package version where both have one, since only that knows epochs; else, or when equal, by release. The flavor is no part of
 * the order: `6.1.0-41-cloud-amd64` is not newer than `6.1.0-41-amd64`.
 */
export function compareKernels(a: InstalledKernel, b: InstalledKernel, order: VersionOrder): number {
  const byPackage =
    a.packageVersion !== null && b.packageVersion !== null
      ? compareDpkgVersions(a.packageVersion, b.packageVersion)
      : 0
  return byPackage || compareReleases(withoutFlavor(a.release), withoutFlavor(b.release), order)
}

/** Only where the flavor is the release's end; Red Hat's family has it in between. */
function withoutFlavor(release: string): string {
  const end = `-${flavorOf(release)}`
  return end.length > 1 && release.endsWith(end) ? release.slice(0, -end.length) : release
}

/** A rebuild without a change of source (`+b1`) is the same kernel. */
const isNewerBuild = (installed: string, running: string): boolean =>
  compareDpkgVersions(installed.replace(/\+b\d+$/, ''), running.replace(/\+b\d+$/, '')) > 0
