import type { KernelModel } from '../kernel-model.ts'
import { populate } from '../populations.ts'
import type { Chapter, SceneHost, Step } from '../simulated-host.ts'
import { platforms, rpmSource } from './distributions.ts'
import { days, demoLabels, minutes, type Scene } from './scene.ts'
import { sp6Patch } from './suse-patches.ts'
import { endVfork, startVfork } from './task-actions.ts'

/**
 * Scene 1: a task in vfork holds the live patch.
 *
 * db-7 has been stuck for 47 minutes when the demo begins: `billing` (state D) is the last of 412 tasks and waits for its child
 * `billing-helper`. After 6 minutes the child ends and the strip completes. 4 minutes later livepatch_13 is loaded and meets
 * the same program; 10 minutes later livepatch_14. Then the host goes back to its file system snapshot with livepatch_11, as
 * SLES can, reboots, and the three patches come again: a round of 34 minutes with one completion every 10.
 *
 * db-9 loaded the same patch and hangs on `backup-3`, a thread whose process leader migrated at once. Its child never ends, so
 * that whoever opens the demo, whenever, finds a stuck host.
 */
interface Cast {
  readonly parent: string
  readonly child: string
}

const round = (cast: Cast, version: number, loadAt: number, freeAt: number, vforkBefore = 20): Step[] => [
  { at: loadAt - vforkBefore, do: (kernel) => startVfork(kernel, cast.parent, cast.child) },
  { at: loadAt, do: (kernel) => void kernel.load(sp6Patch(version)) },
  { at: freeAt, do: (kernel) => endVfork(kernel, cast.parent) },
]

const upSecondsBefore = days(41)

const firstChapter = (cast: Cast, ageSeconds: number, freeAt: number): Chapter => ({
  lengthSeconds: freeAt + minutes(28),
  steps: [
    { at: 60 - upSecondsBefore, do: (kernel: KernelModel) => kernel.startWith(sp6Patch(11)) },
    ...round(cast, 12, -ageSeconds, freeAt, minutes(5)),
    ...round(cast, 13, freeAt + minutes(4), freeAt + minutes(10)),
    ...round(cast, 14, freeAt + minutes(14), freeAt + minutes(20)),
  ],
})

/** Loaded before the demo began, and held for as long as anybody will look. */
const heldChapter = (cast: Cast, ageSeconds: number): Chapter => ({
  lengthSeconds: days(365),
  steps: [
    { at: 60 - upSecondsBefore, do: (kernel: KernelModel) => kernel.startWith(sp6Patch(11)) },
    { at: -ageSeconds - minutes(5), do: (kernel) => startVfork(kernel, cast.parent, cast.child) },
    { at: -ageSeconds, do: (kernel) => void kernel.load(sp6Patch(12)) },
  ],
})

const loopChapter = (cast: Cast): Chapter & { downSeconds: number } => ({
  downSeconds: 40,
  lengthSeconds: minutes(34),
  steps: [
    { at: 65, do: (kernel) => void kernel.load(sp6Patch(11)) },
    ...round(cast, 12, minutes(4), minutes(10)),
    ...round(cast, 13, minutes(14), minutes(20)),
    ...round(cast, 14, minutes(24), minutes(30)),
  ],
})

const database = (
  hostname: string,
  processes: SceneHost['profile']['processes'],
  cast: Cast,
  first: Chapter,
  firstRetryMs: number,
): SceneHost => ({
  profile: {
    ...platforms.sles15sp6,
    hostname,
    labels: demoLabels('scene-1', 'prod', 'payments', { role: 'database' }),
    cpus: 8,
    processes,
  },
  agent: {
    extraSources: rpmSource,
    available: [11, 12, 13, 14].map((version) => ({
      package: 'kernel-livepatch-6_4_0-150600_23_25-default',
      version: `${version}-150600.2.1`,
      forKernel: platforms.sles15sp6.kernelRelease,
      patch: sp6Patch(version).name,
      cves: [...(sp6Patch(version).cves ?? [])],
    })),
  },
  firstRetryMs,
  upSecondsBefore,
  first,
  loop: loopChapter(cast),
})

const postgres = { comm: 'postgres', unit: 'postgresql.service' }
const billing: Cast = { parent: 'billing', child: 'billing-helper' }
/** A vfork child that has not called exec yet still carries the name of the thread that made it. */
const backup: Cast = { parent: 'backup-3', child: 'backup-3' }

export const stuckVfork: Scene = {
  name: 'scene-1',
  title: 'A task in vfork holds the live patch',
  hosts: [
    database(
      'db-7',
      // The child of the vfork makes 412.
      populate({
        cpus: 8,
        total: 411,
        workload: [{ comm: 'billing', unit: 'billing.service' }],
        filler: postgres,
      }),
      billing,
      firstChapter(billing, minutes(47), minutes(6)),
      1_100,
    ),
    database(
      'db-9',
      populate({
        cpus: 8,
        total: 377,
        workload: [
          {
            comm: 'java',
            unit: 'db-backup.service',
            threads: ['GC Thread#0', 'VM Thread', 'C2 CompilerThre', 'backup-1', 'backup-2', 'backup-3'],
          },
        ],
        filler: postgres,
      }),
      backup,
      heldChapter(backup, minutes(22)),
      870,
    ),
  ],
}
