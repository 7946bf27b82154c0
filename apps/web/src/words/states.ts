import type { HostState, StateReason } from '@graftwatch/contract/vocabulary'

/** The word for a state: on its own, after "is" or "are", and how it is defined. */
export const stateWords: Record<HostState, { word: string; predicate: string; definition: string }> = {
  stuck: {
    word: 'Stuck',
    predicate: 'stuck',
    definition: 'A transition runs and the number of remaining tasks reached no new low for too long.',
  },
  failed: {
    word: 'Failed',
    predicate: 'failed',
    definition: 'The last attempt of this boot did not end applied.',
  },
  reverting: {
    word: 'Reverting',
    predicate: 'reverting',
    definition: 'A transition takes a patch off again.',
  },
  unpatched: {
    word: 'Unpatched',
    predicate: 'unpatched',
    definition: 'Nothing is enabled although something is due for this kernel.',
  },
  unknown: {
    word: 'Unknown',
    predicate: 'unknown',
    definition: 'The agent speaks but could not read whether anything is enabled or moving.',
  },
  silent: {
    word: 'Silent',
    predicate: 'silent',
    definition: 'No word for three intervals and at least 3 min; what is shown is the last that was known.',
  },
  transitioning: {
    word: 'Transitioning',
    predicate: 'transitioning',
    definition: 'Tasks are moving from one universe to the other.',
  },
  unsupported: {
    word: 'Unsupported',
    predicate: 'unsupported',
    definition: 'The running kernel offers no live patching.',
  },
  notDue: {
    word: 'Nothing due',
    predicate: 'without anything due',
    definition: 'Nothing is enabled and nothing is known to be due. It says nothing about CVEs.',
  },
  migrated: {
    word: 'Migrated',
    predicate: 'fully migrated',
    definition:
      'At least one patch is enabled and every task runs the patched code. It does not mean newest.',
  },
}

/** Why a host is in its state, as one sentence. */
const reasonSentences: Record<StateReason, string> = {
  noProgress: 'A transition runs, and no further task has migrated for longer than the limit.',
  noProgressByAge:
    'A transition has run for longer than the limit. By age alone: tasks are not readable here.',
  noProgressHidden:
    'Every visible task has migrated, and for longer than the limit the kernel has waited for one that the agent cannot see.',
  reversed: 'The last attempt was reversed before it completed; the old code serves.',
  selfReversed:
    'The patch tool gave up waiting and reversed the attempt by itself; the old code serves and exposure continues.',
  refused: 'The kernel or the patch tool refused the patch; it never began and nothing is half done.',
  reportedByClient: 'The vendor’s client says that applying the patch failed.',
  unpatching: 'Tasks are moving back to the original code.',
  justBooted: 'This kernel booted a moment ago and its patch is not loaded yet.',
  notLoaded: 'A patch is due for this kernel and is not loaded.',
  disabled: 'A patch was enabled on this kernel and has been disabled.',
  removed: 'A patch was enabled on this kernel and is gone.',
  clientOff: 'The vendor’s client is installed and switched off.',
  noSysfs: 'The agent sees no /sys/kernel, as in a container without it.',
  sourceFailed: 'Reading the kernel’s live-patch files failed.',
  targetNotPatched: 'A patch is enabled while a loaded target of it is not patched.',
  contradiction: 'What was read contradicts itself, also after trying again.',
  neverReported: 'The host enrolled and has not reported yet.',
  noWord: 'No word from the agent for three intervals and at least 3 min.',
  patching: 'Tasks are moving to the patched code.',
  finishing: 'Every visible task has migrated; the kernel is finishing.',
  hidden:
    'Every visible task has migrated; the kernel waits for an idle task, or for one that the agent cannot see.',
  directionUnknown: 'Tasks are moving; which way needs a second reading.',
  noMechanism: 'The running kernel offers no live patching.',
  fixedByKernel: 'The running kernel already contains the fixes.',
  clientSaysNone: 'The vendor’s client says there is nothing to apply.',
  noneKnown: 'No live patch is known for this kernel. That says nothing about its CVEs.',
  applied: 'A patch is enabled and every task runs the patched code.',
  appliedAtOnce: 'Applied at once; this mechanism has no transition to watch.',
  notTracked: 'A patch is enabled; this kernel does not track tasks.',
}

/** The sentence for a reason, or for the state when the reason is new to this page. */
export function reasonSentence(state: HostState, reason: string | null): string {
  const sentences: Record<string, string | undefined> = reasonSentences
  return (reason === null ? undefined : sentences[reason]) ?? stateWords[state].definition
}
