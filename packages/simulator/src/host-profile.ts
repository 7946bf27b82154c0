import type { AgentLevel, Manager } from '@graftwatch/contract'
import type { SysfsFeatures } from './patch.ts'
import type { ProcessSpec } from './task.ts'

/** What does not change about a simulated host while its kernel runs. */
export interface HostProfile {
  readonly hostname: string
  readonly os: { readonly id: string; readonly versionId: string; readonly name: string }
  readonly architecture: string
  readonly labels: Readonly<Record<string, string>>
  readonly kernelRelease: string
  readonly kernelVersion: string | null
  /** Possible CPUs: as many idle tasks take part in a transition and are not in /proc. */
  readonly cpus: number
  /** False: the kernel was built without live patching of its own; another mechanism may still patch it. */
  readonly supportsLivepatch: boolean
  /** What moves its tasks; klp unless SUSE's kernel of SLE 12 has kGraft instead. */
  readonly mechanism?: 'klp' | 'kgraft'
  readonly manager: Manager | null
  readonly agentLevel: AgentLevel
  /** False: the kernel log may not be read, so starts and directions come from two readings. */
  readonly kernelLogReadable: boolean
  /** What runs after every boot, in pid order. */
  readonly processes: readonly ProcessSpec[]
  /** Taint bits a patch of this vendor sets: 32768 live patched, 4096 out-of-tree. */
  readonly patchTaint: number
}

export interface KernelGeneration extends SysfsFeatures {
  /** From 4.12 each task moves on its own; before that a patch is on at once. */
  readonly tracksTasks: boolean
  /** From 5.1 the kernel nudges remaining tasks every 15 s by itself. */
  readonly signalsByItself: boolean
  /** Up to 5.0 a disabled patch stays listed. */
  readonly keepsDisabledPatches: boolean
}

/**
 * What a kernel of this release does, by upstream version. Vendors backport, and real agents go by the files they find; a
 * simulated kernel is the plain upstream one of its number.
 */
export const kernelGeneration = (release: string): KernelGeneration => {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10))
  const atLeast = (wantedMajor: number, wantedMinor: number) =>
    major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
  return {
    tracksTasks: atLeast(4, 12),
    signalsByItself: atLeast(5, 1),
    keepsDisabledPatches: !atLeast(5, 1),
    showsPatched: atLeast(6, 1),
    showsReplace: atLeast(6, 11),
    showsStackOrder: atLeast(6, 14),
  }
}
