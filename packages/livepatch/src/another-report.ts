import type { HostTruth } from './truth.ts'

/**
 * Whether the host should report in full again although nothing changes on it: a fresh boot is excused for ten minutes only,
 * and a loaded target that is not patched is believed once it is read twice. Heartbeats alone would never tell.
 */
export const needsAnotherReport = ({
  reason,
  unpatchedTargets,
}: Pick<HostTruth, 'reason' | 'unpatchedTargets'>) => reason === 'justBooted' || unpatchedTargets === 1
