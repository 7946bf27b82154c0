import type { BlockingTask, ReportTransition } from '@graftwatch/contract'
import { type HostClock, secondsBetween } from './host-clock.ts'
import type { BlockerWrite, HeldTask, OpenAttempt } from './truth.ts'

/** Earlier than this in a transition the kernel is merely working through its tasks; nobody is blocking yet. */
const blockingAfterSeconds = 15
/** Tasks that are remembered of one attempt, and those of them whose stack is: one host must not fill a page or a table. */
const heldMax = 40
const stacksMax = 20
const unknownTaskStart = '1970-01-01T00:00:00.000Z'

/** One spelling of an instant, since it is a part of what a task is known by. */
const startOf = (task: HeldTask['task']): string =>
  task.taskStartedAt === null ? unknownTaskStart : new Date(task.taskStartedAt).toISOString()

/** What a task is known by: a tid alone is reused. */
export const keyOf = (task: { tid: number; taskStartedAt: string | null }) =>
  `${task.tid} ${task.taskStartedAt}`

/** Who holds the transition after one more reading, and what of it is to be written down. A reading that is not complete releases nobody. */
export function holdTasks(
  open: OpenAttempt,
  transition: ReportTransition,
  clock: HostClock,
  /** Where tasks moved in the reading before: a task that has gone keeps the cause it was recorded with. */
  movedBefore: OpenAttempt['moving'],
): { held: HeldTask[]; writes: BlockerWrite[] } {
  const before = new Map(open.held.map((held) => [keyOf(held), held]))
  const isBlockingTime = secondsBetween(open.directionSince, clock.now) >= blockingAfterSeconds
  const writes: BlockerWrite[] = []
  const held = longestHeld(transition, before).map((task): HeldTask => {
    const taskStartedAt = startOf(task)
    const known = before.get(keyOf({ tid: task.tid, taskStartedAt }))
    const first = clock.at(task.firstSeenAt)
    const seen = known ? withEvidence(known.task, task) : task
    const next: HeldTask = {
      tid: task.tid,
      taskStartedAt,
      firstSeenAt: known && known.firstSeenAt < first ? known.firstSeenAt : first,
      task: seen,
      recorded: (known?.recorded ?? false) || isBlockingTime,
    }
    const isNew = next.recorded && !known?.recorded
    const isNews = next.recorded && known?.recorded && !saysTheSame(known.task, seen)
    if (isNew || isNews)
      writes.push({ number: open.number, direction: open.moving, held: next, releasedAt: null })
    return next
  })
  const listed = new Set(held.map(keyOf))
  const unlisted = open.held.filter((task) => !listed.has(keyOf(task)))
  // A task that is merely not listed may still hold; only a complete reading releases it. A turn does too: who had not moved is
  // where the tasks now go, and holds nothing there.
  const hasTurned = movedBefore !== null && open.moving !== movedBefore
  if (hasTurned || (transition.confidence === 'full' && transition.blockingOmitted === 0)) {
    for (const gone of unlisted)
      if (gone.recorded)
        writes.push({ number: open.number, direction: movedBefore, held: gone, releasedAt: clock.now })
    return { held, writes }
  }
  const isKnown = (task: HeldTask) => before.has(keyOf(task))
  return {
    held: [...held.filter(isKnown), ...unlisted, ...held.filter((task) => !isKnown(task))].slice(0, heldMax),
    writes,
  }
}

/**
 * What is remembered of the tasks listed: those known already, then those first seen longest ago. A known task is never pushed
 * out by a new one, or it would read as released.
 */
function longestHeld(
  transition: ReportTransition,
  before: ReadonlyMap<string, HeldTask>,
): HeldTask['task'][] {
  const isKnown = (task: HeldTask['task']) =>
    before.has(keyOf({ tid: task.tid, taskStartedAt: startOf(task) })) ? 0 : 1
  return transition.blocking
    .toSorted(
      (a, b) =>
        isKnown(a) - isKnown(b) || Date.parse(a.firstSeenAt) - Date.parse(b.firstSeenAt) || a.tid - b.tid,
    )
    .slice(0, heldMax)
    .map((task, place) => (place < stacksMax ? task : { ...task, stack: null, blockingFrame: null }))
}

/**
 * What the agent kept of the tasks that held an attempt, as far as it says more than was seen here: a task that no reading
 * brought, or the stack of one that had none. A tool that gives up after 75 s takes the live evidence with it.
 */
export function keptEvidence(
  kept: readonly BlockingTask[],
  held: readonly HeldTask[],
  clock: HostClock,
  attempt: { number: number; direction: BlockerWrite['direction']; releasedAt: string },
): BlockerWrite[] {
  const { number, direction, releasedAt } = attempt
  const before = new Map(held.filter(({ recorded }) => recorded).map((task) => [keyOf(task), task]))
  return kept.flatMap((task) => {
    const taskStartedAt = startOf(task)
    const known = before.get(keyOf({ tid: task.tid, taskStartedAt }))
    if (known && (known.task.stack !== null || task.stack === null)) return []
    const first = clock.at(task.firstSeenAt)
    const firstSeenAt = known?.firstSeenAt ?? (first < releasedAt ? first : releasedAt)
    const seen: HeldTask = { tid: task.tid, taskStartedAt, firstSeenAt, task, recorded: true }
    return [{ number, direction, held: seen, releasedAt }]
  })
}

/** A stack that went missing is not news: the evidence we have is kept, and what it says of function and cause with it. */
function withEvidence(known: HeldTask['task'], task: HeldTask['task']): HeldTask['task'] {
  if (task.stack !== null || known.stack === null) return task
  const { stack, stackOrigin, blockingFrame } = known
  const saysLess = task.cause === 'no-permission' || task.cause === 'idle-or-hidden'
  return {
    ...task,
    stack,
    stackOrigin,
    blockingFrame,
    blockingFunction: task.blockingFunction ?? known.blockingFunction,
    cause: saysLess ? known.cause : task.cause,
  }
}

function saysTheSame(a: HeldTask['task'], b: HeldTask['task']): boolean {
  return (
    a.cause === b.cause &&
    a.state === b.state &&
    a.blockingFunction === b.blockingFunction &&
    a.waitsFor?.pid === b.waitsFor?.pid &&
    a.stack?.join() === b.stack?.join()
  )
}
