import type { TaskGroup } from '@graftwatch/contract/report'
import type { TaskKind } from '@graftwatch/contract/vocabulary'
import type { PatchStateValue } from '@graftwatch/livepatch/parse/klp'
import { groupName, parseComm, parseStat, type TaskStat } from '@graftwatch/livepatch/parse/task'
import type { TaskTally } from '@graftwatch/livepatch/sample'
import { foldGroups } from '@graftwatch/livepatch/task-groups'
import { type HostFiles, ReadFailure, yieldToEvents } from './host-files.ts'

/** A thread that is not yet in the universe the transition aims for. */
export interface RemainingTask {
  pid: number
  tid: number
  isKernelThread: boolean
}

export interface TaskScan {
  tally: TaskTally
  remaining: RemainingTask[]
  groups: TaskGroup[]
  timedOut: boolean
  /** The unreadable tasks were refused, as opposed to failing in another way. */
  deniedByRights: boolean
  /** Whether /proc listed process 1, which only hiding takes away. */
  sawInit: boolean
}

/** The file that holds a task's state, and what it says in upstream's words: the universe the task is in. */
export interface TaskFlag {
  file: string
  parse(text: string): PatchStateValue | null
  /** The kernel has it for processes only: each counts as one task. */
  isPerProcess?: boolean
}

/**
 * Names of threads from scan to scan of one transition, so that each is read once: a file less for every thread that is not the
 * leader of its process. A thread that renames itself meanwhile keeps its first name here. Holds the threads of the last scan only.
 */
export class ThreadNames {
  private known = new Map<string, string>()
  private next = new Map<string, string>()

  /** The name; `read` is asked for one that is new. Null when it is gone. */
  of(pid: string, tid: string, leader: TaskStat, read: () => string | null): string | null {
    // A process that took over the number of another one began at another time.
    const key = `${pid} ${leader.startTicks} ${tid}`
    const name = this.known.get(key) ?? read()
    if (name !== null) this.next.set(key, name)
    return name
  }

  endScan(): void {
    this.known = this.next
    this.next = new Map()
  }
}

const tasksPerBatch = 500

/**
 * Reads the state of every thread in /proc, and the name and kind of each.
 *
 * By thread, since /proc/<pid>/patch_state is the one of the thread whose id is the pid: a pool's workers can be left behind
 * while their leader has moved on. Stops at `deadline` (milliseconds since the epoch) and says so. Never throws.
 */
export async function scanTasks(
  files: HostFiles,
  target: 0 | 1,
  flag: TaskFlag,
  deadline: number,
  now: () => number,
  names = new ThreadNames(),
): Promise<TaskScan> {
  const scan = new Scan(files, target, flag, names)
  const entries = files.list('proc')
  const pids = entries instanceof ReadFailure ? [] : entries.filter((name) => /^\d+$/.test(name))
  let timedOut = false
  let visited = 0
  scanning: for (const pid of pids) {
    // By thread and not by process: one process can hold most of the host's threads.
    for (const _thread of scan.process(pid)) {
      if (++visited % tasksPerBatch !== 0) continue
      await yieldToEvents()
      timedOut = now() > deadline
      if (timedOut) break scanning
    }
  }
  names.endScan()
  const { tally, remaining, deniedByRights } = scan
  return {
    tally,
    remaining,
    deniedByRights,
    timedOut,
    groups: scan.foldGroups(),
    sawInit: pids.includes('1'),
  }
}

class Scan {
  readonly tally: TaskTally = {
    listed: 0,
    patched: 0,
    original: 0,
    outside: 0,
    unreadable: 0,
    kthreadsPatched: 0,
    kthreadsOriginal: 0,
  }
  readonly remaining: RemainingTask[] = []
  deniedByRights = true
  private readonly groups = new Map<string, TaskGroup>()
  private readonly files: HostFiles
  private readonly target: 0 | 1
  private readonly flag: TaskFlag
  private readonly names: ThreadNames

