import type { PatchSpec } from '../patch.ts'
import { populate } from '../populations.ts'
import type { Chapter, SceneHost, Step } from '../simulated-host.ts'
import { ksplice } from './at-once.ts'
import { platforms, rpmSource } from './distributions.ts'
import { quietHosts } from './quiet-hosts.ts'
import { days, demoLabels, minutes, placed, type Scene } from './scene.ts'
import { startVfork } from './task-actions.ts'
import { inVmlinux, redHatPatch } from './vendor-patches.ts'

/**
 * Scene 9: somebody forced a transition.
 *
 * On pay-4 a thread of a card-scheme gateway slept in vfork; at 02:14 UTC, before kpatch gave up, somebody wrote `force`.
 * Since then sysfs looks as after any load that went well: the one trace is a line of the kernel log. pay-3 beside it took the
 * same patch without help. ol7-1, in the same scope, is patched by Ksplice: some of its updates only detect an exploit, and fix
 * nothing.
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

/** Of the list that a real client of this kernel line printed. */
const updates = [
  ['bipgvpw6', 'Known exploit detection.'],
  ['lylzl1sj', 'Known exploit detection for CVE-2017-7308.'],
  ['e2hf1ats', 'KPTI enablement for Ksplice.'],
  ['trh9jthq', 'CVE-2019-3846: Heap overflow when parsing BSS descriptor in Marvell WiFi-Ex driver.'],
  ['ixsnbim2', 'CVE-2019-7308: Out-of-bounds speculation in BPF verifier.'],
  ['qhqi45un', 'CVE-2020-14386: Memory corruption when receiving a packet.'],
  ['smtq0o16', 'CVE-2020-25705: ICMP rate-limiter can indirectly leak UDP port information.'],
  ['mxu6ucv9', 'CVE-2021-27363, CVE-2021-27364, CVE-2021-27365: Priviledge escalation in iSCSI subsystem.'],
  ['jcfl6cfs', 'CVE-2021-29154: Code execution in eBPF JIT compiler.'],
] as const

const [oracle] = quietHosts({
  names: ['ol7-1'],
  scene: 'scene-9',
  platform: platforms.ol7,
  labels: ['prod', 'payments'],
  more: { role: 'ledger', scope: 'pci', ...placed('eu-central', 'r02') },
  patch: null,
  process: 'oracle',
  cpus: 8,
  upDays: 402,
  agent: { extraSources: rpmSource, atomic: ksplice(updates, '4.14.35-2047.503.1.el7uek') },
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
    ...(oracle ? [oracle] : []),
  ],
}
