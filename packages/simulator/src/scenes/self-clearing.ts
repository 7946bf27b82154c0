import { populate } from '../populations.ts'
import type { SceneHost, Step } from '../simulated-host.ts'
import { stacks } from '../stacks.ts'
import { platforms, rpmSource } from './distributions.ts'
import { days, demoLabels, minutes, type Scene } from './scene.ts'
import { sp6Patch } from './suse-patches.ts'
import { sleepIn } from './task-actions.ts'
import { inVmlinux, redHatPatch } from './vendor-patches.ts'

/**
 * Scene 4: transitions that need nobody.
 *
 * hpc-3 has 112 CPUs; its last idle CPU switches 3.3 s after each load, as large idle hosts do. On batch-5 two threads sleep in
 * pause(2), interruptibly: the kernel's nudge after 15 s frees them. Each host takes a patch every 10 minutes; both are
 * stateless nodes that boot an image with the oldest patch, so after the third they reboot and start over.
 */
const upSecondsBefore = days(12)

const batchPatch = (release: number) =>
  redHatPatch({
    kernelRelease: platforms.rhel92.kernelRelease,
    release,
    cves: null,
    objects: [inVmlinux('__x64_sys_pause', 'nf_hook_slow')],
  })

const every10Minutes = (first: number, load: (index: number) => Step['do']): Step[] =>
  [0, 1, 2].map((index) => ({ at: first + index * minutes(10), do: load(index) }))

const hpc: SceneHost = {
  profile: {
    ...platforms.sles15sp6,
    hostname: 'hpc-3',
    labels: demoLabels('scene-4', 'prod', 'research', { role: 'compute' }),
    cpus: 112,
    processes: populate({
      cpus: 112,
      total: 1_268,
      workload: [{ comm: 'slurmd', unit: 'slurmd.service', threads: ['slurmd', 'slurmd'] }],
      filler: { comm: 'gmx_mpi', unit: 'slurmstepd.scope' },
    }),
  },
  agent: { extraSources: rpmSource },
  idleRounds: 3,
  firstRetryMs: 1_300,
  upSecondsBefore,
  first: {
    lengthSeconds: minutes(31),
    steps: [
      { at: 60 - upSecondsBefore, do: (kernel) => kernel.startWith(sp6Patch(11)) },
      ...every10Minutes(90, (index) => (kernel) => void kernel.load(sp6Patch(12 + index))),
    ],
  },
  loop: {
    downSeconds: 75,
    lengthSeconds: minutes(33),
    steps: [
      { at: 95, do: (kernel) => void kernel.load(sp6Patch(11)) },
      ...every10Minutes(minutes(4), (index) => (kernel) => void kernel.load(sp6Patch(12 + index))),
    ],
  },
}

const fallAsleep: Step['do'] = (kernel) => sleepIn(kernel, 'batch-runner', '__x64_sys_pause', stacks.pause)

const batch: SceneHost = {
  profile: {
    ...platforms.rhel92,
    hostname: 'batch-5',
    labels: demoLabels('scene-4', 'prod', 'data', { role: 'batch' }),
    cpus: 16,
    processes: populate({
      cpus: 16,
      total: 236,
      // One of the two sleepers is not its process's leader.
      workload: [
        { comm: 'batch-runner', unit: 'batch-queue.service' },
        { comm: 'batch-pool', unit: 'batch-queue.service', threads: ['batch-runner'] },
      ],
      filler: { comm: 'python3', unit: 'batch-queue.service' },
    }),
  },
  agent: { extraSources: rpmSource },
  firstRetryMs: 1_240,
  upSecondsBefore,
  first: {
    lengthSeconds: minutes(35),
    steps: [
      { at: 60 - upSecondsBefore, do: (kernel) => kernel.startWith(batchPatch(1)) },
      { at: 61 - upSecondsBefore, do: fallAsleep },
      ...every10Minutes(minutes(3), (index) => (kernel) => void kernel.load(batchPatch(2 + index))),
    ],
  },
  loop: {
    downSeconds: 45,
    lengthSeconds: minutes(37),
    steps: [
      { at: 70, do: (kernel) => void kernel.load(batchPatch(1)) },
      { at: 80, do: fallAsleep },
      ...every10Minutes(minutes(6), (index) => (kernel) => void kernel.load(batchPatch(2 + index))),
    ],
  },
}

export const selfClearing: Scene = {
  name: 'scene-4',
  title: 'Transitions that need nobody',
  hosts: [hpc, batch],
}
