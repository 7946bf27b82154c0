import type { BlockerCause, ConfidenceReason, TaskKind } from '@graftwatch/contract/vocabulary'

const letters: Record<string, string> = {
  R: 'running',
  S: 'asleep, wakes for signals',
  D: 'asleep, signals do not reach it',
  T: 'stopped',
  t: 'stopped by a tracer',
  Z: 'zombie',
  X: 'dead',
  I: 'idle kernel thread',
  P: 'parked',
}

/** What the kernel's state letter means; null for a letter this page does not know. */
export const stateLetterMeaning = (letter: string): string | null => letters[letter] ?? null

export const kindWords: Record<TaskKind, string> = {
  user: 'process',
  kthread: 'kernel thread',
  idle: 'idle task',
}

export const causeWords: Record<BlockerCause, string> = {
  'sleeping-in-patched-function': 'asleep in a patched function',
  'not-at-boundary': 'asleep in the kernel',
  running: 'running',
  'unreliable-stack': 'stack not reliable',
  'idle-or-hidden': 'idle or hidden',
  'no-permission': 'not readable',
}

/** Why task counts are partial or missing, as the end of "… because". */
export const confidenceWords: Record<ConfidenceReason, string> = {
  eacces: 'the agent may not read other users’ tasks',
  hidepid: '/proc is mounted with hidepid, which hides other users’ tasks',
  pidns: 'the agent runs in its own pid namespace and sees only that',
  'no-sysfs': 'the agent sees no /sys/kernel',
  race: 'tasks came and went during the reading',
  timeout: 'the reading took too long and was cut off',
  edge: 'the reading fell on the edge of the transition',
  unreadable: 'the tasks’ files could not be read',
}
