import type { PatchSpec } from '../patch.ts'
import { platforms } from './distributions.ts'
import { days, hours } from './scene.ts'
import { inModule, inVmlinux, susePatch } from './vendor-patches.ts'

const sp6 = platforms.sles15sp6.kernelRelease

/** CVE ids by the live patch that first fixes them; SUSE's patches are cumulative. */
const fixes: readonly (readonly [version: number, cves: readonly string[]])[] = [
  [11, ['CVE-2025-68263', 'CVE-2026-22984']],
  [12, ['CVE-2026-23111']],
  [13, ['CVE-2026-31431', 'CVE-2026-31607']],
  [14, ['CVE-2026-43037']],
]

/** Live patch `version` (11 to 14) for the kernel of SLES 15 SP6; module livepatch_12_150600_2_1 and so on. */
export const sp6Patch = (version: number): PatchSpec =>
  susePatch({
    kernelRelease: sp6,
    version,
    release: '150600.2.1',
    cves: fixes.filter(([since]) => since <= version).flatMap(([, cves]) => cves),
    objects: [inVmlinux('__x64_sys_vfork', 'pipe_read', 'pipe_write')],
  })

/** SUSE's initial live patch: enabled and empty; it fixes nothing and marks the kernel as covered. */
export const sp6Placeholder: PatchSpec = susePatch({
  kernelRelease: sp6,
  version: 1,
  release: '150600.13.3.1',
  cves: [],
  objects: [inVmlinux('__x64_sys_newuname')],
})

/** The same for SLES 15 SP5. */
export const sp5Placeholder: PatchSpec = susePatch({
  kernelRelease: platforms.sles15sp5.kernelRelease,
  version: 1,
  release: '150500.13.3.1',
  cves: [],
  objects: [inVmlinux('__x64_sys_newuname')],
})

/** SUSE-SU-2023:3659-1: Live Patch 1 for SLE 15 SP5, 2 CVEs, one of them in a module that may not be loaded. */
export const sp5Patch = (hasNfTables: boolean): PatchSpec =>
  susePatch({
    kernelRelease: platforms.sles15sp5.kernelRelease,
    version: 2,
    release: '150500.2.1',
    cves: ['CVE-2023-2156', 'CVE-2023-35001'],
    objects: [inVmlinux('ipv6_rpl_srh_decompress'), inModule('nf_tables', hasNfTables, 'nft_byteorder_eval')],
  })

/** When it came to the demo's hosts, in seconds. */
export const sp5Rollout = { at: -days(12), over: hours(3) }
