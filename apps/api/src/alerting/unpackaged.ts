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
  if (!sources.some(({ name, status }) => name === 'packages' && status === 'ok')) return null
  return patches.filter(isUnpackaged).map(({ name }) => name)
}
