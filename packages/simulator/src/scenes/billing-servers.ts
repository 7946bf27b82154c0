import { platforms, rpmSource } from './distributions.ts'
import { heldLoad, someMinutes, turnOf } from './past.ts'
import { quietHosts } from './quiet-hosts.ts'
import { days, hours, minutes, names, placed, type Scene } from './scene.ts'
import { sp6Patch } from './suse-patches.ts'
import { endVfork, startVfork } from './task-actions.ts'

const parent = 'billing'
const child = 'billing-helper'

const rollouts = [
  { version: 12, at: -days(9), over: hours(5) },
  { version: 13, at: -days(3), over: hours(7) },
] as const

/**
 * Servers that run what holds db-7 in scene 1, and are done: each of their two patches of the past fortnight waited for the helper
 * too, until it ended. How long that took is what the history of this cause says.
 */
export const billingServers: Scene = {
  name: 'background',
  title: 'Where the cause of scene 1 cleared by itself',
  hosts: quietHosts({
    names: names('bill-', 1, 12, 2),
    platform: platforms.sles15sp6,
    labels: ['prod', 'payments'],
    more: { role: 'billing', ...placed('eu-central', 'r06') },
    patch: sp6Patch(11),
    steps: (index) =>
      rollouts.flatMap(({ version, ...rollout }) =>
        heldLoad(
          turnOf(index, 12, rollout),
          sp6Patch(version),
          minutes(11) + someMinutes(index + version),
          (kernel) => startVfork(kernel, parent, child),
          (kernel) => endVfork(kernel, parent),
        ),
      ),
    workload: [{ comm: parent, unit: 'billing.service' }],
    process: 'java',
    cpus: 8,
    upDays: 55,
    agent: { extraSources: rpmSource },
  }),
}
