import { stacks } from '../stacks.ts'
import { canonicalSource, platforms, rpmSource } from './distributions.ts'
import { type Quiet, quietHosts } from './quiet-hosts.ts'
import { jammyRollout, quietSince, sp6Rollout } from './rollouts.ts'
import { hours, minutes, names, placed, type Scene } from './scene.ts'
import { sp6Patch } from './suse-patches.ts'
import { stayIn } from './task-actions.ts'
import { jammyPatches } from './ubuntu-patches.ts'

/**
 * Hosts that stopped talking.
 *
 * Three in one rack fell silent together six hours ago, as when a switch dies; arc-2 went alone a day ago; vol-6 had been stuck
 * for 25 minutes when it was last heard, which its silence does not resolve.
 */
const groups: readonly Quiet[] = [
  {
    names: names('depot-', 1, 3),
    platform: platforms.ubuntu2204,
    labels: ['prod', 'logistics'],
    more: { role: 'warehouse', ...placed('eu-west', 'r07') },
    patch: jammyPatches.previous,
    steps: jammyRollout(3),
    process: 'scannerd',
    cpus: 4,
    upDays: 77,
    agent: { extraSources: canonicalSource },
    quiet: (index) => [quietSince(hours(6) - index * 20)],
  },
  {
    names: ['arc-2'],
    platform: platforms.sles15sp6,
    labels: ['prod', 'data'],
    more: { role: 'archive', ...placed('eu-central', 'r12') },
    patch: sp6Patch(11),
    steps: sp6Rollout(1, null),
    process: 'bareos-sd',
    cpus: 8,
    upDays: 140,
    agent: { extraSources: rpmSource },
    quiet: () => [quietSince(hours(26))],
  },
  {
    names: ['vol-6'],
    platform: platforms.sles15sp6,
    labels: ['prod', 'data'],
    more: { role: 'storage', ...placed('eu-central', 'r12') },
    patch: sp6Patch(11),
    process: 'glusterfsd',
    cpus: 8,
    upDays: 90,
    agent: { extraSources: rpmSource },
    steps: (index) => [
      ...sp6Rollout(1, 'glusterfsd')(index),
      {
        at: -hours(2) - minutes(25),
        do: (kernel) => {
          stayIn(kernel, 'glusterfsd', 'uninterruptible', 'pipe_write', stacks.pipeWrite)
          kernel.load(sp6Patch(13))
        },
      },
    ],
    quiet: () => [quietSince(hours(2))],
  },
]

export const silent: Scene = {
  name: 'silent',
  title: 'Hosts that stopped talking',
  hosts: groups.map((group) => ({ ...group, scene: 'silent' })).flatMap(quietHosts),
}
