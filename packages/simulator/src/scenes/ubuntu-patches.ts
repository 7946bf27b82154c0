import type { PatchSpec } from '../patch.ts'
import { inVmlinux, ubuntuPatch } from './vendor-patches.ts'

/**
 * The three live patches of Ubuntu's AWS kernel in the demo, oldest first. The fixes are those a real client listed for patch
 * 121.4 on this kernel, up to the first ten, and shares of them for the older two.
 */
const nobleFixes: readonly (readonly [patchVersion: string, cves: readonly string[]])[] = [
  ['119.2', ['CVE-2025-68263', 'CVE-2026-22984', 'CVE-2026-23111']],
  ['120.3', ['CVE-2026-23112', 'CVE-2026-23172', 'CVE-2026-23231']],
  ['121.4', ['CVE-2026-23268', 'CVE-2026-23269', 'CVE-2026-31431', 'CVE-2026-31607']],
]

const nobleOf = (index: number): PatchSpec =>
  ubuntuPatch({
    kernelVersion: '6.8.0-1047.50',
    flavour: 'aws',
    patchVersion: nobleFixes[index]?.[0] ?? '',
    cves: nobleFixes.slice(0, index + 1).flatMap(([, cves]) => cves),
    replace: true,
    objects: [inVmlinux('unix_stream_read_generic', 'tcp_sendmsg', 'tcp_sendmsg_locked')],
  })

export const noblePatches = { oldest: nobleOf(0), previous: nobleOf(1), newest: nobleOf(2) } as const

const jammyOf = (patchVersion: string, cves: readonly string[]): PatchSpec =>
  ubuntuPatch({
    kernelVersion: '5.15.0-177.187',
    flavour: 'linux',
    patchVersion,
    cves,
    replace: true,
    objects: [inVmlinux('crypto_aead_decrypt')],
  })

/** Before LSN-120-1, and LSN-120-1, for Ubuntu 22.04's generic kernel. */
export const jammyPatches = {
  previous: jammyOf('119.2', ['CVE-2025-37849']),
  newest: jammyOf('120.1', ['CVE-2025-37849', 'CVE-2026-23112', 'CVE-2026-31431']),
} as const
