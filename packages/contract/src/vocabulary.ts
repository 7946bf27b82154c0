/**
 * Every word that crosses a process or reaches a screen, once. Code, API, database, UI, metrics and docs derive from here.
 * Meanings: docs/glossary.md. Nothing here imports anything.
 */

/** Host states, worst first: the sort order of every list. The derivation order is another; see livepatch/derive-state.ts. */
export const hostStates = [
  'stuck',
  'failed',
  'reverting',
  'unpatched',
  'unknown',
  'silent',
  'transitioning',
  'unsupported',
  'notDue',
  'migrated',
] as const
export type HostState = (typeof hostStates)[number]

/** Why a host is in its state. One reason belongs to exactly one state, except `migrated`, which shares `silent`'s null. */
export const stateReasons = {
  stuck: ['noProgress', 'noProgressByAge', 'noProgressHidden'],
  failed: ['reversed', 'selfReversed', 'refused', 'reportedByClient'],
  reverting: ['unpatching'],
  unpatched: ['justBooted', 'notLoaded', 'disabled', 'removed', 'clientOff'],
  unknown: ['noSysfs', 'sourceFailed', 'targetNotPatched', 'contradiction', 'neverReported'],
  silent: ['noWord'],
  transitioning: ['patching', 'finishing', 'hidden', 'directionUnknown'],
  unsupported: ['noMechanism'],
  notDue: ['fixedByKernel', 'clientSaysNone', 'noneKnown'],
  migrated: ['applied', 'appliedAtOnce', 'notTracked'],
} as const satisfies Record<HostState, readonly string[]>
export type StateReason = (typeof stateReasons)[HostState][number]

/** Facts that hold beside the state and can change what to do about it. */
export const hostFlags = [
  'forced',
  'behind',
  'placeholder',
  'waitingForModule',
  'uncovered',
  'queued',
  'retrying',
  'rebootPending',
  'wouldRegress',
  'disagree',
  'blind',
  'conflict',
  'sharedKernel',
  'clockSkew',
] as const
export type HostFlag = (typeof hostFlags)[number]

/** What changes the kernel. Only `klp` and `kgraft` have transitions. */
export const mechanisms = ['klp', 'kgraft', 'kpatch-core', 'ksplice', 'kernelcare'] as const
export type Mechanism = (typeof mechanisms)[number]

/** The program that brings patches, or null when unrecognized. */
export const managers = ['kpatch', 'klp', 'kgr', 'canonical', 'uptrack', 'kcarectl'] as const
export type Manager = (typeof managers)[number]

export const patchStates = ['applied', 'pending', 'failed', 'disabled', 'leftover'] as const
export type PatchState = (typeof patchStates)[number]

export const directions = ['patching', 'unpatching'] as const
export type Direction = (typeof directions)[number]

export const taskKinds = ['user', 'kthread', 'idle'] as const
export type TaskKind = (typeof taskKinds)[number]

/** Why a task has not migrated. `not-at-boundary`, kGraft alone: it has not yet crossed between kernel and user space. */
export const blockerCauses = [
  'sleeping-in-patched-function',
  'not-at-boundary',
  'running',
  'unreliable-stack',
  'idle-or-hidden',
  'no-permission',
] as const
export type BlockerCause = (typeof blockerCauses)[number]

export const confidences = ['full', 'partial', 'none'] as const
export type Confidence = (typeof confidences)[number]

/** Why the task counts are partial or missing. */
export const confidenceReasons = [
  'eacces',
  'hidepid',
  'pidns',
  'no-sysfs',
  'race',
  'timeout',
  'edge',
  'unreadable',
] as const
export type ConfidenceReason = (typeof confidenceReasons)[number]

/** What the agent may read: patch and task counts; also stacks and wait channels; also command lines. */
export const agentLevels = ['progress', 'causes', 'full'] as const
export type AgentLevel = (typeof agentLevels)[number]

/** What each capability opens to the agent: docs/agent.md and `doctor`. */
export const agentCapabilities = [
  'CAP_DAC_READ_SEARCH',
  'CAP_SYS_PTRACE',
  'CAP_SYS_ADMIN',
  'CAP_SYSLOG',
] as const
export type AgentCapability = (typeof agentCapabilities)[number]

/** What a vendor's client says of the running kernel: `none-due` needs no patch, `off` is not activated here, `reboot-required` cannot be patched live. */
export const clientVerdicts = [
  'applied',
  'none-due',
  'pending',
  'update-available',
  'failed',
  'off',
  'reboot-required',
  'unsupported',
  'unknown',
] as const
export type ClientVerdict = (typeof clientVerdicts)[number]

