import type { AgentCapability, AgentLevel, ClientVerdict, PatchState } from '@graftwatch/contract/vocabulary'
import type { HostPatch, Source } from '../api/types.ts'
import { counted } from './numbers.ts'
import { visibleText } from './visible-text.ts'

/** Whether a mechanism changes the kernel at once: no transition, no progress, never stuck. */
export const isAtomic = ({ mechanism }: Pick<HostPatch, 'mechanism'>): boolean =>
  mechanism !== 'klp' && mechanism !== 'kgraft'

/** What a client says of this kernel, after its name. */
export const verdictWords: Record<ClientVerdict, string> = {
  applied: 'says that all it has for this kernel is applied',
  'none-due': 'says that nothing is due for this kernel',
  pending: 'says that a patch waits to be applied',
  'update-available': 'says that it has a newer patch',
  failed: 'says that applying a patch failed',
  off: 'is switched off here',
  'reboot-required': 'says that a fix needs a reboot into a new kernel',
  unsupported: 'says that its vendor builds nothing for this kernel',
  unknown: 'gave an answer that the agent does not know',
}

/** What to do about a source that failed; commands between backticks. */
export function sourceRemedy({ reason }: Pick<Source, 'reason'>): string {
  const told = reason ?? ''
  if (/no-sysfs/i.test(told)) return 'Run an agent on the machine itself: a container has no such files.'
  if (/EACCES|EPERM|denied|not permitted|CAP_/i.test(told))
    return '`graftwatch-agent doctor` on the host prints the line that grants the missing right.'
  return 'The agent tries again with each reading, and what was known before stays; `graftwatch-agent doctor` on the host says more.'
}

/** What an agent of this level reads. */
export const levelWords: Record<AgentLevel, string> = {
  progress: 'patches and task counts',
  causes: 'patches, task counts, stacks and what tasks wait for',
  full: 'patches, task counts, stacks, what tasks wait for and command lines',
}

/** What an agent of this level cannot say; null where nothing is missing. */
export const levelCosts: Record<AgentLevel, string | null> = {
  progress: 'who holds a transition is named, why is not',
  causes: null,
  full: null,
}

/** What a missing capability hides. */
export const capabilityWords: Record<AgentCapability, string> = {
  CAP_DAC_READ_SEARCH: 'files that only root reads, such as the state of each task',
  CAP_SYS_PTRACE: 'what the tasks of other users wait for',
  CAP_SYS_ADMIN: 'the stacks of tasks',
  CAP_SYSLOG: 'the kernel log, with exact times and what was forced',
}

const stateWords: Record<PatchState, string> = {
  applied: 'applied',
  pending: 'in transition',
  failed: 'failed',
  disabled: 'disabled',
  leftover: 'left over, not in use',
}

/** What state a patch is in; one that does not move is never said to be in transition. */
export function patchStateWord(patch: Pick<HostPatch, 'mechanism' | 'state' | 'inTransition'>): string {
  if (patch.state === 'applied' && isAtomic(patch)) return 'applied at once'
  if (patch.state === 'pending' && !patch.inTransition) return 'waits to be applied'
  return stateWords[patch.state]
}

/** Why a module is still loaded that serves nothing, and whether it can go. */
export function leftoverSentence({ left, refCount }: Pick<HostPatch, 'left' | 'refCount'>): string {
  const why =
    left === null
      ? 'Nobody saw why it was left.'
      : left.replacedBy === null
        ? 'It was disabled.'
        : `${visibleText(left.replacedBy)} replaced it.`
  if (refCount === null) return why
  return refCount === 0
    ? `${why} Its module is not in use and can be removed.`
    : `${why} Its module is in use ${counted(refCount, 'time')}: it cannot be removed until a reboot, and may have been forced.`
}
