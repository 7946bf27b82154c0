import { parseHidepid } from '@graftwatch/livepatch/parse/host'
import { parseStat } from '@graftwatch/livepatch/parse/task'
import type { HostFiles } from './host-files.ts'
import type { TaskScan } from './task-scan.ts'

/** What stands between this reader and the tasks of the whole host. */

/** The pid namespace that a kernel makes first. Source: include/linux/proc_ns.h, PROC_PID_INIT_INO. */
const initPidNamespace = 'pid:[4026531836]'

/** hidepid is no obstacle to readers with CAP_SYS_PTRACE or in its group; those see process 1 and can read every task. */
export function hidesProcesses(files: HostFiles, scan: TaskScan): boolean {
  const mounts = files.text('proc/self/mountinfo') ?? files.text('proc/mounts')
  if (mounts === null || parseHidepid(mounts) !== true) return false
  return !scan.sawInit || scan.tally.unreadable > 0
}

/** Process 2 is kthreadd in the initial namespace. Where neither is readable nothing is claimed. */
export function isInPidNamespace(files: HostFiles): boolean {
  const namespace = files.link('proc/self/ns/pid')
  if (namespace !== null) return namespace !== initPidNamespace
  const second = parseStat(files.text('proc/2/stat', 4096) ?? '')
  return second !== null && !second.isKernelThread
}
