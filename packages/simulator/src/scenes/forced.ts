import type { PatchSpec } from '../patch.ts'
import { populate } from '../populations.ts'
import type { Chapter, SceneHost, Step } from '../simulated-host.ts'
import { platforms, rpmSource } from './distributions.ts'
import { days, demoLabels, minutes, placed, type Scene } from './scene.ts'
import { startVfork } from './task-actions.ts'
import { inVmlinux, redHatPatch } from './vendor-patches.ts'

/**
 * Scene 9: somebody forced a transition.
 *
 * On pay-4 a thread of a card-scheme gateway slept in vfork; at 02:14 UTC, before kpatch gave up, somebody wrote `force`.
 * Since then sysfs looks as after any load that went well: the one trace is a line of the kernel log. pay-3 beside it took the
 * same patch without help.
 */
export const cardPatch = (release: number): PatchSpec =>
  redHatPatch({
    kernelRelease: platforms.rhel92.kernelRelease,
    release,
    cves: null,
    objects: [inVmlinux('__x64_sys_vfork', 'nf_hook_slow')],
  })

const upSecondsBefore = days(63)
const dayMs = 86_400_000
const forcedAtMs = (2 * 60 + 14) * 60_000

/** Seconds from the demo's beginning back to the last time it was 02:14 UTC; below 0, by at least 5 minutes. */
const lastForcing = (epoch: number): number => {
  const sinceMidnight = epoch % dayMs
  const ago = (sinceMidnight - forcedAtMs + dayMs) % dayMs
  return -(ago < 300_000 ? ago + dayMs : ago) / 1_000
}

const base: Step = { at: 60 - upSecondsBefore, do: (kernel) => kernel.startWith(cardPatch(4)) }

const forcedByHand = (epoch: number): Chapter => {
  const at = lastForcing(epoch)
  return {
    lengthSeconds: 0,
    steps: [
      base,
      {
        at: at - 52,
        do: (kernel) => {
          startVfork(kernel, 'scheme-gateway', 'scheme-gateway')
          kernel.load(cardPatch(5))
        },
      },
      { at, do: (kernel) => kernel.force() },
    ],
  }
}

const payHost = (hostname: string, rack: string, first: SceneHost['first']): SceneHost => ({
  profile: {
    ...platforms.rhel92,
    hostname,
    labels: demoLabels('scene-9', 'prod', 'payments', {
      role: 'gateway',
      scope: 'pci',
      ...placed('eu-central', rack),
    }),
    cpus: 8,
    processes: populate({
      cpus: 8,
      total: 204,
      workload: [{ comm: 'scheme-gateway', unit: 'scheme-gateway.service' }],
      filler: { comm: 'java', unit: 'payments.service' },
    }),
  },
  agent: { extraSources: rpmSource },
  firstRetryMs: 1_060,
  upSecondsBefore,
  first,
})

export const forced: Scene = {
  name: 'scene-9',
  title: 'Forced by hand',
  hosts: [
    payHost('pay-4', 'r02', forcedByHand),
    payHost('pay-3', 'r03', {
      lengthSeconds: 0,
      steps: [base, { at: -days(1) - minutes(40), do: (kernel) => void kernel.load(cardPatch(5)) }],
    }),
  ],
}
