import { populate } from '../populations.ts'
import type { Step } from '../simulated-host.ts'
import { stacks } from '../stacks.ts'
import { canonicalSource, platforms } from './distributions.ts'
import { days, demoLabels, minutes, type Scene } from './scene.ts'
import { sleepIn, wakeOnce } from './task-actions.ts'
import { inVmlinux, ubuntuPatch } from './vendor-patches.ts'

/** LSN-120-1 for Ubuntu 18.04's generic kernel. Kernels before 5.1 have no atomic replace. */
const patch = ubuntuPatch({
  kernelVersion: '4.15.0-249.261',
  flavour: 'generic',
  patchVersion: '120.1',
  cves: ['CVE-2025-37849', 'CVE-2026-23112', 'CVE-2026-31431'],
  replace: false,
  objects: [inVmlinux('ep_poll')],
})

const load: Step['do'] = (kernel) => {
  sleepIn(kernel, 'systemd', 'ep_poll', stacks.epoll)
  kernel.load(patch)
}
const query: Step['do'] = (kernel) => wakeOnce(kernel, 'systemd')

/**
 * Scene 5: a kernel that does not nudge.
 *
 * legacy-2 runs 4.15, which waits without waking anybody: init sleeps in epoll until something asks it. The transition is 8
 * minutes old when the demo begins, counts as stuck 2 minutes later, and completes 7 minutes in, when a timer wakes init.
 * 18 minutes later the host reboots and its client loads the patch again; init then sleeps for 13 minutes. A round is 40 minutes.
 */
export const noNudge: Scene = {
  name: 'scene-5',
  title: 'A kernel that does not nudge',
  hosts: [
    {
      profile: {
        ...platforms.ubuntu1804,
        hostname: 'legacy-2',
        labels: demoLabels('scene-5', 'prod', 'back-office', { role: 'print-server' }),
        cpus: 4,
        processes: populate({
          cpus: 4,
          total: 143,
          workload: [{ comm: 'cupsd', unit: 'cups.service' }],
          filler: { comm: 'smbd', unit: 'smbd.service' },
        }),
      },
      agent: { extraSources: canonicalSource },
      firstRetryMs: 940,
      upSecondsBefore: days(203),
      first: {
        lengthSeconds: minutes(25),
        steps: [
          { at: -minutes(8), do: load },
          { at: minutes(7), do: query },
        ],
      },
      loop: {
        downSeconds: 50,
        lengthSeconds: minutes(40),
        steps: [
          { at: 170, do: load },
          { at: 170 + minutes(13), do: query },
        ],
      },
    },
  ],
}
