import { AgentModel } from '../src/agent-model.ts'
import type { HostProfile } from '../src/host-profile.ts'
import { KernelModel } from '../src/kernel-model.ts'
import type { KernelOptions } from '../src/kernel-records.ts'
import type { PatchSpec } from '../src/patch.ts'
import { type StackSpec, stacks } from '../src/stacks.ts'
import type { HoldKind, ProcessSpec } from '../src/task.ts'

export const bootedAt = Date.parse('2026-11-23T08:00:00.000Z')

export const aPatch = (changes: Partial<PatchSpec> = {}): PatchSpec => ({
  name: 'livepatch_12_150600_2_1',
  srcVersion: '78A01B63C88A68565D0680B',
  version: null,
  package: null,
  cves: null,
  replace: true,
  tellsReplace: true,
  objects: [{ name: 'vmlinux', loaded: true, functions: ['__x64_sys_vfork', '__x64_sys_pause'] }],
  ...changes,
})

const processes: ProcessSpec[] = [
  { comm: 'systemd', unit: 'init.scope' },
  { comm: 'kthreadd', kind: 'kthread' },
  { comm: 'vhost-1', kind: 'kthread' },
  { comm: 'billing', unit: 'billing.service', threads: ['billing-io'] },
  ...Array.from({ length: 40 }, () => ({ comm: 'postgres', unit: 'postgresql.service' })),
]

export const aKernel = (
  profile: Partial<HostProfile> = {},
  options: Partial<KernelOptions> = {},
): KernelModel =>
  new KernelModel({
    profile: {
      hostname: 'test-1',
      os: { id: 'sles', versionId: '15.6', name: 'SLES' },
      architecture: 'x86_64',
      labels: {},
      kernelRelease: '6.4.0-150600.23.25-default',
      kernelVersion: null,
      cpus: 4,
      supportsLivepatch: true,
      manager: 'klp',
      agentLevel: 'causes',
      kernelLogReadable: true,
      patchTaint: 32_768,
      processes,
      ...profile,
    },
    seed: 'test',
    bootedAt,
    ...options,
  })

export const anAgent = (kernel: KernelModel): AgentModel =>
  new AgentModel(kernel, { machineId: '0123456789abcdef0123456789abcdef' })

export const tidOf = (kernel: KernelModel, comm: string): number => {
  for (const task of kernel.tasks.values()) if (task.comm === comm) return task.tid
  throw new Error(`no task ${comm}`)
}

/** The task sleeps, or spins, in what the patch changes. */
export const holdIn = (
  kernel: KernelModel,
  comm: string,
  kind: HoldKind,
  stack: StackSpec = stacks.pause,
): void =>
  kernel.hold(tidOf(kernel, comm), {
    kind,
    function: kind === 'running' ? null : '__x64_sys_pause',
    stack: kind === 'running' ? null : stack,
  })

export const namesOf = (tasks: Iterable<{ comm: string }>): string[] => [...tasks].map(({ comm }) => comm)
