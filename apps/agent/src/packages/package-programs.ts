import { parseDpkgOwners } from '@graftwatch/livepatch/parse/dpkg'
import { unownedIn } from '@graftwatch/livepatch/parse/rpm'
import type { HostFiles } from '../host-files.ts'
import {
  type Answer,
  ask,
  dpkgOwners,
  type Program,
  programs,
  rpmKernelPackage,
  rpmOwners,
} from '../programs.ts'

/**
 * What only a program can tell of packages. Each answers its output, or null where the host has no such program; a throw says
 * that it is there and failed.
 */
export interface PackagePrograms {
  /** rpm, of all packages that hold live patches. */
  livePatchPackages(): Promise<string | null>
  /** rpm, of the package that owns the image of this kernel. */
  kernelPackage(release: string): Promise<string | null>
  /** rpm, of the packages that own these files; a file that none owns is an answer too. */
  rpmOwners(paths: readonly string[]): Promise<string | null>
  /** dpkg-query, of the same. */
  dpkgOwners(paths: readonly string[]): Promise<string | null>
  /** SUSE's klp or kgr, of the loaded patches. */
  loadedPatches(): Promise<string | null>
}

type Run = typeof ask

/** Whether an answer is whole, where half of one would make the other half look as if it were not there. */
type IsWhole = (answer: Answer) => boolean
const isSuccess: IsWhole = ({ exitCode }) => exitCode === 0

async function outputOf(run: Run, program: Program | null, isWhole?: IsWhole): Promise<string | null> {
  const answer = program === null ? null : await run(program)
  if (program === null || answer === null) return null
  const { exitCode, isCut, output } = answer
  if (exitCode === null && !isCut) throw new Error(`${program.paths[0]} was ended by a signal`)
  if (isWhole && isCut) throw new Error(`${program.paths[0]} had more to say than ${program.maxBytes} bytes`)
  if (isWhole && !isWhole(answer)) throw new Error(`${program.paths[0]} ended with ${exitCode}`)
  return output
}

/** It ends with the number of files that it did not find, and says of a database that cannot be opened that nothing is owned. */
const isWholeOfRpm: IsWhole = ({ exitCode, output, complaint }) =>
  exitCode === 0 || (Number(exitCode) <= unownedIn(output) && !/^error:/m.test(complaint))

/** A file that one package surely owns: where it is missing in the answer, the database was not read. */
const ownedByDpkg = '/usr/bin/dpkg-query'
/** 1: some of the files are nobody's. */
const isWholeOfDpkg: IsWhole = ({ exitCode, output }) =>
  (exitCode === 0 || exitCode === 1) && parseDpkgOwners(output).has(ownedByDpkg)

/** The programs of this host. A copied tree has none: what runs here would speak of another host. */
export function packagePrograms(files: Pick<HostFiles, 'isLive'>, run: Run = ask): PackagePrograms {
  const onHost =
    <T extends unknown[]>(program: (...args: T) => Program | null, isWhole?: IsWhole) =>
    async (...args: T): Promise<string | null> =>
      files.isLive ? outputOf(run, program(...args), isWhole) : null
  return {
    livePatchPackages: onHost(() => programs.rpmPatchPackages, isSuccess),
    kernelPackage: onHost(rpmKernelPackage),
    rpmOwners: onHost(rpmOwners, isWholeOfRpm),
    dpkgOwners: onHost((paths) => dpkgOwners([ownedByDpkg, ...paths]), isWholeOfDpkg),
    loadedPatches: async () =>
      (await onHost(() => programs.klpPatches)()) ?? (await onHost(() => programs.kgrPatches)()),
  }
}
