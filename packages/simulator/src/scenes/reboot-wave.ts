import { populate } from '../populations.ts'
import type { SceneHost, Step } from '../simulated-host.ts'
import { canonicalSource, platforms } from './distributions.ts'
import { loadAt, rebootAt } from './past.ts'
import { heldNobleRollouts } from './rollouts.ts'
import { days, demoLabels, hours, minutes, names, placed, type Scene } from './scene.ts'
import { noblePatches } from './ubuntu-patches.ts'

/**
 * Scene 10: a reboot window.
 *
 * 24 Ubuntu hosts reboot one after another, from 12 minutes into the demo on and every two hours after that. Their client loads
 * the patch again within minutes; on three its service was never enabled, so that they stay unpatched until somebody starts it,
 * 50 minutes after their boot. Some take longer than three minutes to come back and are silent meanwhile. The same window was
 * open a week before; then nobody noticed the three for nine hours.
 */
const upSecondsBefore = days(19)
const everySeconds = hours(2)
const apart = 75
const neverEnabled: readonly string[] = ['api-07', 'api-15', 'api-22']

const worker = 'wrk:worker_0'

/** The window a week before, when they still ran the patch before this one. */
const lastWave = (index: number, downSeconds: number, loadAfterBoot: number): Step[] => {
  const at = -days(7) + index * apart
  return [rebootAt(at, downSeconds), loadAt(at + downSeconds + loadAfterBoot, noblePatches.previous)]
}

const rebooting = (hostname: string, index: number): SceneHost => {
  const downSeconds = 55 + ((index * 53) % 190)
  const loadAfterBoot = neverEnabled.includes(hostname) ? minutes(50) : 40 + ((index * 31) % 110)
  return {
    profile: {
      ...platforms.ubuntu2404aws,
      hostname,
      labels: demoLabels('scene-10', 'prod', 'api', {
        role: 'api',
        ...placed(index % 2 === 0 ? 'eu-central-1' : 'eu-west-1', index % 2 === 0 ? 'euc1-az1' : 'euw1-az2'),
      }),
      cpus: 4,
      processes: populate({
        cpus: 4,
        total: 156,
        workload: [{ comm: 'envoy', unit: 'envoy.service', threads: [worker, 'wrk:worker_1'] }],
        filler: { comm: 'node', unit: 'api.service' },
      }),
    },
    agent: { extraSources: canonicalSource },
    firstRetryMs: 980 + (index % 8) * 40,
    upSecondsBefore,
    first: {
      lengthSeconds: minutes(12) + index * apart,
      steps: [
        { at: 90 - upSecondsBefore, do: (kernel) => kernel.startWith(noblePatches.oldest) },
        ...heldNobleRollouts(24, worker)(index),
        ...lastWave(index, downSeconds, neverEnabled.includes(hostname) ? hours(9) : loadAfterBoot),
      ],
    },
    loop: {
      downSeconds,
      lengthSeconds: everySeconds,
      steps: [{ at: downSeconds + loadAfterBoot, do: (kernel) => void kernel.load(noblePatches.newest) }],
    },
  }
}

export const rebootWave: Scene = {
  name: 'scene-10',
  title: 'A reboot window',
  hosts: names('api-', 1, 24, 2).map(rebooting),
}
