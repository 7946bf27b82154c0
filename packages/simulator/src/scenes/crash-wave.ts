import type { Step } from '../simulated-host.ts'
import { platforms, rpmSource } from './distributions.ts'
import { loadAt } from './past.ts'
import { quietHosts } from './quiet-hosts.ts'
import { names, placed, type Scene } from './scene.ts'
import { sp6Patch } from './suse-patches.ts'

const every = 5

const oopsAt = (at: number): Step => ({ at, do: (kernel) => kernel.oops() })

/**
 * Scene 8: a patch that makes kernels oops, while its first wave is under way.
 *
 * web-201 to web-260 are the canaries of livepatch_14: each has it minutes before the demo begins, and from its first half minute
 * on every fifth reports an oops. Nothing else is wrong with them: each is fully migrated, and green wherever only that is asked.
 */
export const crashWave: Scene = {
  name: 'scene-8',
  title: 'A patch that makes kernels oops in its first wave',
  hosts: quietHosts({
    names: names('web-', 201, 260),
    platform: platforms.sles15sp6,
    labels: ['prod', 'storefront'],
    scene: 'scene-8',
    more: { role: 'web', wave: 'canary', ...placed('eu-west', 'r03') },
    patch: sp6Patch(13),
    steps: (index) => [
      loadAt(-200 + index * 3, sp6Patch(14)),
      ...(index % every === 0 ? [oopsAt(25 + ((index * 13) % 90))] : []),
    ],
    process: 'nginx',
    cpus: 8,
    upDays: 21,
    agent: { extraSources: rpmSource },
  }),
}
