import type {
  BlockingTask,
  HostReport,
  ReportAttempt,
  ReportEvent,
  ReportPatch,
  ReportTransition,
} from '../src/index.ts'

/** Reports for tests, valid as they are; each factory takes what the test is about. */

export const bootId = '0f5c1f3e-0000-4000-8000-000000000001'
export const release = '6.4.0-150600.23.25-default'
/** The host's clock where stories begin. */
export const start = Date.parse('2026-11-23T08:00:00.000Z')

/** The instant `seconds` after {@link start}. */
export const at = (seconds: number): string => new Date(start + seconds * 1000).toISOString()

export function aPatch(fields: Partial<ReportPatch> = {}): ReportPatch {
  return {
    mechanism: 'klp',
    manager: null,
    name: 'livepatch_12',
    state: 'applied',
    enabled: true,
    inTransition: false,
    replace: false,
    stackOrder: 1,
    forced: null,
    srcVersion: 'ABC123',
    version: null,
    package: null,
    cves: null,
    objects: [
      { name: 'vmlinux', patched: true, loaded: true, functions: [{ name: 'pipe_read', position: 1 }] },
    ],
    ...fields,
  }
}

export function aTask(fields: Partial<BlockingTask> = {}): BlockingTask {
  return {
    pid: 170,
    tid: 170,
    comm: 'billing',
    kind: 'user',
    state: 'D',
    cause: 'sleeping-in-patched-function',
    waitChannel: 'kernel_clone',
    blockingFunction: '__x64_sys_vfork',
    blockingFrame: 1,
    stack: ['kernel_clone', '__do_sys_vfork', 'do_syscall_64'],
    waitsFor: { pid: 171, comm: 'sh' },
    unit: 'billing.service',
    taskStartedAt: at(-3600),
    firstSeenAt: at(0),
    ...fields,
  }
}

/** A running load of `livepatch_12` whose task counts are all there. `remaining` null means that no task could be read. */
export function aTransition(
  fields: Partial<ReportTransition> & { remaining?: number | null; total?: number } = {},
): ReportTransition {
  const { remaining = 3, total = 400, ...rest } = fields
  const isRead = remaining !== null
  return {
    mechanism: 'klp',
    patch: 'livepatch_12',
    direction: 'patching',
    startedAt: at(0),
    startedAtSource: 'kernel-log',
    tasks: {
      total: isRead ? total : null,
      migrated: isRead ? total - remaining : null,
      remaining,
      kthreadsRemaining: isRead ? 0 : null,
      unreadable: isRead ? 0 : total,
      idleHidden: 8,
    },
    groups: [],
    confidence: isRead ? 'full' : 'none',
    confidenceReason: isRead ? null : 'eacces',
    signalsByItself: true,
    blocking: [],
    blockingOmitted: 0,
    ...rest,
  }
}

export const anAttempt = (fields: Partial<ReportAttempt> = {}): ReportAttempt => ({
  patch: 'livepatch_12',
  direction: 'patching',
  startedAt: at(0),
  endedAt: at(75),
  outcome: 'reversed',
  ...fields,
})

export const anEvent = (fields: Partial<ReportEvent> = {}): ReportEvent => ({
  at: at(0),
  kind: 'transition-started',
  patch: 'livepatch_12',
  source: 'kernel-log',
  ...fields,
})

/** A quiet host on which nothing is loaded and nothing is due. */
export function aReport(fields: Partial<HostReport> = {}): HostReport {
  return {
    reportVersion: 1,
    sequence: 1,
    collectedAt: at(0),
    stateHash: '00000000000000aa',
    agent: { version: '0.1.0', runtime: 'node 24.0.0', level: 'causes', dropped: 0 },
    host: {
      machineId: '4c4c4544-0000-1000-8000-000000000001',
      hostname: 'db-7',
      os: { id: 'sles', versionId: '15.6', name: 'SUSE Linux Enterprise Server 15 SP6' },
      architecture: 'x86_64',
      labels: { env: 'prod' },
    },
    kernel: {
      release,
      version: '#1 SMP PREEMPT_DYNAMIC',
      bootId,
      bootedAt: at(-86_400),
      taint: 0,
      livepatchTaint: false,
    },
    sources: [{ name: 'klp', status: 'ok', durationMs: 3 }],
    patches: [],
    transition: null,
    available: [],
    reboot: { pending: false, reason: null, installedKernel: null, fixesLost: null },
    attempts: [],
    events: [],
    ...fields,
  }
}

/** A host with its patch applied. */
export const aMigratedReport = (fields: Partial<HostReport> = {}): HostReport =>
  aReport({ patches: [aPatch()], ...fields })

/** A host whose load of `livepatch_12` is under way. */
export const aMovingReport = (
  transition: Parameters<typeof aTransition>[0] = {},
  fields: Partial<HostReport> = {},
): HostReport =>
  aReport({
    patches: [
      aPatch({
        enabled: transition.direction !== 'unpatching',
        state: 'pending',
        inTransition: true,
        name: transition.patch ?? 'livepatch_12',
      }),
    ],
    transition: aTransition(transition),
    ...fields,
  })
