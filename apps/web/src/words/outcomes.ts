import type { AttemptOutcome } from '@graftwatch/contract/vocabulary'

/** How an attempt ended, as it stands after "was" and on its own. */
export const outcomeWords: Record<AttemptOutcome, string> = {
  completed: 'completed',
  reversed: 'reversed',
  refused: 'refused',
  forced: 'forced',
  endedByReboot: 'ended by a reboot',
}
