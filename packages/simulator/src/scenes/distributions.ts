import type { ReportSource } from '@graftwatch/contract'
import type { HostProfile } from '../host-profile.ts'
import type { KernelModel } from '../kernel-model.ts'

type Platform = Pick<
  HostProfile,
  | 'os'
  | 'architecture'
  | 'kernelRelease'
  | 'kernelVersion'
  | 'supportsLivepatch'
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

/** What Canonical's client says of the patch, in its own words. */
export const canonicalSource = (kernel: KernelModel): ReportSource[] => {
  const patch = kernel.patches.find((other) => !other.leftover)
  if (patch === undefined) return [{ name: 'canonical', status: 'ok', durationMs: 30 }]
  const isMoving = kernel.transition?.patch === patch
  const raw = `CheckState=checked State=${isMoving ? 'applying' : 'applied'} Version=${patch.spec.version}`
  const state = isMoving ? 'pending' : 'applied'
  return [
    { name: 'canonical', status: 'ok', durationMs: 30, claims: [{ patch: patch.spec.name, state, raw }] },
  ]
}
