/**
 * The dpkg database: `/var/lib/dpkg/status` and the lists of files beside it. Source: dpkg(1), deb-control(5). Never throws.
 */

export interface DpkgPackage {
  name: string
  version: string
}

/**
 * The package of a paragraph of the status file, where its files are in place; null for configuration left behind by a removed
 * one (`config-files`), and for what is no such paragraph.
 */
export function parseDpkgParagraph(text: string): DpkgPackage | null {
  const field = (key: string): string | null =>
    new RegExp(`^${key}: (\\S.*)$`, 'm').exec(text)?.[1]?.trim() ?? null
  const [name, version, status] = [field('Package'), field('Version'), field('Status')]
  const isInstalled = status !== null && / (?:installed|triggers-(?:awaited|pending))$/.test(status)
  return name !== null && version !== null && isInstalled ? { name, version } : null
}

/**
 * The kernel release an image package installs: `linux-image-6.1.0-41-amd64`, `linux-image-unsigned-…`, Proxmox's
 * `proxmox-kernel-6.8.12-9-pve-signed`. Null for all others, above all for the metapackages (`linux-image-virtual`), which
 * hold no kernel and whose names are no release.
 */
export function kernelReleaseOfPackage(name: string): string | null {
  if (/-(?:dbg|dbgsym|headers)$/.test(name)) return null
  const match =
    /^(?:linux-image(?:-unsigned)?|proxmox-kernel|pve-kernel)-(\d+\.\d+\S{0,120}?)(?:-(?:un)?signed)?$/.exec(
      name,
    )
  const release = match?.[1]
  // `linux-image-6.8` and `proxmox-kernel-6.8` follow a series; a release goes on after the series.
  return release === undefined || /^\d+(?:\.\d+)*$/.test(release) ? null : release
}

/** Kernel modules in a list of files (`<package>.list`), as absolute paths. */
export const moduleFilesIn = (list: string): string[] =>
  list.split('\n').filter((line) => /\.ko(?:\.(?:gz|xz|zst))?$/.test(line) && line.startsWith('/'))

/**
 * The package version of the kernel that runs, as Debian's `uname -v` and Ubuntu's /proc/version_signature name it; null for
 * other kernels. Builds of one release can differ: Debian keeps `6.1.0-13-amd64` from 6.1.55-1 to 6.1.64-1.
 */
export function runningPackageVersion(unameVersion: string, signature: string): string | null {
  const ubuntu = /^Ubuntu (\d\S*?)-[A-Za-z]/.exec(signature)
  return ubuntu?.[1] ?? / Debian (\d\S*) \(/.exec(unameVersion)?.[1] ?? null
}

/**
 * The owners in an answer of `dpkg-query --search`: path to package, of several the first. Files that nobody owns are not in it,
 * nor is a diversion, which says only where a file was moved.
 */
export function parseDpkgOwners(text: string): Map<string, string> {
  const owners = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, path] = /^([a-z0-9][a-z0-9+.-]+)(?::[a-z0-9-]+)?(?:, [^/]+)?: (\/.*)$/.exec(line) ?? []
    if (name !== undefined && path !== undefined && !owners.has(path)) owners.set(path, name)
  }
  return owners
}
