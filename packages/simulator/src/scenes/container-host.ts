import type { PatchSpec } from '../patch.ts'
import { populate } from '../populations.ts'
import type { Chapter, SceneHost } from '../simulated-host.ts'
import { stacks } from '../stacks.ts'
import type { ProcessSpec } from '../task.ts'
import { platforms } from './distributions.ts'
import { days, demoLabels, hours, minutes, placed, type Scene } from './scene.ts'
import { stayIn } from './task-actions.ts'
import { inModule, inVmlinux, ownPatch } from './vendor-patches.ts'

/**
 * Scene 3: a container host.
 *
 * On vps-node-14 livepatch_6 is to replace livepatch_4. It touches nf_tables, and a work item of that module does not come back:
 * both patches serve, and the tenants' firewall commands wait behind it; `nft` of ct-301 is one of them. Agents run in three of
 * its containers too: other machine ids, the same boot id, their own processes alone. The patches append their number to the
 * release, which changes it without a reboot. vps-node-12 and vps-node-13 took the same patch within seconds.
 */
export const nodePatch = (number: 4 | 6): PatchSpec =>
  ownPatch({
    kernelRelease: platforms.vpsadminos.kernelRelease,
    number,
    name: `livepatch_${number}`,
    package: null,
    cves: number === 4 ? ['CVE-2026-22984'] : ['CVE-2026-22984', 'CVE-2026-23111', 'CVE-2026-23231'],
    replace: true,
    releaseSuffix: `.${number}`,
    objects: [
      inVmlinux('__x64_sys_newuname', 'unix_stream_read_generic'),
      inModule('nf_tables', true, 'nf_tables_trans_destroy_work', 'nf_tables_valid_genid'),
    ],
  })

const upSecondsBefore = days(37)
const containers = ['ct-301', 'ct-302', 'ct-303'] as const
const unitOf = (container: string) => `${container}.scope`
const destroyWork = 'kworker/3:1-events'

const tenants: ProcessSpec[] = containers.flatMap((container) => [
  { comm: 'init', unit: unitOf(container) },
  { comm: 'nft', unit: unitOf(container) },
  { comm: 'nginx', unit: unitOf(container), threads: ['nginx', 'nginx'] },
  { comm: 'php-fpm', unit: unitOf(container) },
])

const processes = populate({
  cpus: 24,
  total: 420,
  workload: [{ comm: destroyWork, kind: 'kthread' }, { comm: 'osctld', unit: 'osctld.service' }, ...tenants],
  filler: { comm: 'runsv', unit: 'ct-310.scope' },
})

const stuck: Chapter = {
  lengthSeconds: 0,
  steps: [
    { at: 60 - upSecondsBefore, do: (kernel) => kernel.startWith(nodePatch(4)) },
    {
      at: -hours(3) - minutes(12),
      do: (kernel) => {
        const { nftablesDestroy, nftablesBatch } = stacks
        stayIn(kernel, destroyWork, 'uninterruptible', 'nf_tables_trans_destroy_work', nftablesDestroy)
        stayIn(kernel, 'nft', 'uninterruptible', 'nf_tables_valid_genid', nftablesBatch)
        kernel.load(nodePatch(6))
      },
    },
  ],
}

const done = (secondsAgo: number): Chapter => ({
  lengthSeconds: 0,
  steps: [
    { at: 60 - upSecondsBefore, do: (kernel) => kernel.startWith(nodePatch(4)) },
    { at: -secondsAgo, do: (kernel) => void kernel.load(nodePatch(6)) },
  ],
})

const place = placed('eu-central', 'r11')

const node = (hostname: string, first: Chapter): SceneHost => ({
  profile: {
    ...platforms.vpsadminos,
    hostname,
    labels: demoLabels('scene-3', 'prod', 'hosting', { role: 'container-host', tier: 'critical', ...place }),
    cpus: 24,
    processes,
  },
  firstRetryMs: 960,
  upSecondsBefore,
  first,
})

const container = (hostname: (typeof containers)[number]): SceneHost => ({
  profile: {
    ...platforms.vpsadminos,
    os: { id: 'debian', versionId: '13', name: 'Debian GNU/Linux 13 (trixie)' },
    hostname,
    labels: demoLabels('scene-3', 'prod', 'hosting', { role: 'container', ...place }),
    cpus: 24,
    processes,
    // Neither stacks nor the kernel log are open to a container.
    agentLevel: 'progress',
    kernelLogReadable: false,
  },
  agent: { sees: ({ unit }) => unit === unitOf(hostname) },
  kernelOf: 'vps-node-14',
  firstRetryMs: 960,
  upSecondsBefore,
  first: stuck,
})

export const containerHost: Scene = {
  name: 'scene-3',
  title: 'A container host, and what its tenants feel',
  hosts: [
    node('vps-node-14', stuck),
    ...containers.map(container),
    node('vps-node-12', done(hours(4))),
    node('vps-node-13', done(hours(4) + minutes(5))),
  ],
}
