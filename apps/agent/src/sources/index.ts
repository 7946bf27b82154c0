import type { PackagePrograms } from '../packages/package-programs.ts'
import type { VendorPrograms } from '../vendor-programs.ts'
import { createCanonicalSource } from './canonical.ts'
import { createKernelLogSource } from './kernel-log.ts'
import { createKernelcareSource } from './kernelcare.ts'
import { createKgraftSource } from './kgraft.ts'
import { createKlpSource } from './klp.ts'
import { createKpatchCoreSource } from './kpatch-core.ts'
import { createKspliceSource } from './ksplice.ts'
import { createPackagesSource } from './packages.ts'
import type { Source } from './source.ts'

/**
 * Every source, in reading order: the kernel log first, since what it says confirms what the mechanisms show; those that run
 * programs last, since programs are slow and what runs must not wait for them.
 */
export const createSources = (programs: PackagePrograms & VendorPrograms): Source[] => [
  createKernelLogSource(),
  createKlpSource(),
  createKgraftSource(),
  createKpatchCoreSource(),
  createKspliceSource(),
  createKernelcareSource(programs),
  createCanonicalSource(programs),
  createPackagesSource(programs),
]
