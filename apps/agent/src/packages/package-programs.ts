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

type Run = typeof ask

/** `isWhole`: half an answer would make the other half look as if it were not there. */
async function outputOf(run: Run, program: Program | null, isWhole: boolean): Promise<string | null> {
  const answer = program === null ? null : await run(program)
  if (program === null || answer === null) return null
  const { exitCode, isCut, output } = answer
  if (exitCode === null && !isCut) throw new Error(`${program.paths[0]} was ended by a signal`)
  if (isWhole && isCut) throw new Error(`${program.paths[0]} had more to say than ${program.maxBytes} bytes`)
  if (isWhole && exitCode !== 0) throw new Error(`${program.paths[0]} ended with ${exitCode}`)
  return output
}

/** The programs of this host. A copied tree has none: what runs here would speak of another host. */
export function packagePrograms(files: Pick<HostFiles, 'isLive'>, run: Run = ask): PackagePrograms {
  const onHost =
    <T extends unknown[]>(program: (...args: T) => Program | null, isWhole = false) =>
    async (...args: T): Promise<string | null> =>
      files.isLive ? outputOf(run, program(...args), isWhole) : null
  return {
    livePatchPackages: onHost(() => programs.rpmPatchPackages, true),
    kernelPackage: onHost(rpmKernelPackage),
    loadedPatches: async () =>
      (await onHost(() => programs.klpPatches)()) ?? (await onHost(() => programs.kgrPatches)()),
  }
}
