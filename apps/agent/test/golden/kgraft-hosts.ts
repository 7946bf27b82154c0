import { patch, type TreeFiles, task } from '../host-tree.ts'
import { functionTable, inProgress, kgraftPatch, sle12 } from '../kgraft-tree.ts'

/** Hosts of SLE 12: what the first reading finds, and what each later one does. */

const stack = [
  '[<ffffffff814c5b2c>] hwrng_fillfn+0x8c/0x130',
  '[<ffffffff8109d0d5>] kthread+0xf5/0x110',
  '[<ffffffff8161f85f>] ret_from_fork+0x3f/0x70',
  '[<ffffffffffffffff>] 0xffffffffffffffff',
  '',
].join('\n')

const tasks: TreeFiles = {
  ...task(1, { kgrInProgress: '0', comm: 'systemd', stack: '' }),
  ...task(2, { kgrInProgress: '0', comm: 'kthreadd', kthread: true, stack }),
  ...task(61, { kgrInProgress: '1', comm: 'hwrng', kthread: true, stack }),
  ...task(900, { kgrInProgress: '0', comm: 'java', threads: 3, stack: '' }),
  ...task(901, { pid: 900, kgrInProgress: '1', comm: 'pool-1', threads: 3, state: 'D', stack: '' }),
  ...task(902, { pid: 900, kgrInProgress: '0', comm: 'pool-2', threads: 3, stack: '' }),
  'proc/900/kgr_in_progress': '1\n',
  'proc/900/task/901/wchan': 'nfs_wait_bit_killable',
  'proc/900/task/901/cgroup': '1:name=systemd:/system.slice/tomcat.service\n',
}

const older = (state: 2 | 4): TreeFiles =>
  kgraftPatch('kgraft-patch-2-2-1', functionTable({ sys_newuname: state, keyctl_read_key: state }))

const newer = (state: 1 | 2 | 3): TreeFiles =>
  kgraftPatch(
    'kgraft-patch-3-2-1',
    functionTable({ sys_newuname: state, keyctl_read_key: state, 'xfs:xfs_file_aio_read': 5 }),
  )

const applyingLog = [
  "6,812,5210000000,-;kgr: applying patch 'kgraft-patch-3-2-1'",
  '6,815,5212000100,-;kgr still in progress after timeout, will keep trying every 2 seconds',
].join('\n')

const moving = { ...sle12, ...inProgress(1), ...tasks }

export const kgraftHosts: Record<string, TreeFiles[]> = {
  'kgraft-in-progress': [{ ...moving, ...older(2), ...newer(1), 'dev/kmsg': applyingLog }, {}],
  'kgraft-done': [
    { ...moving, ...older(2), ...newer(1), 'dev/kmsg': applyingLog },
    { ...inProgress(0), ...older(4), ...newer(2) },
    {},
  ],
  'kgraft-reverting': [{ ...moving, ...newer(3) }, {}],
  'mixed-kgraft-and-klp': [
    {
      ...moving,
      ...newer(1),
      ...patch(1, 0, 'livepatch_7'),
      'proc/modules': [
        'livepatch_7 16384 1 - Live 0x0000000000000000 (OEK)',
        'kgraft_patch_3_2_1 16384 1 - Live 0x0000000000000000 (OEK)',
        '',
      ].join('\n'),
      'dev/kmsg': `${applyingLog}\n5,900,5300000000,-;livepatch: 'livepatch_7': patching complete`,
    },
    {},
    {},
  ],
}
