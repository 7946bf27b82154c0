import type { ReportSource } from '@graftwatch/contract'
import type { HostProfile } from '../host-profile.ts'
import { iso } from '../instant.ts'
import type { KernelModel } from '../kernel-model.ts'

type Platform = Pick<
  HostProfile,
  | 'os'
  | 'architecture'
  | 'kernelRelease'
  | 'kernelVersion'
  | 'supportsLivepatch'
  | 'mechanism'
  | 'manager'
  | 'patchTaint'
  | 'agentLevel'
  | 'kernelLogReadable'
>

const livePatched = 32_768
const outOfTree = 4_096

const platform = (
  os: [id: string, versionId: string, name: string],
  kernelRelease: string,
  rest: Partial<Platform> = {},
): Platform => ({
  os: { id: os[0], versionId: os[1], name: os[2] },
  architecture: 'x86_64',
  kernelRelease,
  kernelVersion: null,
  supportsLivepatch: true,
  manager: null,
  patchTaint: livePatched,
  agentLevel: 'causes',
  kernelLogReadable: true,
  ...rest,
})

const sles = 'SUSE Linux Enterprise Server'

/** What the demo's hosts run. Kernel and patch versions that advisories name are used where there are some. */
export const platforms = {
  sles15sp6: platform(['sles', '15.6', `${sles} 15 SP6`], '6.4.0-150600.23.25-default', { manager: 'klp' }),
  sles15sp5: platform(['sles', '15.5', `${sles} 15 SP5`], '5.14.21-150500.55.7-default', { manager: 'klp' }),
  sles12sp5: platform(['sles', '12.5', `${sles} 12 SP5`], '4.12.14-122.77-default', {
    manager: 'kgr',
    mechanism: 'kgraft',
  }),
  rhel90: platform(['rhel', '9.0', 'Red Hat Enterprise Linux 9.0 (Plow)'], '5.14.0-70.13.1.el9_0.x86_64', {
    manager: 'kpatch',
    patchTaint: livePatched | outOfTree,
  }),
  rhel92: platform(['rhel', '9.2', 'Red Hat Enterprise Linux 9.2 (Plow)'], '5.14.0-284.11.1.el9_2.x86_64', {
    manager: 'kpatch',
    patchTaint: livePatched | outOfTree,
  }),
  rhel94: platform(['rhel', '9.4', 'Red Hat Enterprise Linux 9.4 (Plow)'], '5.14.0-427.13.1.el9_4.x86_64', {
    manager: 'kpatch',
    patchTaint: livePatched | outOfTree,
  }),
  ubuntu2404aws: platform(['ubuntu', '24.04', 'Ubuntu 24.04.3 LTS'], '6.8.0-1047-aws', {
    manager: 'canonical',
  }),
  ubuntu2204: platform(['ubuntu', '22.04', 'Ubuntu 22.04.5 LTS'], '5.15.0-177-generic', {
    manager: 'canonical',
  }),
  ubuntu1804: platform(['ubuntu', '18.04', 'Ubuntu 18.04.6 LTS'], '4.15.0-249-generic', {
    manager: 'canonical',
  }),
  /** Oracle's own kernel of that age has no live patching built in; Ksplice brings its own. */
  ol7: platform(['ol', '7.9', 'Oracle Linux Server 7.9'], '4.14.35-1902.303.5.3.el7uek.x86_64', {
    supportsLivepatch: false,
  }),
  alma8: platform(
    ['almalinux', '8.10', 'AlmaLinux 8.10 (Cerulean Leopard)'],
    '4.18.0-553.16.1.el8_10.x86_64',
  ),
  amazon2023: platform(['amzn', '2023', 'Amazon Linux 2023'], '6.1.12-19.43.amzn2023.x86_64'),
  debian12: platform(['debian', '12', 'Debian GNU/Linux 12 (bookworm)'], '6.1.0-56-cloud-amd64', {
    kernelVersion: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)',
  }),
  /** A container host whose live patches append their number to the release. */
  vpsadminos: platform(['vpsadminos', '25.11', 'vpsAdminOS 25.11 (Xantusia)'], '6.12.95'),
  debian10: platform(['debian', '10', 'Debian GNU/Linux 10 (buster)'], '4.19.0-27-amd64', {
    kernelVersion: '#1 SMP Debian 4.19.316-1 (2024-06-25)',
  }),
  /** Ubuntu builds its Raspberry Pi kernels without live patching, which arm64 of that age does not have. */
  raspi: platform(['ubuntu', '24.04', 'Ubuntu 24.04.3 LTS'], '6.8.0-1013-raspi', {
    architecture: 'aarch64',
    supportsLivepatch: false,
  }),
} as const satisfies Record<string, Platform>

/** Package databases the agent read; the live patch's package and CVEs come from there. */
export const rpmSource = (): ReportSource[] => [{ name: 'packages', status: 'ok', durationMs: 12 }]

/** A client that says applied of a patch its kernel does not have: what it remembers of the boot before. */
export const staleCanonicalSource =
  (patch: string, version: string) =>
  (kernel: KernelModel): ReportSource[] => {
    const raw = `State: applied; CheckState: check-failed; Supported: supported; Version: ${version}`
    const checkedAt = iso(kernel.bootedAt - 3_600_000)
    return [
      {
        name: 'canonical',
        status: 'ok',
        durationMs: 28,
        claims: [{ patch, state: 'applied', raw }],
        verdict: { value: 'applied', raw, checkedAt },
      },
    ]
  }

/** What Canonical's client says of the patch, in its own words. */
export const canonicalSource = (kernel: KernelModel): ReportSource[] => {
  const patch = kernel.patches.find((other) => !other.leftover)
  if (patch === undefined) return [{ name: 'canonical', status: 'ok', durationMs: 30 }]
  const isMoving = kernel.transition?.patch === patch
  const said = isMoving ? 'applying' : 'applied'
  const raw = `State: ${said}; CheckState: checked; Supported: supported; Version: ${patch.spec.version}`
  const state = isMoving ? 'pending' : 'applied'
  return [
    { name: 'canonical', status: 'ok', durationMs: 30, claims: [{ patch: patch.spec.name, state, raw }] },
  ]
}
