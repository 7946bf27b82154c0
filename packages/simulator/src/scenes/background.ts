import type { HostReport } from '@graftwatch/contract'
import type { AgentOptions } from '../agent-model.ts'
import type { HostProfile } from '../host-profile.ts'
import type { PatchSpec } from '../patch.ts'
import { populate } from '../populations.ts'
import type { SceneHost } from '../simulated-host.ts'
import { canonicalSource, platforms, rpmSource } from './distributions.ts'
import { days, demoLabels, type Scene } from './scene.ts'
import { sp5Patch, sp6Patch, sp6Placeholder } from './suse-patches.ts'
import { amazonPatch, inModule, inVmlinux, redHatPatch, ubuntuPatch } from './vendor-patches.ts'

/** The fixes a real client listed for patch 121.4 on this kernel, up to the first ten. */
const awsPatch = ubuntuPatch({
  kernelVersion: '6.8.0-1047.50',
  flavour: 'aws',
  patchVersion: '121.4',
  cves: [
    'CVE-2025-68263',
    'CVE-2026-22984',
    'CVE-2026-23111',
    'CVE-2026-23112',
    'CVE-2026-23172',
    'CVE-2026-23231',
    'CVE-2026-23268',
    'CVE-2026-23269',
    'CVE-2026-31431',
    'CVE-2026-31607',
  ],
  replace: true,
  objects: [inVmlinux('unix_stream_read_generic', 'tcp_sendmsg_locked')],
})

/** LSN-120-1 for Ubuntu 22.04's generic kernel. */
const jammyPatch = ubuntuPatch({
  kernelVersion: '5.15.0-177.187',
  flavour: 'linux',
  patchVersion: '120.1',
  cves: ['CVE-2025-37849', 'CVE-2026-23112', 'CVE-2026-31431'],
  replace: true,
  objects: [inVmlinux('crypto_aead_decrypt')],
})

/** RHSA-2022:5214. */
const rhel90Patch = (hasEsp6: boolean) =>
  redHatPatch({
    kernelRelease: platforms.rhel90.kernelRelease,
    release: 1,
    cves: ['CVE-2022-1012', 'CVE-2022-1966', 'CVE-2022-27666', 'CVE-2022-32250'],
    objects: [
      inVmlinux('secure_ipv4_port_ephemeral', 'secure_ipv6_port_ephemeral'),
      inModule('nf_tables', true, 'nft_expr_init'),
      inModule('esp6', hasEsp6, 'esp6_output_head'),
    ],
  })

const rhel92Patch = redHatPatch({
  kernelRelease: platforms.rhel92.kernelRelease,
  release: 1,
  cves: null,
  objects: [inVmlinux('nf_hook_slow')],
})

/** ALAS2023LIVEPATCH-2023-001. MPLS routing is a module that hardly anybody loads. */
const mplsPatch = amazonPatch({
  kernel: '6.1.12-19.43',
  topic: 'CVE_2023_26545',
  release: '1.0-1.amzn2023',
  cves: ['CVE-2023-26545'],
  objects: [inModule('mpls_router', false, 'mpls_dev_sysctl_register')],
})

interface Quiet {
  readonly names: readonly string[]
  readonly platform: (typeof platforms)[keyof typeof platforms]
  readonly labels: readonly [env: string, team: string]
  readonly patch: PatchSpec | null
  readonly process: string
  readonly cpus: number
  readonly upDays: number
  readonly agent?: Omit<AgentOptions, 'machineId'>
  readonly profile?: Partial<HostProfile>
}

const newerKernelInstalled: HostReport['reboot'] = {
  pending: true,
  reason: 'a newer kernel is installed',
  installedKernel: '5.15.0-178-generic',
  fixesLost: null,
}

const ubuntu = { extraSources: canonicalSource }
const rpm = { extraSources: rpmSource }
const { sles15sp6, sles15sp5, rhel90, rhel92, ubuntu2404aws, ubuntu2204, amazon2023, debian12, raspi } =
  platforms

