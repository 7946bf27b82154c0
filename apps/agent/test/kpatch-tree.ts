import type { TreeFiles } from './host-tree.ts'

/** Files of a RHEL 7 host with kpatch.ko, in the formats of kpatch's own sources, version 0.4 and newer. */

export const rhel7Release = '3.10.0-1160.el7.x86_64'

export const rhel7: TreeFiles = {
  'proc/sys/kernel/osrelease': `${rhel7Release}\n`,
  'etc/os-release':
    'NAME="Red Hat Enterprise Linux Server"\nVERSION="7.9 (Maipo)"\nID="rhel"\nVERSION_ID="7.9"\nPRETTY_NAME="Red Hat Enterprise Linux Server 7.9 (Maipo)"\n',
}

/** A patch of one function of vmlinux that replaces all others. */
export const kpatchPatch = (name: string, enabled: 0 | 1): TreeFiles => ({
  [`sys/kernel/kpatch/${name}/enabled`]: `${enabled}\n`,
  [`sys/kernel/kpatch/${name}/checksum`]: 'a3f5c1d2\n',
  [`sys/kernel/kpatch/${name}/vmlinux/tcp_send_ack,1/old_addr`]: '0xffffffff815c9f30\n',
  [`sys/kernel/kpatch/${name}/vmlinux/tcp_send_ack,1/new_addr`]: '0xffffffffa0451000\n',
  [`sys/module/${name}/parameters/replace`]: 'Y\n',
  [`sys/module/${name}/srcversion`]: '0A1B2C3D4E5F60718293A4B\n',
  [`sys/module/${name}/refcnt`]: `${enabled}\n`,
})

/** What the module logs of one refused load, that many seconds after the boot. */
export const refusal = (seconds: number): string[] => [
  `[  ${seconds}.000000] kpatch: activeness safety check failed for tcp_send_ack`,
  `[  ${seconds}.000010] kpatch: PID: 1842 Comm: my daemon`,
  `[  ${seconds}.000020] kpatch: [<ffffffff815c9f42>] tcp_send_ack+0x12/0x120`,
]
