import type { HostReport } from '@graftwatch/contract'
import type { Step } from '../simulated-host.ts'
import { kernelcare } from './at-once.ts'
import { canonicalSource, platforms, rpmSource, staleCanonicalSource } from './distributions.ts'
import { loadAt, turnOf } from './past.ts'
import { type Quiet, quietHosts } from './quiet-hosts.ts'
import { gap, jammyRollout, nobleRollouts, sp6Rollout } from './rollouts.ts'
import {
  mplsPatch,
  mplsRollout,
  rhel90Patch,
  rhel90Rollout,
  rhel92Patch,
  rhel92Rollout,
} from './rpm-patches.ts'
import { hours, minutes, names, placed, type Scene } from './scene.ts'
import { sp5Patch, sp5Placeholder, sp5Rollout, sp6Patch } from './suse-patches.ts'
import { free, keepRunning } from './task-actions.ts'
import { jammyPatches, noblePatches } from './ubuntu-patches.ts'

const ubuntu = { extraSources: canonicalSource }
const rpm = { extraSources: rpmSource }

/** On disk for this kernel, and loaded by nobody. */
const rhel92OnDisk: HostReport['available'] = [
  {
    package: rhel92Patch.package ?? '',
    version: rhel92Patch.version ?? '',
    forKernel: platforms.rhel92.kernelRelease,
  },
]

/** A broker that never rests by day makes kpatch give up; in a quieter hour the same patch goes in. */
const brokerTries = (index: number): Step[] => {
  const at = turnOf(index, 3, rhel90Rollout)
  if (index === 0) return [loadAt(at, rhel90Patch(true))]
  const broker = '1_scheduler'
  return [
    { at: at - 30, do: (kernel) => keepRunning(kernel, broker) },
    loadAt(at, rhel90Patch(true)),
    loadAt(at + minutes(40), rhel90Patch(true)),
    { at: at + hours(5), do: (kernel) => free(kernel, broker) },
    loadAt(at + hours(5) + 60, rhel90Patch(true)),
  ]
}

const olderLevel = { number: 11, effectiveRelease: '4.18.0-553.22.1.el8_10', cves: ['CVE-2024-1086'] }
const newerLevel = {
  number: 12,
  effectiveRelease: '4.18.0-553.40.1.el8_10',
  cves: ['CVE-2024-1086', 'CVE-2024-53104'],
}

