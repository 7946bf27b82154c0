import type { HostReport, ReportPatch } from '@graftwatch/contract'

/** A live patch on disk, as a report lists it. */
export type OnDisk = HostReport['available'][number]

type Named = Pick<ReportPatch, 'name' | 'package' | 'version'>

/** `livepatch_13` is newer than `livepatch_12`: same words, larger numbers, compared left to right. */
export const isNewer = (name: string, than: string): boolean =>
  isSameSeries(name, than) && compare(numbersOf(name), numbersOf(than)) > 0

/** Names that differ in numbers only. Amazon's `livepatch_CVE_2020_8648` is a topic, and its numbers are no version. */
const isSameSeries = (a: string, b: string): boolean =>
  a.replace(/\d+/g, '#') === b.replace(/\d+/g, '#') && !/CVE_\d/i.test(a)

/**
 * How a patch on disk compares with a loaded one: above 0 when it is newer, 0 when it is the same, null where vendor and names
 * leave it open (Amazon's modules are named after their topic). Never a guess.
 *
 * SUSE's `livepatch_12_150600_2_1` is version `12-150600.2.1`; Red Hat's `kpatch_5_14_0_284_11_1_1_2` is version `1-2` of
 * `kpatch-patch-5_14_0-284_11_1`; a directory of kpatch modules names them by themselves.
 */
export function compareOnDisk(entry: OnDisk, patch: Named): number | null {
  if (entry.patch === patch.name) return 0
  if (entry.patch != null && isSameSeries(entry.patch, patch.name))
    return compare(numbersOf(entry.patch), numbersOf(patch.name))
  const version = numbersOf(entry.version)
  const moduleName = entry.package.replace(/\.ko$/, '').replaceAll('-', '_')
  if (moduleName === patch.name) return 0
  if (isSameSeries(moduleName, patch.name)) return compare(numbersOf(moduleName), numbersOf(patch.name))
  if (/^livepatch(_\d+)+$/.test(patch.name)) return compareShared(version, numbersOf(patch.name))
  if (/^kpatch(_\d+)+$/.test(patch.name) && /^kpatch-patch-/.test(entry.package))
    return compareShared([...numbersOf(entry.package), ...version], numbersOf(patch.name))
  if (entry.package === patch.package && patch.version !== null)
    return compareShared(version, numbersOf(patch.version))
  return null
}

const numbersOf = (text: string): number[] => (text.match(/\d{1,15}/g) ?? []).map(Number)

function compare(a: readonly number[], b: readonly number[]): number {
  return compareShared(a, b) || a.length - b.length
}

/** Compares as many numbers as both have: a package's release goes on where a module's name ends. */
function compareShared(a: readonly number[], b: readonly number[]): number {
  for (let place = 0; place < Math.min(a.length, b.length); place += 1) {
    const difference = (a[place] ?? 0) - (b[place] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
