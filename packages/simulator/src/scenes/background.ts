import type { HostReport } from '@graftwatch/contract'
import { canonicalSource, platforms, rpmSource } from './distributions.ts'
import { loadAt, turnOf } from './past.ts'
import { type Quiet, quietHosts } from './quiet-hosts.ts'
import { jammyRollout, nobleRollouts, sp6Rollout } from './rollouts.ts'
import { mplsPatch, mplsRollout, rhel90Patch, rhel90Rollout, rhel92Patch } from './rpm-patches.ts'
import type { Scene } from './scene.ts'
import { sp5Patch, sp5Placeholder, sp5Rollout, sp6Patch, sp6Placeholder } from './suse-patches.ts'
import { jammyPatches, noblePatches } from './ubuntu-patches.ts'

const newerKernelInstalled: HostReport['reboot'] = {
  pending: true,
  reason: 'The boot loader starts 5.15.0-178-generic; 5.15.0-177-generic runs.',
  installedKernel: '5.15.0-178-generic',
  fixesLost: ['CVE-2026-31431'],
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
    patch: noblePatches.oldest,
    steps: nobleRollouts(6),
    process: 'nginx',
    cpus: 4,
    upDays: 33,
    agent: ubuntu,
  },
  {
    names: ['app-1', 'app-2'],
    platform: ubuntu2204,
    labels: ['prod', 'web'],
    patch: jammyPatches.previous,
    steps: jammyRollout(2),
    process: 'node',
    cpus: 8,
    upDays: 58,
    agent: ubuntu,
  },
  {
    names: ['app-3'],
    platform: ubuntu2204,
    labels: ['staging', 'web'],
    patch: jammyPatches.previous,
    steps: jammyRollout(2),
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
    patch: jammyPatches.previous,
    steps: jammyRollout(2),
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
    patch: sp6Patch(11),
    steps: sp6Rollout(2, 'disp+work'),
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
    patch: sp5Placeholder,
    steps: (index) => [loadAt(turnOf(index, 1, sp5Rollout), sp5Patch(true))],
    process: 'mysqld',
    cpus: 8,
    upDays: 160,
    agent: rpm,
  },
  {
    names: ['rep-2'],
    platform: sles15sp5,
    labels: ['prod', 'data'],
    patch: sp5Placeholder,
    steps: (index) => [loadAt(turnOf(index, 1, sp5Rollout), sp5Patch(false))],
    process: 'mysqld',
    cpus: 8,
    upDays: 160,
    agent: rpm,
  },
  {
    names: ['pay-1'],
    platform: rhel90,
    labels: ['prod', 'payments'],
    patch: null,
    steps: (index) => [loadAt(turnOf(index, 1, rhel90Rollout), rhel90Patch(true))],
    process: 'java',
    cpus: 8,
    upDays: 51,
    agent: rpm,
  },
  {
    names: ['pay-2'],
    platform: rhel90,
    labels: ['prod', 'payments'],
    patch: null,
    steps: (index) => [loadAt(turnOf(index, 1, rhel90Rollout), rhel90Patch(false))],
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
    patch: null,
    steps: (index) => [loadAt(turnOf(index, 2, mplsRollout), mplsPatch)],
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

/** Hosts on which nothing moves: migrated, with nothing due, without live patching, or waiting for a module. */
export const background: Scene = {
  name: 'background',
  title: 'The rest of the fleet',
  hosts: quiet.flatMap(quietHosts),
}