const groups: readonly Quiet[] = [
  {
    names: names('shop-', 1, 6),
    platform: platforms.ubuntu2404aws,
    labels: ['prod', 'shop'],
    more: { role: 'web', ...placed('eu-central-1', 'euc1-az1') },
    patch: noblePatches.oldest,
    steps: nobleRollouts(6),
    // The four of the first rack lost their network for a while.
    quiet: (index) => (index < 4 ? [gap(5, 48)] : []),
    process: 'nginx',
    cpus: 4,
    upDays: 41,
    agent: ubuntu,
  },
  {
    names: names('shop-stage-', 1, 2),
    platform: platforms.ubuntu2404aws,
    labels: ['staging', 'shop'],
    more: { role: 'web', ...placed('eu-central-1', 'euc1-az3') },
    patch: noblePatches.oldest,
    steps: nobleRollouts(2),
    process: 'nginx',
    cpus: 2,
    upDays: 13,
    agent: ubuntu,
  },
  {
    names: names('worker-', 1, 4),
    platform: platforms.amazon2023,
    labels: ['prod', 'platform'],
    more: { role: 'kubernetes', ...placed('us-east-1', 'use1-az2') },
    patch: null,
    steps: (index) => [loadAt(turnOf(index, 4, mplsRollout), mplsPatch)],
    process: 'containerd-shim',
    cpus: 16,
    upDays: 29,
    agent: rpm,
  },
  {
    names: names('hana-', 1, 4),
    platform: platforms.sles15sp5,
    labels: ['prod', 'back-office'],
    more: { role: 'database', tier: 'critical', ...placed('eu-central', 'r05') },
    patch: sp5Placeholder,
    steps: (index) => [loadAt(turnOf(index, 4, sp5Rollout), sp5Patch(true))],
    process: 'hdbindexserver',
    cpus: 32,
    upDays: 180,
    agent: rpm,
  },
  {
    names: names('file-', 1, 3),
    platform: platforms.sles15sp6,
    labels: ['prod', 'back-office'],
    more: { role: 'file-server', ...placed('eu-west', 'r03') },
    patch: sp6Patch(11),
    steps: sp6Rollout(3, 'smbd'),
    process: 'smbd',
    cpus: 8,
    upDays: 64,
    agent: rpm,
  },
  {
    names: names('queue-', 1, 3),
    platform: platforms.rhel90,
    labels: ['prod', 'payments'],
    more: { role: 'broker', tier: 'critical', ...placed('eu-west', 'r02') },
    patch: null,
    steps: brokerTries,
    workload: [
      {
        comm: 'beam.smp',
        unit: 'rabbitmq-server.service',
        threads: ['1_scheduler', '2_scheduler', '1_dirty_io_sche'],
      },
    ],
    process: 'erl_child_setup',
    cpus: 8,
    upDays: 88,
    agent: rpm,
  },
  {
    names: names('ldap-', 1, 2),
    platform: platforms.rhel92,
    labels: ['prod', 'platform'],
    more: { role: 'directory', ...placed('eu-west', 'r01') },
    patch: null,
    steps: (index) => [loadAt(turnOf(index, 2, rhel92Rollout), rhel92Patch)],
    process: 'ns-slapd',
    cpus: 4,
    upDays: 122,
    agent: rpm,
  },
  // The package is installed; the service that loads it was never enabled.
  {
    names: ['idp-1'],
    platform: platforms.rhel92,
    labels: ['prod', 'platform'],
    more: { role: 'identity', ...placed('eu-west', 'r01') },
    patch: null,
    process: 'java',
    cpus: 4,
    upDays: 35,
    agent: { ...rpm, available: rhel92OnDisk },
  },
  // Somebody switched the patch off, yesterday, and left it so.
  {
    names: ['log-4'],
    platform: platforms.ubuntu2204,
    labels: ['prod', 'platform'],
    more: { role: 'logging', ...placed('eu-central', 'r09') },
    patch: jammyPatches.previous,
    steps: (index) => [
      ...jammyRollout(1)(index),
      { at: -hours(19), do: (kernel) => void kernel.disable(jammyPatches.newest.name) },
    ],
    process: 'vector',
    cpus: 8,
    upDays: 50,
    agent: {
      ...ubuntu,
      available: [
        { package: 'canonical-livepatch', version: '120.1', forKernel: platforms.ubuntu2204.kernelRelease },
      ],
    },
  },
  // Shared hosting on KernelCare; the second has not taken what its client says is there.
  ...(['applied', 'update-available'] as const).map(
    (word, index): Quiet => ({
      names: [`hosting-${index + 1}`],
      platform: platforms.alma8,
      labels: ['prod', 'web'],
      more: { role: 'shared-hosting', ...placed('us-east', 'r12') },
      patch: null,
      process: 'lsphp',
      cpus: 16,
      upDays: 233,
      agent: { ...rpm, atomic: kernelcare(index === 0 ? newerLevel : olderLevel, word) },
    }),
  ),
  // Its client remembers a patch of the boot before; the kernel has none.
  {
    names: ['cms-1'],
    platform: platforms.ubuntu2204,
    labels: ['prod', 'web'],
    more: { role: 'cms', ...placed('eu-central', 'r09') },
    patch: null,
    process: 'php-fpm8.1',
    cpus: 4,
    upDays: 2,
    agent: { extraSources: staleCanonicalSource(jammyPatches.newest.name, '120.1') },
  },
  {
    names: names('lab-', 1, 2),
    platform: platforms.debian12,
    labels: ['dev', 'research'],
    more: { role: 'workstation', ...placed('eu-central', 'r20') },
    patch: null,
    process: 'python3',
    cpus: 8,
    upDays: 3,
  },
  {
    names: names('sensor-', 1, 2),
    platform: platforms.raspi,
    labels: ['prod', 'logistics'],
    more: { role: 'edge', region: 'eu-west' },
    quiet: (index) => (index === 0 ? [gap(6, 190), gap(2, 75)] : [gap(9, 40)]),
    patch: null,
    process: 'node-red',
    cpus: 4,
    upDays: 201,
    // A full spool lets the oldest readings go.
    agent: { dropped: 212 },
  },
]

/** More of the fleet, by service: what the scenes are seen against. */
export const estate: Scene = {
  name: 'background',
  title: 'More of the fleet',
  hosts: groups.flatMap(quietHosts),
}
