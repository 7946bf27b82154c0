import type { PatchSpec } from '../patch.ts'
import { seededHex } from '../random.ts'

type Objects = PatchSpec['objects']

/** As modinfo prints it: 23 upper-case hex digits, the same wherever the same build is loaded. */
const srcVersion = (name: string) => seededHex(`srcversion/${name}`, 23).toUpperCase()

const underscored = (text: string) => text.replaceAll(/[.-]/g, '_')

/** Functions of the kernel image. */
export const inVmlinux = (...functions: string[]): Objects[number] => ({
  name: 'vmlinux',
  loaded: true,
  functions,
})

/** Functions of a module, which may not be loaded. */
export const inModule = (name: string, loaded: boolean, ...functions: string[]): Objects[number] => ({
  name,
  loaded,
  functions,
})

/** SUSE: module livepatch_<version>_<release>; the kernel it is for stands only in the package's name. Cumulative. */
export const susePatch = (build: {
  readonly kernelRelease: string
  readonly version: number
  readonly release: string
  readonly cves: readonly string[]
  readonly objects: Objects
}): PatchSpec => {
  const name = `livepatch_${build.version}_${underscored(build.release)}`
  const [version = '', rest = ''] = build.kernelRelease.replace('-default', '').split('-')
  return {
    name,
    srcVersion: srcVersion(`${build.kernelRelease}/${name}`),
    version: `${build.version}-${build.release}`,
    package: `kernel-livepatch-${underscored(version)}-${underscored(rest)}-default`,
    cves: build.cves,
    replace: true,
    tellsReplace: false,
    objects: build.objects,
  }
}

/** SUSE before SLE 15: module kgraft_patch_<version>_<release>, of kGraft. Cumulative. */
export const kgraftPatch = (build: {
  readonly kernelRelease: string
  readonly version: number
  readonly release: string
  readonly cves: readonly string[] | null
  readonly objects: Objects
}): PatchSpec => {
  const name = `kgraft_patch_${build.version}_${underscored(build.release)}`
  return {
    name,
    srcVersion: srcVersion(`${build.kernelRelease}/${name}`),
    version: `${build.version}-${build.release}`,
    package: `kgraft-patch-${build.kernelRelease.split('-').map(underscored).join('-')}`,
    cves: build.cves,
    replace: true,
    tellsReplace: true,
    objects: build.objects,
  }
}

/** Red Hat: module kpatch_<kernel>_<version>_<release>, package kpatch-patch-<kernel>. Cumulative. */
export const redHatPatch = (build: {
  /** For instance 5.14.0-284.11.1.el9_2.x86_64. */
  readonly kernelRelease: string
  readonly release: number
  readonly cves: readonly string[] | null
  readonly objects: Objects
}): PatchSpec => {
  const [kernel = '', dist = ''] = build.kernelRelease.replace('.x86_64', '').split(/\.(?=el)/)
  const name = `kpatch_${underscored(kernel)}_1_${build.release}`
  const [version = '', rest = ''] = kernel.split('-')
  return {
    name,
    srcVersion: srcVersion(name),
    version: `1-${build.release}.${dist}`,
    package: `kpatch-patch-${underscored(version)}-${underscored(rest)}`,
    cves: build.cves,
    replace: true,
    tellsReplace: true,
    objects: build.objects,
  }
}

/** Canonical: module lkp_Ubuntu_<kernel>_<abi build>_<flavour>_<n>; the client brings it, no package does. */
export const ubuntuPatch = (build: {
  /** The package's version, for instance 6.8.0-1047.50. */
  readonly kernelVersion: string
  readonly flavour: string
  readonly patchVersion: string
  readonly cves: readonly string[]
  readonly replace: boolean
  readonly objects: Objects
}): PatchSpec => {
  const major = build.patchVersion.split('.')[0]
  const name = `lkp_Ubuntu_${underscored(build.kernelVersion)}_${build.flavour}_${major}`
  const { cves, replace, objects, patchVersion: version } = build
  return {
    name,
    srcVersion: srcVersion(name),
    version,
    package: null,
    cves,
    replace,
    tellsReplace: true,
    objects,
  }
}

/** Built by the operator itself for a kernel no vendor patches: one module a number, stacked where `replace` is false. */
export const ownPatch = (build: {
  readonly kernelRelease: string
  readonly number: number
  readonly name: string
  readonly package: string | null
  readonly cves: readonly string[] | null
  readonly replace: boolean
  readonly releaseSuffix?: string
  readonly objects: Objects
}): PatchSpec => ({
  name: build.name,
  srcVersion: srcVersion(`${build.kernelRelease}/${build.name}`),
  version: `${build.number}-1`,
  package: build.package,
  cves: build.cves,
  replace: build.replace,
  ...(build.releaseSuffix === undefined ? {} : { releaseSuffix: build.releaseSuffix }),
  tellsReplace: build.replace,
  objects: build.objects,
})

/** Amazon: module livepatch_<topic>; several stay enabled side by side. */
export const amazonPatch = (build: {
  readonly kernel: string
  readonly topic: string
  readonly release: string
  readonly cves: readonly string[]
  readonly objects: Objects
}): PatchSpec => {
  const name = `livepatch_${build.topic}`
  return {
    name,
    srcVersion: srcVersion(`${build.kernel}/${name}`),
    version: build.release,
    package: `kernel-livepatch-${build.kernel}`,
    cves: build.cves,
    replace: false,
    tellsReplace: true,
    objects: build.objects,
  }
}
