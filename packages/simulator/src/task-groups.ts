import type { TaskGroup } from '@graftwatch/contract'
import { groupName } from '@graftwatch/livepatch/parse/task'
import { foldGroups } from '@graftwatch/livepatch/task-groups'
import type { Task } from './task.ts'
import type { Transition } from './transition-engine.ts'

/**
 * Threads by command name and kind, named and folded as the real agent does it.
 */
export const groupTasks = (tasks: Iterable<Task>, transition: Transition): TaskGroup[] => {
  const groups = new Map<string, TaskGroup>()
  for (const task of tasks) {
    const comm = groupName(task.comm, task.kind === 'kthread')
    const key = `${task.kind} ${comm}`
    const group = groups.get(key) ?? { comm, kind: task.kind, total: 0, remaining: 0 }
    group.total += 1
    if (task.patchState !== transition.target) group.remaining += 1
    groups.set(key, group)
  }
  return foldGroups(groups.values())
}
