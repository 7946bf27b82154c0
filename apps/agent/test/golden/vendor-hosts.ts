import { fileURLToPath } from 'node:url'
import type { TreeFiles } from '../host-tree.ts'

/** Hosts whose mechanism belongs to a vendor: by what the kernel shows, and what Canonical's real clients said. */

const release = '4.14.35-1902.300.11.el7uek.x86_64'
const version = '#2 SMP Tue Mar 17 17:11:47 PDT 2020'

const oracle: TreeFiles = {
  'proc/sys/kernel/osrelease': `${release}\n`,
  'proc/sys/kernel/version': `${version}\n`,
  'proc/sys/kernel/hostname': 'ol7-1\n',
  'etc/os-release': 'ID="ol"\nVERSION_ID="7.9"\nPRETTY_NAME="Oracle Linux Server 7.9"\n',
  'sys/kernel/': '',
}

const update = (id: string, stage: string, abortCause = 'ok', conflicts = ''): TreeFiles => ({
  [`sys/module/ksplice_${id}/ksplice/stage`]: `${stage}\n`,
  [`sys/module/ksplice_${id}/ksplice/abort_cause`]: `${abortCause}\n`,
  [`sys/module/ksplice_${id}/ksplice/conflicts`]: conflicts,
  [`sys/module/ksplice_${id}_vmlinux_new/taint`]: 'OE\n',
})

const uptrack = (installed: readonly string[], plan: string): TreeFiles => {
  const cache = `var/cache/uptrack/Linux/x86_64/${release}/${version}`
  return {
    'var/lib/uptrack/effective_kernel': [
      '%YAML 1.1',
      '---',
      'EffectiveKernel:',
      '  Release: 4.14.35-2047.503.1.el7uek.x86_64',
      `Installed: [${installed.join(', ')}]`,
      'OriginalKernel:',
      `  Release: ${release}`,
      `  Version: '${version}'`,
      '...\n',
    ].join('\n'),
    [`${cache}/status`]: [
      'Time: 2026-11-23 06:00:00',
      'Updates:',
      '  Installed:',
      "  - {ID: qhqi45un, Name: 'CVE-2020-14386: Memory corruption when receiving a packet.'}",
      "  - {ID: lylzl1sj, Name: 'Known exploit detection for CVE-2017-7308.'}\n",
    ].join('\n'),
    [`${cache}/upgrade_plan`]: plan,
  }
}

/** An Ubuntu with Canonical's client, which prints what a real one printed there. */
const ubuntu = (version: string, release: string, patch: string, output: string): TreeFiles => ({
  'proc/sys/kernel/osrelease': `${release}\n`,
  'proc/sys/kernel/hostname': 'ubuntu-1\n',
  'etc/os-release': `ID=ubuntu\nVERSION_ID="${version}"\nPRETTY_NAME="Ubuntu ${version} LTS"\n`,
  [`sys/kernel/livepatch/${patch}/enabled`]: '1\n',
  [`sys/kernel/livepatch/${patch}/transition`]: '0\n',
  'snap/bin/canonical-livepatch': `#!/bin/sh\ncat '${fileURLToPath(
    new URL(`../../../../packages/livepatch/test/tool-output/${output}`, import.meta.url),
  )}'\n`,
})

export const vendorHosts: Record<string, TreeFiles[]> = {
  'ksplice-applied': [
    {
      ...oracle,
      ...update('qhqi45un', 'applied'),
      ...update('lylzl1sj', 'applied'),
      ...uptrack(['qhqi45un', 'lylzl1sj'], 'Plan: []\n'),
    },
  ],
  'ksplice-aborted': [
    {
      ...oracle,
      ...update('qhqi45un', 'applied'),
      ...update('6vd15fp9', 'preparing', 'code_busy', 'nginx 812 tcp_recvmsg\nkworker/0:1 33\n'),
      ...uptrack(['qhqi45un'], 'Plan:\n- {Command: Install, ID: 6vd15fp9}\n'),
    },
  ],
  'kernelcare-applied': [
    {
      'etc/os-release': 'ID="almalinux"\nVERSION_ID="8.9"\nPRETTY_NAME="AlmaLinux 8.9"\n',
      'sys/kernel/': '',
      'proc/kcare/effective_version': '4.18.0-553.5.1.el8_10.x86_64\n',
      'proc/kcare/cvelist': 'CVE-2024-1086\nCVE-2024-26581\n',
    },
  ],
  'kernelcare-and-klp': [
    {
      'proc/kcare/effective_version': '6.1.0-99\n',
      'sys/kernel/livepatch/p/enabled': '1\n',
      'sys/kernel/livepatch/p/transition': '0\n',
    },
  ],
  'canonical-applied': [
    ubuntu(
      '24.04',
      '6.8.0-1047-aws',
      'lkp_Ubuntu_6_8_0_1047_50_aws_121',
      'canonical-livepatch-status-applied.json',
    ),
  ],
  'canonical-old-client': [
    ubuntu(
      '20.04',
      '5.4.0-1012-azure',
      'lkp_Ubuntu_5_4_0_1012_12_azure_75',
      'canonical-livepatch-status-yaml-75.2.txt',
    ),
  ],
}
