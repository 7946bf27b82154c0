import { cvesOf } from './changelog.ts'

/** What SUSE's `klp -v patches` and `kgr -v patches` say of one loaded patch. */
export interface ListedPatch {
  name: string
  /** Name, version and release of its package, apart; null where the tool names none. */
  package: { name: string; version: string } | null
  /** [] when the tool says that it has none, as of an initial patch; null when it says nothing, as of inactive ones. */
  cves: string[] | null
}

/**
 * The patches in the output of `klp -v patches`: a module name at the left edge, `key: value` lines indented below it. Lines of
 * no such shape are passed over. Never throws.
 */
export function parsePatchList(text: string): ListedPatch[] {
  const patches: ListedPatch[] = []
  let current: ListedPatch | null = null
  for (const line of text.split('\n')) {
    const name = /^([A-Za-z0-9_]{1,120})\s*$/.exec(line)?.[1]
    if (name !== undefined) {
      if (patches.length >= 128) break
      current = { name, package: null, cves: null }
      patches.push(current)
      continue
    }
    const field = /^\s+([A-Za-z ]{1,40}): (.*)$/.exec(line)
    if (!field || !current) continue
    const [, key, value = ''] = field
    if (key === 'RPM') current.package = splitPackageName(value.trim())
    if (key === 'CVE') {
      const cves = cvesOf(value)
      if (cves.length > 0 || value.startsWith('(none')) current.cves = cves
    }
  }
  return patches
}

/** `name-version-release.arch` in two: `version` is version and release together. Null when it is not of that shape. */
export function splitPackageName(text: string): { name: string; version: string } | null {
  const match = /^(\S+)-([^-\s]+-[^-\s]+?)(?:\.(?:noarch|x86_64|aarch64|ppc64le|s390x))?$/.exec(text)
  return match?.[1] && match[2] ? { name: match[1], version: match[2] } : null
}
