import type { HostFlag } from '@graftwatch/contract/vocabulary'
import type { HostStatus } from '../api/types.ts'

/** Flags as people read them: a word or two, and what it changes; commands between backticks. */
export const flagWords: Record<HostFlag, { word: string; meaning: string }> = {
  forced: {
    word: 'forced',
    meaning:
      'A transition was forced in this boot: some tasks may still run old code, whatever the counts say. Only a reboot ends it.',
  },
  behind: { word: 'behind', meaning: 'The vendor’s client has a newer patch for this kernel.' },
  placeholder: {
    word: 'placeholder',
    meaning: 'The enabled patch is the vendor’s empty first one; it fixes nothing.',
  },
  waitingForModule: {
    word: 'waits for module',
    meaning: 'Part of the patch is for a module that is not loaded; it takes effect when the module loads.',
  },
  uncovered: {
    word: 'uncovered',
    meaning: 'The vendor builds no live patches for this kernel, in its client’s words.',
  },
  queued: { word: 'queued', meaning: 'A newer patch waits until the running transition ends.' },
  retrying: {
    word: 'retrying',
    meaning: 'The patch tool is trying again after an attempt that did not complete.',
  },
  rebootPending: { word: 'reboot pending', meaning: 'A newer kernel is installed and waits for a reboot.' },
  wouldRegress: {
    word: 'reboot would regress',
    meaning: 'Rebooting now would lose fixes that the live patch brings.',
  },
  disagree: {
    word: 'sources disagree',
    meaning: 'Two sources on this host say different things; see sources.',
  },
  blind: {
    word: 'blind',
    meaning: 'The agent lacks a right here: see Sources and `graftwatch-agent doctor`.',
  },
  conflict: { word: 'conflict', meaning: 'More than one mechanism has something applied.' },
  sharedKernel: {
    word: 'shared kernel',
    meaning: 'Another agent reports the same kernel; this one is not counted.',
  },
  clockSkew: {
    word: 'clock skew',
    meaning: 'The host’s clock differs from the server’s; times are bounded by the server’s.',
  },
}

/** The flags worth showing: where the kernel has no live patching, a missing right hides nothing. */
export const shownFlags = ({ state, lastState, flags }: HostStatus): HostFlag[] =>
  state === 'unsupported' || lastState === 'unsupported' ? flags.filter((flag) => flag !== 'blind') : flags
