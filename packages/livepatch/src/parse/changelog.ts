/**
 * What package changelogs say of CVEs. Pure, never throws.
 *
 * The text of a changelog is written by people; only the identifiers in it and the version an entry is for are taken.
 */

/** One entry of a changelog, as packages order them: the newest first. */
export interface ChangelogEntry {
  /** The package version the entry is for; null where its heading names none, as SUSE's do not. */
  version: string | null
  cves: string[]
}

/** As many as a report may hold. */
const maxCves = 4000

/** CVE identifiers in a text, each once, in upper case, in the order of the text. */
export function cvesOf(text: string): string[] {
  const found = new Set<string>()
  for (const [id] of text.matchAll(/(?<![A-Za-z0-9])CVE-\d{4}-\d{4,9}(?!\d)/gi)) {
    found.add(id.toUpperCase())
    if (found.size >= maxCves) break
  }
  return [...found]
}

/** CVEs of all entries together, in their order, each once. */
export const cvesOfEntries = (entries: readonly ChangelogEntry[]): string[] =>
  [...new Set(entries.flatMap(({ cves }) => cves))].slice(0, maxCves)

/** A Debian changelog: headings `package (version) …` at the left edge. Source: deb-changelog(5). */
export function parseDebianChangelog(text: string): ChangelogEntry[] {
  const entries: ChangelogEntry[] = []
  for (const part of text.split(/^(?=[a-z0-9][a-z0-9+.-]* \([^()\s]{1,200}\))/m)) {
    const heading = /^[a-z0-9][a-z0-9+.-]* \(([^()\s]+)\)/.exec(part)
    if (heading?.[1]) entries.push({ version: heading[1], cves: cvesOf(part) })
  }
  return entries
}

/**
 * The version in the heading of an rpm changelog entry: `Name <mail> [1-4.el8]`, `Name <mail> - 1-4.el8`. Null where the
 * heading ends with the person.
 */
export function versionOfHeading(heading: string): string | null {
  return /(?:\[|- )v?(\d[\w.+~^]{0,60}-\d[\w.+~^]{0,60})\]?\s*$/.exec(heading)?.[1] ?? null
}
