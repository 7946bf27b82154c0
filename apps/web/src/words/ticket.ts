import type { Blocker, HostDetail } from '../api/types.ts'
import { duration, secondsSince } from './duration.ts'
import { flagWords } from './flags.ts'
import { reasonSentence, stateWords } from './states.ts'
import { confidenceSentence } from './strip.ts'
import { causeWords, stateLetterMeaning } from './tasks.ts'
import { visibleText } from './visible-text.ts'

/** The incident as plain text for a ticket: what, since when, held by whom, what frees it, as of when. */
export function ticketText(host: HostDetail, stale: boolean): string {
  const now = Date.parse(host.now)
  const { status, transition, kernel } = host
  return [
    `${visibleText(host.hostname)}: ${stateWords[status.state].word.toLowerCase()} for ${duration(secondsSince(status.since, now))}${host.demo ? ' (demo host)' : ''}`,
    reasonSentence(status.state, status.reason),
    stale
      ? `As of ${host.reportedAt ?? 'an unknown time'}; the host has not spoken since.`
      : `As of ${host.now}.`,
    kernel === null ? null : `Kernel ${visibleText(kernel.release)}, boot ${kernel.bootId}`,
    status.flags.length === 0
      ? null
      : `Flags: ${status.flags.map((flag) => flagWords[flag].word).join(', ')}`,
    transition === null ? null : `\n${transitionText(transition, now)}`,
    ...(transition?.blocking ?? []).slice(0, 5).map((task) => `\n${blockerText(task, now)}`),
    transition !== null && transition.blocking.length > 5
      ? `\nand ${transition.blocking.length - 5} more tasks`
      : null,
  ]
    .filter((line) => line !== null)
    .join('\n')
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
