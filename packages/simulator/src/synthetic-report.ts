import type { HostReport } from '@graftwatch/contract'
import { iso } from './instant.ts'
import { stacks } from './stacks.ts'

export interface SyntheticOptions {
  /** Which host of the synthetic fleet, from 0. */
  readonly index: number
  readonly sequence: number
  /** Time of reading, in ms. */
  readonly at: number
  /** Tasks of the host. */
  readonly tasks?: number
  /** Present: a transition runs and this many tasks have not migrated. */
  readonly remaining?: number
  /** When the transition began, in ms; half a minute before `at` when absent. */
  readonly startedAt?: number
  /** Counts boots: another number is another boot. */
  readonly boot?: number
  readonly labels?: Readonly<Record<string, string>>
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

/** What the synthetic host `index` enrols with. */
export const syntheticIdentity = (index: number, labels: Readonly<Record<string, string>> = {}) => ({
  machineId: hex(index, 32),
  hostname: `load-${index}`,
  labels: { rack: `r${index % 500}`, env: index % 10 === 0 ? 'staging' : 'prod', ...labels },
})

const patchName = (index: number) => `livepatch_${11 + (index % 3)}_150600_2_1`

const blocker = (
  at: number,
  startedAt: number,
): NonNullable<HostReport['transition']>['blocking'][number] => ({
  pid: 4_170,
  tid: 4_170,
  comm: 'billing',
  kind: 'user',
  state: 'D',
  cause: 'sleeping-in-patched-function',
  waitChannel: stacks.vfork.waitChannel,
  blockingFunction: '__x64_sys_vfork',
  blockingFrame: stacks.vfork.blockingFrame,
  stack: [...stacks.vfork.frames],
  stackOrigin: stacks.vfork.origin,
  waitsFor: { pid: 4_171, comm: 'billing-helper' },
  unit: 'billing.service',
  taskStartedAt: iso(startedAt - 86_400_000),
  firstSeenAt: iso(Math.min(at, startedAt + 2_000)),
})

const transitionOf = (options: SyntheticOptions, remaining: number): HostReport['transition'] => {
  const { index, at, tasks = 400, startedAt = at - 30_000 } = options
  const total = Math.max(tasks, remaining)
  return {
    mechanism: 'klp',
    patch: patchName(index),
    direction: 'patching',
    startedAt: iso(startedAt),
    startedAtSource: 'kernel-log',
    tasks: {
      total,
      migrated: total - remaining,
      remaining,
      kthreadsRemaining: 0,
      unreadable: 0,
      idleHidden: 8,
    },
    groups: [
      { comm: 'billing', kind: 'user', total: remaining, remaining },
      { comm: 'postgres', kind: 'user', total: total - remaining, remaining: 0 },
    ],
    confidence: 'full',
    signalsByItself: true,
    blocking: remaining > 0 ? [blocker(at, startedAt)] : [],
    blockingOmitted: Math.max(0, remaining - 1),
  }
}

/**
 * A contract-valid report of one synthetic host, made without a kernel model: cheap enough for load generators. The same options
 * give the same report; its `stateHash` changes with host, boot, patch state and number of remaining tasks.
 */
export const syntheticReport = (options: SyntheticOptions): HostReport => {
  const { index, sequence, at, remaining, boot = 0, labels } = options
  const isMoving = remaining !== undefined
  const identity = syntheticIdentity(index, labels)
  return {
    reportVersion: 1,
    sequence,
    collectedAt: iso(at),
    stateHash: `${hex(index, 8)}${hex(boot % 256, 2)}${hex(isMoving ? 1 + (remaining % 0xfffffe) : 0, 6)}`,
    agent: { version: '0.1.0', runtime: 'node 24.21.0', level: 'causes', dropped: 0 },
    host: {
      machineId: identity.machineId,
      hostname: identity.hostname,
      os: { id: 'sles', versionId: '15.6', name: 'SUSE Linux Enterprise Server 15 SP6' },
      architecture: 'x86_64',
      labels: identity.labels,
    },
    kernel: {
      release: '6.4.0-150600.23.25-default',
      version: null,
      bootId: `${hex(index, 8)}-0000-4000-a000-${hex(boot, 12)}`,
      bootedAt: null,
      taint: 32_768,
      livepatchTaint: true,
    },
    sources: [
      { name: 'klp', status: 'ok', durationMs: 2 },
      { name: 'kernel-log', status: 'ok', durationMs: 0 },
    ],
    patches: [
      {
        mechanism: 'klp',
        manager: 'klp',
        name: patchName(index),
        state: isMoving ? 'pending' : 'applied',
        enabled: true,
        inTransition: isMoving,
        replace: null,
        stackOrder: null,
        forced: null,
        srcVersion: '78A01B63C88A68565D0680B',
        version: null,
        package: null,
        cves: null,
        objects: [
          {
            name: 'vmlinux',
            patched: true,
            loaded: true,
            functions: [{ name: '__x64_sys_vfork', position: 1 }],
          },
        ],
      },
    ],
    transition: remaining === undefined ? null : transitionOf(options, remaining),
    available: [],
    reboot: { pending: null, reason: null, installedKernel: null, fixesLost: null },
    attempts: [],
    events: [],
  }
}
