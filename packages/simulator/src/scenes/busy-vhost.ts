import type { PatchSpec } from '../patch.ts'
import { populate } from '../populations.ts'
import type { Chapter, SceneHost, Step } from '../simulated-host.ts'
import type { ProcessSpec } from '../task.ts'
import { platforms, rpmSource } from './distributions.ts'
import { loadAt, turnOf } from './past.ts'
import { days, demoLabels, hours, minutes, names, placed, type Scene } from './scene.ts'
import { free, keepRunning } from './task-actions.ts'
import { inVmlinux, redHatPatch } from './vendor-patches.ts'

/**
 * Scene 2: a kernel thread that never rests, and a tool that gives up.
 *
 * kvm-01 to kvm-38 are hypervisors whose guests poll their network cards, so that a vhost thread is always running. kpatch
 * waits 75 s, takes the patch out again, and a timer tries again every 30 minutes: one cause on 38 hosts, each on its third
 * attempt when the demo begins. kvm-39 to kvm-48 have the same kernel and patch, guests that sleep at times, and are done: what
 * sets the 38 apart is their pool, not their rack. The patch before went the same way eight days ago, and in at last.
 */
export const hypervisorPatch = (release: number): PatchSpec =>
  redHatPatch({
    kernelRelease: platforms.rhel94.kernelRelease,
    release,
    cves: null,
    objects: [inVmlinux('skb_segment', 'tun_get_user')],
  })

const affected = names('kvm-', 1, 38, 2)
const peers = names('kvm-', 39, 48, 2)

const retryEvery = minutes(30)
const upSecondsBefore = days(26)

const guests = (hostname: string): { vhost: string; processes: ProcessSpec[] } => {
  const number = Number(hostname.slice(-2))
  const vhost = `vhost-${2_100 + number * 37}`
  return {
    vhost,
    processes: [
      { comm: vhost, kind: 'kthread' },
      ...[1, 2, 3].map((guest) => ({
        comm: 'qemu-kvm',
        unit: `machine-qemu-${guest}-guest${number}${guest}.scope`,
        threads: ['CPU 0/KVM', 'CPU 1/KVM', 'IO iothread1'],
      })),
    ],
  }
}

const hypervisor = (
  hostname: string,
  index: number,
  pool: string,
  chapter: (vhost: string) => Chapter,
): SceneHost => {
  const { vhost, processes } = guests(hostname)
  const region = index % 2 === 0 ? 'eu-central' : 'eu-west'
  return {
    profile: {
      ...platforms.rhel94,
      hostname,
      labels: demoLabels('scene-2', 'prod', 'virtualization', {
        role: 'hypervisor',
        pool,
        ...placed(region, `r${String(1 + (index % 6)).padStart(2, '0')}`),
      }),
      cpus: 16,
      processes: populate({
        cpus: 16,
        total: 210,
        workload: processes,
        filler: { comm: 'rpc-virtqemud', unit: 'virtqemud.service' },
      }),
    },
    agent: { extraSources: rpmSource },
    firstRetryMs: 900 + (index % 10) * 30,
    upSecondsBefore,
    first: chapter(vhost),
  }
}

const previousRollout = { at: -days(8), over: hours(3) }

/** The patch before this one went in at last, after one to six attempts, when the guests rested before kpatch gave up. */
const previousTries = (index: number, vhost: string): Step[] => {
  const first = turnOf(index, affected.length, previousRollout)
  const failures = 1 + ((index * 7) % 6)
  const last = first + failures * retryEvery
  return [
    ...Array.from({ length: failures + 1 }, (_, tries) =>
      loadAt(first + tries * retryEvery, hypervisorPatch(2)),
    ),
    { at: last + 22 + ((index * 11) % 45), do: (kernel) => free(kernel, vhost) },
    { at: last + minutes(9), do: (kernel) => keepRunning(kernel, vhost) },
  ]
}

/** Its first attempt lies between an hour and 90 minutes back, so that the hosts do not try in step. */
const retrying =
  (index: number) =>
  (vhost: string): Chapter => {
    const firstTry = -hours(1) - ((index * 47) % retryEvery)
    const load = hypervisorPatch(3)
    return {
      lengthSeconds: 0,
      steps: [
        { at: 60 - upSecondsBefore, do: (kernel) => kernel.startWith(hypervisorPatch(1)) },
        { at: 61 - upSecondsBefore, do: (kernel) => keepRunning(kernel, vhost) },
        ...previousTries(index, vhost),
      ],
      again: { at: firstTry, everySeconds: retryEvery, do: (kernel) => void kernel.load(load) },
    }
  }

const done = (index: number) => (): Chapter => ({
  lengthSeconds: 0,
  steps: [
    { at: 60 - upSecondsBefore, do: (kernel) => kernel.startWith(hypervisorPatch(1)) },
    loadAt(turnOf(index, peers.length, previousRollout), hypervisorPatch(2)),
    { at: -hours(1) - index * 70, do: (kernel) => void kernel.load(hypervisorPatch(3)) },
  ],
})

export const busyVhost: Scene = {
  name: 'scene-2',
  title: 'A busy kernel thread, and kpatch gives up',
  hosts: [
    ...affected.map((hostname, index) => hypervisor(hostname, index, 'nfv', retrying(index))),
    ...peers.map((hostname, index) => hypervisor(hostname, index, 'general', done(index))),
  ],
}
