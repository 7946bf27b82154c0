import { inVmlinux, ubuntuPatch } from './vendor-patches.ts'

/** The fixes a real client listed for patch 121.4 on this kernel, up to the first ten. */
export const noblePatch = ubuntuPatch({
  kernelVersion: '6.8.0-1047.50',
  flavour: 'aws',
  patchVersion: '121.4',
  cves: [
    'CVE-2025-68263',
    'CVE-2026-22984',
    'CVE-2026-23111',
    'CVE-2026-23112',
    'CVE-2026-23172',
    'CVE-2026-23231',
    'CVE-2026-23268',
    'CVE-2026-23269',
    'CVE-2026-31431',
    'CVE-2026-31607',
  ],
  replace: true,
  objects: [inVmlinux('unix_stream_read_generic', 'tcp_sendmsg_locked')],
})

/** LSN-120-1 for Ubuntu 22.04's generic kernel. */
export const jammyPatch = ubuntuPatch({
  kernelVersion: '5.15.0-177.187',
  flavour: 'linux',
  patchVersion: '120.1',
  cves: ['CVE-2025-37849', 'CVE-2026-23112', 'CVE-2026-31431'],
  replace: true,
  objects: [inVmlinux('crypto_aead_decrypt')],
})
