import type { KernelModel } from '../kernel-model.ts'
import { type StackSpec, stacks } from '../stacks.ts'
import type { Task } from '../task.ts'

const findTask = (kernel: KernelModel, comm: string): Task => {
  for (const task of kernel.tasks.values()) if (task.comm === comm) return task
  throw new RangeError(`${kernel.profile.hostname} has no task named ${comm}`)
}

/** `parent` calls vfork: it waits, uninterruptible, for the child this makes. */
export const startVfork = (kernel: KernelModel, parent: string, child: string): void => {
  const { tid } = findTask(kernel, parent)
  const waitsFor = kernel.fork(tid, { comm: child })
  kernel.hold(tid, { kind: 'vfork', function: '__x64_sys_vfork', stack: stacks.vfork, waitsFor })
}

/** The child `parent` waits for in vfork ends. */
export const endVfork = (kernel: KernelModel, parent: string): void => {
  const child = findTask(kernel, parent).hold?.waitsFor
  if (child !== undefined) kernel.exit(child)
}

/** Every task of this name never leaves its CPU when the kernel looks. */
export const keepRunning = (kernel: KernelModel, comm: string): void => {
  for (const task of kernel.tasks.values()) {
    if (task.comm === comm) kernel.hold(task.tid, { kind: 'running', function: null, stack: null })
  }
}

/** The task of this name is held in `functionName` until its event comes, or for ever in its own loop. */
export const stayIn = (
  kernel: KernelModel,
  comm: string,
  kind: 'uninterruptible' | 'ownLoop',
  functionName: string,
  stack: StackSpec,
): void => kernel.hold(findTask(kernel, comm).tid, { kind, function: functionName, stack })

/** The task of this name sleeps in the kernel and does not come by the point where kGraft would switch it. */
export const stayAtBoundary = (kernel: KernelModel, comm: string, stack: StackSpec): void =>
  kernel.hold(findTask(kernel, comm).tid, { kind: 'boundary', function: null, stack })

/** What held the tasks of this name is over. */
export const free = (kernel: KernelModel, comm: string): void => {
  for (const { tid, comm: name, hold } of kernel.tasks.values())
    if (name === comm && hold !== null) kernel.release(tid)
}

/** Every task of this name sleeps interruptibly in `functionName`. */
export const sleepIn = (kernel: KernelModel, comm: string, functionName: string, stack: StackSpec): void => {
  for (const task of kernel.tasks.values()) {
    if (task.comm === comm) kernel.hold(task.tid, { kind: 'interruptible', function: functionName, stack })
  }
}

/** An event wakes the task; it comes back to the same sleep, now in the code it then runs. */
export const wakeOnce = (kernel: KernelModel, comm: string): void => {
  const { tid, hold } = findTask(kernel, comm)
  kernel.release(tid)
  if (hold !== null) kernel.hold(tid, hold)
}
