import type { TreeFiles } from '../host-tree.ts'
import { kpatchPatch, refusal, rhel7, rhel7Release } from '../kpatch-tree.ts'

/** Hosts of RHEL 7 with kpatch.ko: what each reading finds. */

const disk = (...names: string[]): TreeFiles =>
  Object.fromEntries(names.map((name) => [`var/lib/kpatch/${rhel7Release}/${name}.ko`, '']))

export const kpatchHosts: Record<string, TreeFiles[]> = {
  'kpatch-core-loaded': [
    {
      ...rhel7,
      ...kpatchPatch('kpatch_3_10_0_1160_1_1', 0),
      ...kpatchPatch('kpatch_3_10_0_1160_1_2', 1),
      ...disk('kpatch-3_10_0-1160-1-2'),
      'dev/kmsg': [
        "[  102.000000] kpatch: unloaded patch module 'kpatch_3_10_0_1160_1_1'",
        "[  102.000100] kpatch: loaded patch module 'kpatch_3_10_0_1160_1_2'",
      ].join('\n'),
    },
  ],
  'kpatch-core-refused': [
    {
      ...rhel7,
      ...kpatchPatch('kpatch_3_10_0_1160_1_1', 1),
      ...disk('kpatch-3_10_0-1160-1-1', 'kpatch-3_10_0-1160-1-2'),
      'dev/kmsg': [100, 102, 104, 106, 108].flatMap(refusal).join('\n'),
    },
  ],
}
