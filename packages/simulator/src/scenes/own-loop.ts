import type { PatchSpec } from '../patch.ts'
import { populate } from '../populations.ts'
import type { SceneHost, Step } from '../simulated-host.ts'
import { stacks } from '../stacks.ts'
import { platforms } from './distributions.ts'
import { days, demoLabels, hours, placed, type Scene } from './scene.ts'
import { stayIn } from './task-actions.ts'
import { inVmlinux, ownPatch } from './vendor-patches.ts'

/**
 * Scene 7: a kernel thread whose own loop is patched.
 *
 * cache-9 runs 4.19 and got a patch that changes khugepaged itself. That thread never returns from its loop, so that the
 * transition cannot end: it has been stuck for days, and the next patch waits on disk behind it. cache-8 and cache-10, where
 * transparent huge pages are off and no khugepaged runs, took it at once and have the next one too.
 */
export const cachePatch = (number: number): PatchSpec =>
  ownPatch({
    kernelRelease: platforms.debian10.kernelRelease,
    number,
    name: `livepatch_cache_${number}`,
    package: 'linux-livepatch-4.19.0-27-amd64',
    cves: null,
    replace: false,
    objects: [number === 3 ? inVmlinux('khugepaged') : inVmlinux('tcp_collapse')],
  })

const upSecondsBefore = days(212)
const fix = cachePatch(3)
const next = cachePatch(4)

const onDisk = {
  package: next.package ?? '',
  version: next.version ?? '',
  forKernel: platforms.debian10.kernelRelease,
  patch: next.name,
}

const cache = (hostname: string, hasHugePages: boolean, steps: readonly Step[]): SceneHost => ({
  profile: {
    ...platforms.debian10,
    hostname,
    labels: demoLabels('scene-7', 'prod', 'web', { role: 'cache', ...placed('eu-central', 'r04') }),
    cpus: 8,
    processes: populate({
      cpus: 8,
      total: 188,
      workload: [{ comm: 'memcached', unit: 'memcached.service', threads: Array(8).fill('memcached') }],
      filler: { comm: 'varnishd', unit: 'varnish.service' },
    }).filter(({ comm }) => hasHugePages || comm !== 'khugepaged'),
  },
  agent: { available: [onDisk], extraSources: () => [{ name: 'packages', status: 'ok', durationMs: 9 }] },
  firstRetryMs: 1_020,
  upSecondsBefore,
  first: {
    lengthSeconds: 0,
    steps: [{ at: 60 - upSecondsBefore, do: (kernel) => kernel.startWith(cachePatch(2)) }, ...steps],
  },
})

const loaded = (at: number, patch: PatchSpec): Step => ({ at, do: (kernel) => void kernel.load(patch) })

export const ownLoop: Scene = {
  name: 'scene-7',
  title: 'A loop that never returns',
  hosts: [
    cache('cache-9', true, [
      {
        at: -days(3) - hours(5),
        do: (kernel) => {
          stayIn(kernel, 'khugepaged', 'ownLoop', 'khugepaged', stacks.ownLoop)
          kernel.load(fix)
        },
      },
    ]),
    cache('cache-8', false, [loaded(-days(3) - hours(6), fix), loaded(-hours(22), next)]),
    cache('cache-10', false, [loaded(-days(3) - hours(4), fix), loaded(-hours(21), next)]),
  ],
}
