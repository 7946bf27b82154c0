import type { PatchSpec } from '../patch.ts'
import { populate } from '../populations.ts'
import type { SceneHost, Step } from '../simulated-host.ts'
import { stacks } from '../stacks.ts'
import type { ProcessSpec } from '../task.ts'
import { platforms, rpmSource } from './distributions.ts'
import { days, demoLabels, hours, minutes, placed, type Scene } from './scene.ts'
import { stayAtBoundary } from './task-actions.ts'
import { inVmlinux, kgraftPatch } from './vendor-patches.ts'

/**
 * Scene 6: kGraft on SLE 12 waits for a kernel thread that sleeps.
 *
 * kGraft asks of every task only whether it has come by a safe point since the transition began. sap-2 has a hardware random
 * number generator, whose thread sleeps until somebody wants entropy: everything else migrated in seconds, it did not. sap-1 and
 * sap-3 have no such device and took the same patch.
 */
const patchOf = (version: number): PatchSpec =>
  kgraftPatch({
    kernelRelease: platforms.sles12sp5.kernelRelease,
    version,
    release: '2.1',
    // What they fix is in no data of ours.
    cves: null,
    objects: [inVmlinux('tcp_recvmsg', 'sys_ptrace')],
  })

const upSecondsBefore = days(318)
const next = patchOf(3)

const sap = (hostname: string, rack: string, devices: readonly ProcessSpec[], steps: Step[]): SceneHost => ({
  profile: {
    ...platforms.sles12sp5,
    hostname,
    labels: demoLabels('scene-6', 'prod', 'back-office', {
      role: 'sap',
      tier: 'critical',
      ...placed('eu-central', rack),
    }),
    cpus: 16,
    processes: populate({
      cpus: 16,
      total: 341,
      workload: [
        ...devices,
        { comm: 'sapstartsrv', unit: 'sapinit.service', threads: Array(11).fill('sapstartsrv') },
      ],
      filler: { comm: 'disp+work', unit: 'sapinit.service' },
    }),
  },
  agent: { extraSources: rpmSource },
  firstRetryMs: 2_000,
  idleRounds: 0,
  upSecondsBefore,
  first: {
    lengthSeconds: 0,
    steps: [{ at: 60 - upSecondsBefore, do: (kernel) => kernel.startWith(patchOf(2)) }, ...steps],
  },
})

const loaded = (at: number): Step => ({ at, do: (kernel) => void kernel.load(next) })

export const kgraft: Scene = {
  name: 'scene-6',
  title: 'kGraft waits for a thread that sleeps',
  hosts: [
    sap(
      'sap-2',
      'r06',
      [{ comm: 'hwrng', kind: 'kthread' }],
      [
        {
          at: -minutes(26),
          do: (kernel) => {
            stayAtBoundary(kernel, 'hwrng', stacks.entropyFeeder)
            kernel.load(next)
          },
        },
      ],
    ),
    sap('sap-1', 'r05', [], [loaded(-days(1) - hours(3))]),
    sap('sap-3', 'r07', [], [loaded(-days(1) - hours(2))]),
  ],
}