export const sourceNames = [
  'klp',
  'kgraft',
  'kpatch-core',
  'ksplice',
  'kernelcare',
  'canonical',
  'kernel-log',
  'packages',
] as const
export type SourceName = (typeof sourceNames)[number]

export const sourceStatuses = ['ok', 'absent', 'failed'] as const
export type SourceStatus = (typeof sourceStatuses)[number]

export const attemptOutcomes = ['completed', 'reversed', 'refused', 'forced', 'endedByReboot'] as const
export type AttemptOutcome = (typeof attemptOutcomes)[number]

/** What an agent saw happen, from the kernel log or from two samples. */
export const reportEventKinds = [
  'patch-enabling',
  'transition-started',
  'tasks-signaled',
  'transition-reversed',
  'transition-completed',
  'forced',
  'load-failed',
  'module-patched',
  'module-unpatched',
  'oops',
  'lockup',
] as const
export type ReportEventKind = (typeof reportEventKinds)[number]

/** What the server keeps in a host's history: what agents saw, and what follows from it. */
export const hostEventKinds = [
  ...reportEventKinds,
  'first-contact',
  'rebooted',
  'state-changed',
  'patch-enabled',
  'patch-disabled',
  'patch-removed',
  'task-blocking',
  'task-released',
  'attempt-ended',
  'late-report',
  'reports-dropped',
  'clock-skewed',
  'key-replaced',
  'labels-changed',
  'retired',
  'returned',
  'cloned',
  'shared-kernel',
] as const
export type HostEventKind = (typeof hostEventKinds)[number]

export const roles = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof roles)[number]

/** What somebody may do. The least role that may is in apps/api/src/people/permissions.ts; `GET /v1/me` answers one's own. */
export const permissions = [
  'fleet:read',
  'fleet:export',
  'live:follow',
  'me:read',
  'sessions:own',
  'hosts:label',
  'hosts:retire',
  'hosts:remove',
  'demo:remove',
  'enrollment-tokens:read',
  'enrollment-tokens:write',
  'users:read',
  'users:write',
  'api-keys:read',
  'api-keys:write',
  'audit:read',
  'alerts:answer',
  'silences:write',
  'rules:write',
  'channels:read',
  'channels:write',
  'drills:start',
] as const
export type Permission = (typeof permissions)[number]

/** What an API key may be given: never people, sessions or other keys, so that a key cannot outlive itself. */
export const apiKeyScopes = [
  'fleet:read',
  'fleet:export',
  'live:follow',
  'me:read',
  'hosts:label',
  'hosts:retire',
  'hosts:remove',
  'demo:remove',
  'enrollment-tokens:read',
  'enrollment-tokens:write',
  'users:read',
  'api-keys:read',
  'audit:read',
  'alerts:answer',
  'silences:write',
  'rules:write',
  'channels:read',
  'drills:start',
] as const satisfies readonly Permission[]
export type ApiKeyScope = (typeof apiKeyScopes)[number]

/** Whose write an audit entry tells: a person's, an API key's, or the server's own. */
export const actorKinds = ['user', 'key', 'system'] as const
export type ActorKind = (typeof actorKinds)[number]

/** What the audit log names: the kind of thing, then what was done to it. */
export const auditActions = [
  'user.create',
  'user.update',
  'user.remove',
  'password.change',
  'session.create',
  'session.end',
  'enrollment-token.create',
  'enrollment-token.revoke',
  'api-key.create',
  'api-key.revoke',
  'host.label',
  'host.retire',
  'host.restore',
  'host.remove',
  'demo.remove',
  'alert.acknowledge',
  'alert.unacknowledge',
  'alert.comment',
  'rule.create',
  'rule.update',
  'rule.remove',
  'silence.create',
  'silence.end',
  'channel.create',
  'channel.update',
  'channel.remove',
  'channel.test',
  'delivery.resend',
  'drill.start',
] as const
export type AuditAction = (typeof auditActions)[number]

/** Where the frames of a simulated stack come from. Real agents never send it. */
export const stackOrigins = ['captured', 'constructed'] as const
export type StackOrigin = (typeof stackOrigins)[number]

/** Position in {@link hostStates}; lower is worse. */
export const severityOf = (state: HostState): number => hostStates.indexOf(state)

/** As many patches as a report holds; a report with that many may have left some out. */
export const reportPatchesMax = 128
