/**
 * Orders of package versions and kernel releases, exactly as the two package managers define them. Pure, never throws.
 *
 * "A newer kernel is installed" is only true if the manager itself would say so: `6.12.100` is newer than `6.12.96`,
 * `+deb13.1-` than `+deb13-`, and neither comparison of words nor of numbers alone gets both right.
 */

/** Which package manager's order holds on a host. */
export type VersionOrder = 'dpkg' | 'rpm'

const isDigit = (code: number): boolean => code >= 48 && code <= 57
const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
const tilde = 126
const caret = 94

/** Where the run of characters of one class that starts at `from` ends. */
function endOf(text: string, from: number, belongs: (code: number) => boolean): number {
  let end = from
  while (end < text.length && belongs(text.charCodeAt(end))) end++
  return end
}

/** Two runs of digits of any length, as numbers. */
function compareDigits(a: string, b: string): number {
  const left = a.replace(/^0+/, '')
  const right = b.replace(/^0+/, '')
  if (left.length !== right.length) return left.length < right.length ? -1 : 1
  return left === right ? 0 : left < right ? -1 : 1
}

/**
 * rpm's order of one version or one release: -1, 0 or 1. Source: rpmvercmp() of rpm, with `~` (before everything, even the
 * end) and `^` (after the end, before anything else). Everything that is neither letter nor digit only separates.
 */
export function compareRpmParts(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0
  const separates = (code: number): boolean =>
    !isDigit(code) && !isLetter(code) && code !== tilde && code !== caret
  let left = 0
  let right = 0
  while (left < a.length || right < b.length) {
    left = endOf(a, left, separates)
    right = endOf(b, right, separates)
    const [one, two] = [a.charCodeAt(left), b.charCodeAt(right)]
    if (one === tilde || two === tilde) {
      if (one !== tilde) return 1
      if (two !== tilde) return -1
    } else if (one === caret || two === caret) {
      if (left >= a.length) return -1
      if (right >= b.length) return 1
      if (one !== caret) return 1
      if (two !== caret) return -1
    } else {
      if (left >= a.length || right >= b.length) break
      const belongs = isDigit(one) ? isDigit : isLetter
      const [leftEnd, rightEnd] = [endOf(a, left, belongs), endOf(b, right, belongs)]
      if (rightEnd === right) return isDigit(one) ? 1 : -1
      const [segment, other] = [a.slice(left, leftEnd), b.slice(right, rightEnd)]
      const order = isDigit(one)
        ? compareDigits(segment, other)
        : segment === other
          ? 0
          : segment < other
            ? -1
            : 1
      if (order !== 0) return order as -1 | 1
      left = leftEnd
      right = rightEnd
      continue
    }
    left++
    right++
  }
  if (left >= a.length && right >= b.length) return 0
  return left < a.length ? 1 : -1
}

/** rpm's order of `[epoch:]version[-release]`; a release counts only where both have one, as rpm's own does. */
export function compareRpmVersions(a: string, b: string): -1 | 0 | 1 {
  const [left, right] = [splitRpm(a), splitRpm(b)]
  const order = compareRpmParts(left.epoch, right.epoch) || compareRpmParts(left.version, right.version)
  if (order !== 0 || left.release === null || right.release === null) return order
  return compareRpmParts(left.release, right.release)
}

function splitRpm(text: string): { epoch: string; version: string; release: string | null } {
  const epoch = /^(\d+):/.exec(text)
  const rest = epoch ? text.slice(epoch[0].length) : text
  const dash = rest.lastIndexOf('-')
  return {
    epoch: epoch?.[1] ?? '0',
    version: dash < 0 ? rest : rest.slice(0, dash),
    release: dash < 0 ? null : rest.slice(dash + 1),
  }
}

/** What dpkg orders a character by: `~` before the end, the end before letters, letters before all others. */
function weightOf(text: string, at: number): number {
  if (at >= text.length) return 0
  const code = text.charCodeAt(at)
  if (isDigit(code)) return 0
  if (isLetter(code)) return code
  return code === tilde ? -1 : code + 256
}

/** dpkg's order of one upstream version or one revision. Source: verrevcmp() of dpkg, deb-version(7). */
function compareDpkgParts(a: string, b: string): -1 | 0 | 1 {
  let left = 0
  let right = 0
  while (left < a.length || right < b.length) {
    while (
      (left < a.length && !isDigit(a.charCodeAt(left))) ||
      (right < b.length && !isDigit(b.charCodeAt(right)))
    ) {
      const difference = weightOf(a, left) - weightOf(b, right)
      if (difference !== 0) return difference < 0 ? -1 : 1
      left++
      right++
    }
    const [leftEnd, rightEnd] = [endOf(a, left, isDigit), endOf(b, right, isDigit)]
    const order = compareDigits(a.slice(left, leftEnd), b.slice(right, rightEnd))
    if (order !== 0) return order as -1 | 1
    left = leftEnd
    right = rightEnd
  }
  return 0
}

/** dpkg's order of `[epoch:]upstream[-revision]`: -1, 0 or 1. A missing revision equals `0`. */
export function compareDpkgVersions(a: string, b: string): -1 | 0 | 1 {
  const [left, right] = [splitDpkg(a), splitDpkg(b)]
  return (
    (compareDigits(left.epoch, right.epoch) as -1 | 0 | 1) ||
    compareDpkgParts(left.upstream, right.upstream) ||
    compareDpkgParts(left.revision, right.revision)
  )
}

function splitDpkg(text: string): { epoch: string; upstream: string; revision: string } {
  const epoch = /^(\d+):/.exec(text)
  const rest = epoch ? text.slice(epoch[0].length) : text
  const dash = rest.lastIndexOf('-')
  return {
    epoch: epoch?.[1] ?? '0',
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  }
}

/** Which of two kernel releases (`uname -r`) is newer, by the order of the host's packages: -1, 0 or 1. */
export function compareReleases(a: string, b: string, order: VersionOrder): -1 | 0 | 1 {
  if (order === 'dpkg') return compareDpkgParts(a, b)
  const cut = (release: string): [string, string] => {
    const dash = release.indexOf('-')
    return dash < 0 ? [release, ''] : [release.slice(0, dash), release.slice(dash + 1)]
  }
  const [[version, rest], [otherVersion, otherRest]] = [cut(a), cut(b)]
  return compareRpmParts(version, otherVersion) || compareRpmParts(rest, otherRest)
}

const architecture = /\.(?:x86_64|aarch64|ppc64le|s390x|i[3-6]86|armv7hl|riscv64)(\+.*)?$/

/**
 * What a kernel release is a variant of, apart from its version: `generic`, `rpi-v8`, `cloud-amd64`, `default`; of Red Hat's
 * family the words without their numbers: `el`, `eluek`, `rt.el`, `el+64k`. Two kernels of different flavors stand side by side
 * and neither replaces the other. Empty where the release names none.
 */
export function flavorOf(release: string): string {
  const dash = release.indexOf('-')
  if (dash < 0) return ''
  const rest = release.slice(dash + 1)
  const tail = architecture.exec(rest)
  if (tail) {
    const words = rest.slice(0, tail.index).match(/(?<![A-Za-z0-9])[A-Za-z]\w*?(?=[._+-]|$)/g) ?? []
    return words.map((word) => word.replace(/\d+/g, '')).join('.') + (tail[1] ?? '')
  }
  const parts = rest.split('-')
  const first = parts.findIndex((part) => /^[A-Za-z]/.test(part))
  return first < 0 ? '' : parts.slice(first).join('-')
}
