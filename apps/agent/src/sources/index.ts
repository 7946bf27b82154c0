import { createKernelLogSource } from './kernel-log.ts'
import { createKlpSource } from './klp.ts'
import type { Source } from './source.ts'

/** Every source, in reading order: the kernel log first, since what it says confirms what the mechanisms show. */
export const createSources = (): Source[] => [createKernelLogSource(), createKlpSource()]
