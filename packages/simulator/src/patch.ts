import type { Direction, PatchObject, ReportPatch } from '@graftwatch/contract'
import { patchStateOf } from '@graftwatch/livepatch/parse/klp'

/** A live patch as its vendor built it. */
export interface PatchSpec {
  /** Module and sysfs name. */
  readonly name: string
  readonly srcVersion: string | null
  readonly version: string | null
  readonly package: string | null
  readonly cves: readonly string[] | null
  /** Atomic replace: when its transition completes, every older patch is gone. */
  readonly replace: boolean
  /** What a patch that rewrites uname appends to the release while it is enabled; absent: uname stays as it was. */
  readonly releaseSuffix?: string
  /** Whether the module carries a `replace` parameter, as those built with kpatch-build do; it tells what old sysfs does not. */
  readonly tellsReplace: boolean
  readonly objects: readonly {
    readonly name: string
    /** Whether the module is in the running kernel; true for vmlinux. */
    readonly loaded: boolean
    readonly functions: readonly string[]
  }[]
}

/** A patch in the running kernel. */
export interface LoadedPatch {
  readonly spec: PatchSpec
  enabled: boolean
  /** Replaced: the module is still there, its folder in sysfs is not. */
  leftover: boolean
  /** Its tasks were forced over; the log says so once, sysfs never. */
  forced: boolean
}

/** What this kernel's sysfs tells; files it does not have make null. */
export interface SysfsFeatures {
  readonly showsPatched: boolean
  readonly showsReplace: boolean
  readonly showsStackOrder: boolean
}

const reportObjects = (spec: PatchSpec, enabled: boolean, features: SysfsFeatures): PatchObject[] =>
  spec.objects.map((object) => ({
    name: object.name,
    patched: features.showsPatched ? object.loaded && enabled : null,
    loaded: object.loaded,
    functions: object.functions.map((name) => ({ name, position: 1 })),
  }))

/**
 * The patch as a report states it. `stackOrder` is null while any transition runs: reading it takes the lock that the kernel's
 * transition worker holds, so the agent leaves it alone.
 */
export const reportPatch = (
  patch: LoadedPatch,
  view: {
    readonly mechanism: ReportPatch['mechanism']
    readonly manager: ReportPatch['manager']
    readonly inTransition: boolean
    /** Of the transition, once confirmed. */
    readonly direction: Direction | null
    readonly anyTransition: boolean
    readonly stackOrder: number
    readonly features: SysfsFeatures
    readonly kernelLogReadable: boolean
  },
): ReportPatch => {
  const { spec } = patch
  return {
    mechanism: view.mechanism,
    manager: view.manager,
    name: spec.name,
    state: patch.leftover ? 'leftover' : patchStateOf(patch.enabled, view.inTransition, view.direction),
    enabled: patch.leftover ? null : patch.enabled,
    inTransition: view.inTransition,
    replace: spec.tellsReplace || (view.features.showsReplace && !patch.leftover) ? spec.replace : null,
    stackOrder:
      patch.leftover || view.anyTransition || !view.features.showsStackOrder ? null : view.stackOrder,
    forced: patch.forced && view.kernelLogReadable ? true : null,
    srcVersion: spec.srcVersion,
    version: spec.version,
    package: spec.package,
    cves: spec.cves === null ? null : [...spec.cves],
    objects: patch.leftover ? [] : reportObjects(spec, patch.enabled, view.features),
  }
}
