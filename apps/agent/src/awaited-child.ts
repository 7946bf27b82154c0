import type { BlockingTask } from '@graftwatch/contract/report'
import { parseChildren, parseStat, type StackFrame, type TaskStat } from '@graftwatch/livepatch/parse/task'
import { type HostFiles, ReadFailure } from './host-files.ts'
import type { RemainingTask } from './task-scan.ts'

/** A frame that says that the task waits for a child: to exit, or after vfork to exec. */
const waitsForChild = /vfork|^do_wait$|^kernel_clone$/

/**
 * The child a blocked task waits for; null when its stack does not say that it waits for one, or it is not clear which.
 *
 * After vfork that is the youngest child, since its parent cannot make another before it goes on. In wait it can be any of
 * them, so only an only child is named. Never throws.
 */
export function findAwaited(
  files: HostFiles,
  task: RemainingTask,
  frames: readonly StackFrame[],
): BlockingTask['waitsFor'] {
  const waits = frames.filter((frame) => waitsForChild.test(frame.symbol))
  if (task.isKernelThread || waits.length === 0) return null
  const children = childrenOf(files, task)
  const isVfork = waits.some((frame) => frame.symbol !== 'do_wait')
  if (!isVfork && children.length > 1) return null
  const child = children.sort((a, b) => b.startTicks - a.startTicks || b.tid - a.tid)[0]
  return child ? { pid: child.tid, comm: child.comm } : null
}

function childrenOf(files: HostFiles, task: RemainingTask): TaskStat[] {
  const listed = files.text(`proc/${task.pid}/task/${task.tid}/children`)
  if (listed !== null) return parseChildren(listed).flatMap((pid) => statOf(files, pid))
  // Kernels built without CONFIG_PROC_CHILDREN: whoever names this process as parent.
  const entries = files.list('proc')
  if (entries instanceof ReadFailure) return []
  return entries
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => statOf(files, Number(pid)))
    .filter((stat) => stat.parentPid === task.pid)
}

function statOf(files: HostFiles, pid: number): TaskStat[] {
  const stat = parseStat(files.text(`proc/${pid}/stat`, 4096) ?? '')
  return stat ? [stat] : []
}
