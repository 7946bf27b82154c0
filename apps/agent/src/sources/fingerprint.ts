import type { HostFiles } from '../host-files.ts'
import { kgraftFingerprint } from './kgraft-patches.ts'
import { flagsFingerprint } from './klp-patches.ts'

/** A text that changes whenever a patch comes, goes or begins to move; cheap enough to read every few seconds. Never throws. */
export const patchesFingerprint = (files: HostFiles): string =>
  `${flagsFingerprint(files)}\n${kgraftFingerprint(files)}`