const quiet: readonly Quiet[] = [
  {
    names: ['web-1', 'web-2', 'web-3', 'web-4', 'web-5', 'web-6'],
    platform: ubuntu2404aws,
    labels: ['prod', 'web'],
    patch: awsPatch,
    process: 'nginx',
    cpus: 4,
    upDays: 33,
    agent: ubuntu,
  },
  {
    names: ['app-1', 'app-2'],
    platform: ubuntu2204,
    labels: ['prod', 'web'],
    patch: jammyPatch,
    process: 'node',
    cpus: 8,
    upDays: 58,
    agent: ubuntu,
  },
  {
    names: ['app-3'],
    platform: ubuntu2204,
    labels: ['staging', 'web'],
    patch: jammyPatch,
    process: 'node',
    cpus: 8,
    upDays: 95,
    agent: { ...ubuntu, reboot: newerKernelInstalled },
  },
  // Security allowed this agent the task states only: no stacks, no kernel log.
  {
    names: ['app-4'],
    platform: ubuntu2204,
    labels: ['prod', 'back-office'],
    patch: jammyPatch,
    process: 'dotnet',
    cpus: 8,
    upDays: 21,
    agent: ubuntu,
    profile: { agentLevel: 'progress', kernelLogReadable: false },
  },
  {
    names: ['erp-1', 'erp-2'],
    platform: sles15sp6,
    labels: ['prod', 'back-office'],
    patch: sp6Patch(12),
    process: 'disp+work',
    cpus: 16,
    upDays: 74,
    agent: rpm,
  },
  {
    names: ['erp-3'],
    platform: sles15sp6,
    labels: ['staging', 'back-office'],
    patch: sp6Placeholder,
    process: 'disp+work',
    cpus: 16,
    upDays: 9,
    agent: rpm,
  },
  {
    names: ['rep-1'],
    platform: sles15sp5,
    labels: ['prod', 'data'],
    patch: sp5Patch(true),
    process: 'mysqld',
    cpus: 8,
    upDays: 160,
    agent: rpm,
  },
  {
    names: ['rep-2'],
    platform: sles15sp5,
    labels: ['prod', 'data'],
    patch: sp5Patch(false),
    process: 'mysqld',
    cpus: 8,
    upDays: 160,
    agent: rpm,
  },
  {
    names: ['pay-1'],
    platform: rhel90,
    labels: ['prod', 'payments'],
    patch: rhel90Patch(true),
    process: 'java',
    cpus: 8,
    upDays: 51,
    agent: rpm,
  },
  {
    names: ['pay-2'],
    platform: rhel90,
    labels: ['prod', 'payments'],
    patch: rhel90Patch(false),
    process: 'java',
    cpus: 8,
    upDays: 51,
    agent: rpm,
  },
  {
    names: ['mail-1'],
    platform: rhel92,
    labels: ['prod', 'platform'],
    patch: rhel92Patch,
    process: 'smtpd',
    cpus: 4,
    upDays: 66,
    agent: rpm,
  },
  {
    names: ['cdn-1', 'cdn-2'],
    platform: amazon2023,
    labels: ['prod', 'web'],
    patch: mplsPatch,
    process: 'varnishd',
    cpus: 4,
    upDays: 17,
    agent: rpm,
  },
  {
    names: ['ci-1', 'ci-2', 'ci-3'],
    platform: debian12,
    labels: ['dev', 'platform'],
    patch: null,
    process: 'runner',
    cpus: 8,
    upDays: 6,
  },
  {
    names: ['edge-1', 'edge-2'],
    platform: raspi,
    labels: ['prod', 'platform'],
    patch: null,
    process: 'mosquitto',
    cpus: 4,
    upDays: 120,
  },
]

const quietHost = (group: Quiet, hostname: string): SceneHost => {
  const { platform, patch, process, cpus } = group
  const upSecondsBefore = days(group.upDays)
  return {
    profile: {
      ...platform,
      hostname,
      labels: demoLabels('background', ...group.labels),
      cpus,
      processes: populate({
        cpus,
        total: 120 + cpus * 8,
        workload: [],
        filler: { comm: process, unit: `${process}.service` },
      }),
      ...group.profile,
    },
    ...(group.agent === undefined ? {} : { agent: group.agent }),
    upSecondsBefore,
    first: {
      lengthSeconds: 0,
      steps: patch === null ? [] : [{ at: 40 - upSecondsBefore, do: (kernel) => kernel.startWith(patch) }],
    },
  }
}

/** Hosts on which nothing moves: migrated, with nothing due, without live patching, or waiting for a module. */
export const background: Scene = {
  name: 'background',
  title: 'The rest of the fleet',
  hosts: quiet.flatMap((group) => group.names.map((hostname) => quietHost(group, hostname))),
}
