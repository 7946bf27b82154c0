import type { HostFiles } from '../host-files.ts'

/**
 * What only a program can tell of packages. Each answers its output, or null where the host has no such program; a throw says
 * that it is there and failed.
 */
export interface PackagePrograms {
  /** rpm, of all packages that hold live patches. */
  livePatchPackages(): Promise<string | null>
  /** rpm, of the package that owns the image of this kernel. */
  kernelPackage(release: string): Promise<string | null>
  /** SUSE's klp or kgr, of the loaded patches. */
  loadedPatches(): Promise<string | null>
}

/** The programs of this host. A copied tree has none: what runs here would speak of another host. */
export function packagePrograms(_files: HostFiles): PackagePrograms {
  const nobody = async (): Promise<null> => null
  return { livePatchPackages: nobody, kernelPackage: nobody, loadedPatches: nobody }
}
