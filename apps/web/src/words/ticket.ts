import type { Blocker, HostDetail, HostStatus, HostSummary } from '../api/types.ts'
import { duration, secondsSince } from './duration.ts'
import { flagWords, shownFlags } from './flags.ts'
import { hostSentence } from './host-sentence.ts'
import { silentAfterSeconds, telling } from './host-status.ts'
import { stateWords } from './states.ts'
import { confidenceSentence } from './strip.ts'
import { causeWords, stateLetterMeaning } from './tasks.ts'
import { visibleText } from './visible-text.ts'

/** The incident as plain text for a ticket: what, since when, held by whom, what frees it, as of when. */
export function ticketText(host: HostDetail, stale: boolean): string {
  const now = Date.parse(host.now)
  const { status, transition, kernel } = host
  const flags = shownFlags(status)
  // What nobody vouches for any more is as old as it was when it was read.
  const read = stale && transition !== null ? Date.parse(transition.readAt) : now
  return [
    `${visibleText(host.hostname)}: ${stateAndAge(host, now)}${host.demo ? ' (demo host)' : ''}`,
    hostSentence(host),
    stale
      ? `As of ${host.reportedAt ?? 'an unknown time'}; the host has not spoken since.`
      : `As of ${host.now}.`,
    kernel === null ? null : `Kernel ${visibleText(kernel.release)}, boot ${kernel.bootId}`,
    flags.length === 0 ? null : `Flags: ${flags.map((flag) => flagWords[flag].word).join(', ')}`,
    transition === null ? null : `\n${transitionText(transition, read)}`,
    ...(transition?.blocking ?? []).slice(0, 5).map((task) => `\n${blockerText(task, read)}`),
    transition !== null && transition.blocking.length > 5
      ? `\nand ${transition.blocking.length - 5} more tasks`
      : null,
  ]
    .filter((line) => line !== null)
    .join('\n')
}

/** A host of a list in one line: what it is, since when, of which patch and kernel. */
export function hostLine(host: HostSummary, now: string): string {
  const { hostname, status, transition, patch, kernelRelease } = host
  const left =
    transition?.remaining == null || transition.total === null
      ? null
      : `${transition.remaining} of ${transition.total} tasks remain`
  return [
    `${visibleText(hostname)}: ${stateAndAge({ status, transition }, Date.parse(now))}${host.demo ? ' (demo host)' : ''}`,
    left,
    patch === null ? 'no live patch' : visibleText(patch),
    kernelRelease === null ? null : visibleText(kernelRelease),
  ]
    .filter((part) => part !== null)
    .join(' · ')
}

/** Chosen hosts as plain text for a ticket, with where they are listed. */
export function chosenTicket(
  lines: readonly string[],
  { everything, address }: { everything: boolean; address: string },
): string {
  const more = everything ? ['and all others that match'] : []
  return [...lines, ...more, address].filter((line) => line !== '').join('\n')
}

/** `stuck, no progress for 48 min`; `≥` where the state is older than our knowledge of it. */
function stateAndAge(
  { status, transition }: { status: HostStatus; transition: { progressAt: string } | null },
  now: number,
): string {
  const { word, since, before } = telling(status, transition?.progressAt ?? null)
  const state = stateWords[status.state].word.toLowerCase()
  const limit = status.state === 'silent' ? ` (limit ${duration(silentAfterSeconds(status))})` : ''
  const age = `${word} ${before ? '≥ ' : ''}${duration(secondsSince(since, now))}${limit}`
  return word.startsWith(state) ? age : `${state}, ${age}`
}

function transitionText(transition: NonNullable<HostDetail['transition']>, now: number): string {
  const { tasks, direction } = transition
  const way = direction === null ? 'Transition of' : direction === 'patching' ? 'Moving to' : 'Leaving'
  const counts =
    tasks.remaining === null || tasks.total === null
      ? 'tasks remaining: not known'
      : `${tasks.remaining} of ${tasks.total} tasks remain`
  const doubt = confidenceSentence(transition)
  return [
    `${way} ${visibleText(transition.patch)}: ${counts}; no progress for ${duration(secondsSince(transition.progressAt, now))}; started ${transition.startedAt}.`,
    doubt,
  ]
    .filter((line) => line !== null)
    .join(' ')
}

function blockerText(task: Blocker, now: number): string {
  const letter =
    task.state === null ? null : `state ${task.state} (${stateLetterMeaning(task.state) ?? 'unknown'})`
  const facts = [
    causeWords[task.cause],
    letter,
    task.blockingFunction === null ? null : `in ${visibleText(task.blockingFunction)}`,
    task.unit === null ? null : visibleText(task.unit),
    task.waitsFor === null ? null : `waits for ${visibleText(task.waitsFor.comm)} (${task.waitsFor.pid})`,
  ].filter((fact) => fact !== null)
  return [
    `Held by ${visibleText(task.comm)} (${task.tid}) for ${duration(secondsSince(task.firstSeenAt, now))}: ${facts.join(', ')}`,
    ...(task.stack ?? []).map(
      (frame, index) =>
        `  ${visibleText(frame)}${index === task.blockingFrame ? '   <- holds the task' : ''}`,
    ),
    `What the kernel said: ${visibleText(task.remedy.kernelSays)}`,
    `What it means: ${visibleText(task.remedy.meaning)}`,
    `What frees it: ${visibleText(task.remedy.safeStep)}`,
    `Never: ${visibleText(task.remedy.never)}`,
  ].join('\n')
}
