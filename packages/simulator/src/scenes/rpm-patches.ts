import { platforms } from './distributions.ts'
import { days, hours } from './scene.ts'
import { amazonPatch, inModule, inVmlinux, redHatPatch } from './vendor-patches.ts'

/** RHSA-2022:5214. */
export const rhel90Patch = (hasEsp6: boolean) =>
  redHatPatch({
    kernelRelease: platforms.rhel90.kernelRelease,
    release: 1,
    cves: ['CVE-2022-1012', 'CVE-2022-1966', 'CVE-2022-27666', 'CVE-2022-32250'],
    objects: [
      inVmlinux('secure_ipv4_port_ephemeral', 'secure_ipv6_port_ephemeral'),
      inModule('nf_tables', true, 'nft_expr_init'),
      inModule('esp6', hasEsp6, 'esp6_output_head'),
    ],
  })

export const rhel92Patch = redHatPatch({
  kernelRelease: platforms.rhel92.kernelRelease,
  release: 1,
  cves: null,
  objects: [inVmlinux('nf_hook_slow')],
})

/** ALAS2023LIVEPATCH-2023-001. MPLS routing is a module that hardly anybody loads. */
export const mplsPatch = amazonPatch({
  kernel: '6.1.12-19.43',
  topic: 'CVE_2023_26545',
  release: '1.0-1.amzn2023',
  cves: ['CVE-2023-26545'],
  objects: [inModule('mpls_router', false, 'mpls_dev_sysctl_register')],
})

/** When these patches came: the first any of the hosts concerned got. Seconds. */
export const rhel90Rollout = { at: -days(10), over: hours(2) }
export const rhel92Rollout = { at: -days(12), over: hours(1) }
export const mplsRollout = { at: -days(5), over: hours(2) }