  constructor(files: HostFiles, target: 0 | 1, flag: TaskFlag, names: ThreadNames) {
    this.files = files
    this.target = target
    this.flag = flag
    this.names = names
  }

  /** Counts the threads of a process, and yields after each. */
  *process(pid: string): Generator<void> {
    if (this.flag.isPerProcess) {
      yield this.thread(pid, pid, `proc/${pid}`, this.stat(`proc/${pid}`))
      return
    }
    // Of the thread, since the process's own `stat` adds up all its threads. Most have
    // one and `stat` says so, which spares them the listing.
    const path = `proc/${pid}/task/${pid}`
    const leader = this.stat(path)
    if (leader?.threads === 1) {
      yield this.thread(pid, pid, path, leader)
      return
    }
    const threads = this.files.list(`proc/${pid}/task`)
    if (threads instanceof ReadFailure) {
      yield this.thread(pid, pid, `proc/${pid}`, this.stat(`proc/${pid}`))
      return
    }
    for (const tid of threads) yield this.thread(pid, tid, `proc/${pid}/task/${tid}`, leader)
  }

  private thread(pid: string, tid: string, path: string, leader: TaskStat | null): void {
    const text = this.files.readTaskFile(`${path}/${this.flag.file}`)
    const value = typeof text === 'string' ? this.flag.parse(text) : null
    if (value === null) {
      this.unreadable(path, typeof text === 'string' ? null : text)
      return
    }
    const task = tid === pid ? leader : this.worker(pid, tid, path, leader)
    // Gone between the two reads: it belongs to no count.
    if (!task) return
    this.tally.listed++
    if (value === -1) {
      this.tally.outside++
      return
    }
    const { comm, isKernelThread } = task
    this.count(value, isKernelThread)
    const isRemaining = value !== this.target
    if (isRemaining) this.remaining.push({ pid: Number(pid), tid: Number(tid), isKernelThread })
    this.group(groupName(comm, isKernelThread), isKernelThread ? 'kthread' : 'user', isRemaining)
  }

  private stat(path: string): TaskStat | null {
    const text = this.files.readTaskFile(`${path}/stat`)
    return typeof text === 'string' ? parseStat(text) : null
  }

  /** A thread has a name of its own and the kind of its process, and `comm` is cheaper than its `stat`. */
  private worker(
    pid: string,
    tid: string,
    path: string,
    leader: TaskStat | null,
  ): Pick<TaskStat, 'comm' | 'isKernelThread'> | null {
    const comm = leader && this.names.of(pid, tid, leader, () => this.comm(path))
    return leader && comm !== null ? { comm, isKernelThread: leader.isKernelThread } : this.stat(path)
  }

  private comm(path: string): string | null {
    const text = this.files.readTaskFile(`${path}/comm`)
    return typeof text === 'string' ? parseComm(text) : null
  }

  /** A task without a readable state still counts as listed if it is there at all. */
  private unreadable(path: string, failure: ReadFailure | null): void {
    if (failure?.isGone && !this.files.exists(`${path}/stat`)) return
    this.tally.listed++
    this.tally.unreadable++
    if (!failure?.isDenied && !failure?.isGone) this.deniedByRights = false
  }

  private count(value: 0 | 1, isKernelThread: boolean): void {
    if (value === 1) this.tally.patched++
    else this.tally.original++
    if (!isKernelThread) return
    if (value === 1) this.tally.kthreadsPatched++
    else this.tally.kthreadsOriginal++
  }

  private group(comm: string, kind: TaskKind, isRemaining: boolean): void {
    const key = `${kind} ${comm}`
    const group = this.groups.get(key)
    if (group) {
      group.total++
      if (isRemaining) group.remaining++
    } else this.groups.set(key, { comm, kind, total: 1, remaining: isRemaining ? 1 : 0 })
  }

  foldGroups(): TaskGroup[] {
    return foldGroups(this.groups.values())
  }
}
