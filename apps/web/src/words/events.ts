import { attemptOutcomes, type HostState } from '@graftwatch/contract/vocabulary'
import type { HostEvent } from '../api/types.ts'
import { outcomeWords } from './outcomes.ts'
import { reasonSentence, stateWords } from './states.ts'
import { visibleText } from './visible-text.ts'

const stateWord = (state: HostState | null): string =>
  state === null ? 'no state' : stateWords[state].word.toLowerCase()
const patchOf = (event: HostEvent): string => (event.patch === null ? 'the patch' : visibleText(event.patch))
const after = (event: HostEvent): string => (event.detail === null ? '' : `: ${visibleText(event.detail)}`)

/** Its detail is the direction, its reason the outcome; null where the log lost how it ended. */
function attemptEnded(event: HostEvent): string {
  const attempt = `Attempt to ${event.detail === 'unpatching' ? 'unload' : 'load'} ${patchOf(event)}`
  const outcome = attemptOutcomes.find((known) => known === event.reason)
  return outcome === undefined
    ? `${attempt} ended, how is not known`
    : `${attempt} was ${outcomeWords[outcome]}`
}

const sentences: Record<HostEvent['kind'], (event: HostEvent) => string> = {
  'patch-enabling': (event) => `Enabling ${patchOf(event)}`,
  'transition-started': (event) => `Transition of ${patchOf(event)} started`,
  'tasks-signaled': () => 'The kernel nudged the remaining tasks; it repeats that every 15 s unseen',
  'transition-reversed': (event) => `Transition of ${patchOf(event)} changed its direction`,
  'transition-completed': (event) => `Transition of ${patchOf(event)} completed`,
  forced: (event) => `Transition of ${patchOf(event)} was forced`,
  'load-failed': (event) => `Loading ${patchOf(event)} failed${after(event)}`,
  'module-patched': (event) => `A module was patched as it loaded${after(event)}`,
  'module-unpatched': (event) => `A module left its patch as it unloaded${after(event)}`,
  oops: () => 'The kernel reported an error of its own (oops or bug)',
  lockup: () => 'The kernel reported a lockup or a task that hangs',
  'first-contact': () => 'First report of this host',
  rebooted: (event) => `Rebooted${after(event)}`,
  'state-changed': (event) =>
    event.to === null ? 'State changed' : `${stateWords[event.to].word}, was ${stateWord(event.from)}`,
  'patch-enabled': (event) => `${patchOf(event)} enabled`,
  'patch-disabled': (event) => `${patchOf(event)} disabled`,
  'patch-removed': (event) => `${patchOf(event)} removed`,
  'task-blocking': (event) =>
    `Held${event.detail === null ? ' by a task' : ` by ${visibleText(event.detail)}`}`,
  'task-released': (event) =>
    event.detail === null
      ? 'A task no longer holds the transition'
      : `No longer held by ${visibleText(event.detail)}`,
  'attempt-ended': attemptEnded,
  'late-report': (event) => `A report arrived late${after(event)}`,
  'reports-dropped': (event) => `The agent had to drop reports${after(event)}`,
  'clock-skewed': (event) => `The host’s clock differs from the server’s${after(event)}`,
  'key-replaced': (event) => `The host enrolled again and its key was replaced${after(event)}`,
  'labels-changed': (event) => `Labels changed${after(event)}`,
  retired: (event) => `Retired${after(event)}`,
  returned: (event) => `Reports again after it was retired${after(event)}`,
  cloned: (event) => `Another machine reports with this one’s identity${after(event)}`,
  'shared-kernel': (event) => `Another agent reports the same running kernel${after(event)}`,
}

/** An event as one sentence without a full stop. */
export const eventSentence = (event: HostEvent): string => sentences[event.kind](event)

/**
 * The second line of an event: why, where that adds something; else null. `applied` adds nothing, and says too much of a host that was
 * forced, which the event of its change of state does not know.
 */
export function eventReason(event: HostEvent): string | null {
  if (event.reason === 'applied') return null
  if (event.kind === 'state-changed' && event.to !== null && event.reason !== null) {
    return reasonSentence(event.to, event.reason)
  }
  return null
}

export const eventSourceWords: Record<HostEvent['source'], string> = {
  'kernel-log': 'kernel log',
  observed: 'reported by the agent',
  server: 'server',
}
