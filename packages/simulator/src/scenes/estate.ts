import type { HostReport } from '@graftwatch/contract'
import { canonicalSource, platforms, rpmSource } from './distributions.ts'
import { type Quiet, quietHosts } from './quiet-hosts.ts'
import { mplsPatch, rhel90Patch, rhel92Patch } from './rpm-patches.ts'
import { hours, names, placed, type Scene } from './scene.ts'
import { sp5Patch, sp6Patch } from './suse-patches.ts'
import { jammyPatch, noblePatch } from './ubuntu-patches.ts'

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

const groups: readonly Quiet[] = [
  {
    names: names('shop-', 1, 9),
    platform: platforms.ubuntu2404aws,
    labels: ['prod', 'shop'],
    more: { role: 'web', ...placed('eu-central-1', 'euc1-az1') },
    patch: noblePatch,
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
    patch: noblePatch,
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
    patch: mplsPatch,
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
    patch: sp5Patch(true),
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
    patch: sp6Patch(12),
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
    patch: rhel90Patch(true),
    process: 'beam.smp',
    cpus: 8,
    upDays: 88,
    agent: rpm,
  },
  {
    names: names('ldap-', 1, 2),
    platform: platforms.rhel92,
    labels: ['prod', 'platform'],
    more: { role: 'directory', ...placed('eu-west', 'r01') },
    patch: rhel92Patch,
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
    patch: jammyPatch,
    steps: () => [{ at: -hours(19), do: (kernel) => void kernel.disable(jammyPatch.name) }],
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
    patch: null,
    process: 'node-red',
    cpus: 4,
    upDays: 201,
  },
]

/** More of the fleet, by service: what the scenes are seen against. */
export const estate: Scene = {
  name: 'background',
  title: 'More of the fleet',
  hosts: groups.flatMap(quietHosts),
}
