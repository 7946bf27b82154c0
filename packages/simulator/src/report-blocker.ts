import type { BlockerCause, BlockingTask } from '@graftwatch/contract'
import { iso } from './instant.ts'
import type { KernelModel } from './kernel-model.ts'
import { stateLetter, type Task } from './task.ts'

/** How long after a task began to hold the agent's next reading finds it. */
const firstSightMs = 2_000

/** A task that has not migrated, with the evidence this agent's level may read: without stacks no cause is claimed. */
export const reportBlocker = (task: Task, kernel: KernelModel): BlockingTask => {
  const { hold } = task
  const child = hold?.waitsFor === undefined ? undefined : kernel.tasks.get(hold.waitsFor)
  const mayReadStacks = kernel.profile.agentLevel !== 'progress'
  const stack = mayReadStacks ? (hold?.stack ?? null) : null
  return {
    pid: task.pid,
    tid: task.tid,
    comm: task.comm,
    kind: task.kind,
    state: stateLetter(task),
    cause: causeOf(task, mayReadStacks),
    waitChannel: stack?.waitChannel ?? null,
    blockingFunction: stack === null ? null : (hold?.function ?? null),
    blockingFrame: stack?.blockingFrame ?? null,
    stack: stack === null ? null : [...stack.frames],
    stackOrigin: stack?.origin ?? null,
    waitsFor: child === undefined ? null : { pid: child.pid, comm: child.comm },
    unit: task.unit,
    taskStartedAt: iso(task.startedAt),
    firstSeenAt: iso(Math.min(kernel.now, (task.pendingSince ?? kernel.now) + firstSightMs)),
  }
}

const causeOf = ({ hold }: Task, mayReadStacks: boolean): BlockerCause => {
  if (hold === null || hold.kind === 'running') return 'running'
  if (!mayReadStacks) return 'no-permission'
  return hold.kind === 'boundary' ? 'not-at-boundary' : 'sleeping-in-patched-function'
}
