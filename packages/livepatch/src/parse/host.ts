/**
 * Texts that describe a host: os-release, /proc/stat, mounts, CPU lists, kallsyms. Pure, never throws.
 */

/** Keys of an os-release file, quotes and backslashes removed as a shell would. Source: os-release(5). */
export function parseOsRelease(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trim())
    if (!match?.[1]) continue
    const raw = match[2] ?? ''
    const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(raw) ?? /^'([^']*)'$/.exec(raw)
    values.set(match[1], (quoted?.[1] ?? raw).replace(/\\(.)/g, '$1'))
  }
  return values
}

/** Wall time of boot in epoch seconds: line `btime` of /proc/stat; null when missing or impossible. */
export function parseBootTime(text: string): number | null {
  const match = /^btime (\d{1,11})$/m.exec(text)
  const seconds = match ? Number(match[1]) : 0
  return seconds > 0 ? seconds : null
}

/** Number of CPUs in a list such as `0-3,8`; null when it is not one. */
export function parseCpuCount(text: string): number | null {
  const list = text.trim()
  if (list === '') return null
  let count = 0
  for (const part of list.split(',')) {
    const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part)
    if (!match) return null
    const first = Number(match[1])
    const last = match[2] === undefined ? first : Number(match[2])
    if (last < first) return null
    count += last - first + 1
  }
  return count
}

/**
 * Whether /proc hides other users' processes, from mountinfo or mounts. `hidepid=1` lists them but refuses every file,
 * `2` (`invisible`) does not list them either. Null when the text does not mention /proc.
 */
export function parseHidepid(mountsText: string): boolean | null {
  let known: boolean | null = null
  for (const line of mountsText.split('\n')) {
    const isProc = / - proc \S+ /.test(line) || /^\S+ \/proc proc /.test(line)
    if (!isProc) continue
    known = /hidepid=(?:1|2|4|noaccess|invisible|ptraceable)(?:[,\s]|$)/.test(line)
  }
  return known
}

/** Key of a symbol in {@link collectSymbol}'s map. */
export const symbolKey = (name: string, module: string | null): string => `${module ?? 'vmlinux'} ${name}`

/**
 * Adds one line of /proc/kallsyms to `found` when `wanted` has its symbol: addresses in the file's order, so that the n-th
 * is the symbol at position n. Returns whether the line shows an address: all are zero when the kernel hides them.
 */
export function collectSymbol(
  line: string,
  wanted: ReadonlySet<string>,
  found: Map<string, string[]>,
): boolean {
  const match = /^([0-9a-f]{8,16}) [A-Za-z?] (\S+)(?:\t\[([^\]]+)\])?$/.exec(line)
  if (!match?.[1] || !match[2] || /^0+$/.test(match[1])) return false
  const key = symbolKey(match[2], match[3] ?? null)
  if (!wanted.has(key)) return true
  const addresses = found.get(key)
  if (addresses) addresses.push(match[1])
  else found.set(key, [match[1]])
  return true
}
