import type { HostFiles } from '../host-files.ts'
import { ask, type Program, programs, rpmKernelPackage } from '../programs.ts'

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

const outputOf = async (program: Program | null): Promise<string | null> =>
  program === null ? null : ((await ask(program))?.output ?? null)

/** The programs of this host. A copied tree has none: what runs here would speak of another host. */
export function packagePrograms(files: HostFiles): PackagePrograms {
  const onHost =
    <T extends unknown[]>(program: (...args: T) => Program | null) =>
    async (...args: T): Promise<string | null> =>
      files.isLive ? outputOf(program(...args)) : null
  return {
    livePatchPackages: onHost(() => programs.rpmPatchPackages),
    kernelPackage: onHost(rpmKernelPackage),
    loadedPatches: async () =>
      (await onHost(() => programs.klpPatches)()) ?? (await onHost(() => programs.kgrPatches)()),
  }
}
