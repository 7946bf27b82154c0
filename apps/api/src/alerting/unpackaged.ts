import type { HostReport, ReportPatch } from '@graftwatch/contract'

/** Vendors' clients load patches that no package of the host brings. */
const isUnpackaged = ({ mechanism, manager, enabled, package: from }: ReportPatch): boolean =>
  mechanism === 'klp' &&
  enabled === true &&
  from === null &&
  manager !== 'canonical' &&
  manager !== 'kcarectl'

/** Names of enabled patches that no installed package brought; null when the packages could not be asked. Pure. */
export function unpackagedOf({ patches, sources }: Pick<HostReport, 'patches' | 'sources'>): string[] | null {
  // Patches of a failed `klp` are those of an earlier report, of which this one's packages say nothing.
  const isRead = (source: 'packages' | 'klp') =>
    sources.some(({ name, status }) => name === source && status === 'ok')
  if (!isRead('packages') || !isRead('klp')) return null
  return patches.filter(isUnpackaged).map(({ name }) => name)
}
