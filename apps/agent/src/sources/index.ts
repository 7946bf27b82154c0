import type { PackagePrograms } from '../packages/package-programs.ts'
import { createKernelLogSource } from './kernel-log.ts'
import { createKgraftSource } from './kgraft.ts'
import { createKlpSource } from './klp.ts'
import { createKpatchCoreSource } from './kpatch-core.ts'
import { createPackagesSource } from './packages.ts'
import type { Source } from './source.ts'

/**
 * Every source, in reading order: the kernel log first, since what it says confirms what the mechanisms show; packages last,
 * since programs are slow and what runs must not wait for them.
 */
export const createSources = (programs: PackagePrograms): Source[] => [
  createKernelLogSource(),
  createKlpSource(),
  createKgraftSource(),
  createKpatchCoreSource(),
  createPackagesSource(programs),
]
