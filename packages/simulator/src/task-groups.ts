import type { TaskGroup, TaskKind } from '@graftwatch/contract'
import { groupName } from '@graftwatch/livepatch/parse/task'
import type { Task } from './task.ts'
import type { Transition } from './transition-engine.ts'

/** As many groups as a report may carry. */
const groupLimit = 200

/**
 * Threads by command name and kind, named as the real agent names them: those with remaining ones first, then the largest. Beyond
 * 200 groups the smallest become `other` of their kind, so that the sums stay those of the host.
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
  const ranked = [...groups.values()].sort(
    (a, b) => b.remaining - a.remaining || b.total - a.total || (a.comm < b.comm ? -1 : 1),
  )
  if (ranked.length <= groupLimit) return ranked
  const kinds: TaskKind[] = ['user', 'kthread']
  const kept = ranked.slice(0, groupLimit - kinds.length)
  const rest = ranked.slice(groupLimit - kinds.length)
  for (const kind of kinds) {
    const folded = rest.filter((group) => group.kind === kind)
    if (folded.length === 0) continue
    const sum = (key: 'total' | 'remaining') => folded.reduce((total, group) => total + group[key], 0)
    kept.push({ comm: 'other', kind, total: sum('total'), remaining: sum('remaining') })
  }
  return kept
}
