import type { BlockingTask, Direction, Remedy } from '@graftwatch/contract'

/** What the advice depends on; all of it is in the report. */
export interface RemedyContext {
  task: BlockingTask
  direction: Direction | null
  patch: string
  /** False on kernels before 5.1 and on kGraft: nothing wakes a sleeper there. */
  signalsByItself: boolean | null
}

const neverAtAll =
  'Never force the transition to get green, load the next patch over it, or use rmmod -f: the old code may still run.'

const neverKernelThread = `${neverAtAll} Signals do not reach a kernel thread.`

const stateWord: Record<string, string> = {
  R: 'running',
  S: 'asleep',
  D: 'in uninterruptible sleep',
  T: 'stopped',
  t: 'stopped by a tracer',
  I: 'idle',
  Z: 'a zombie',
}

/** Units whose restart is worse than the wait, and what to do instead. */
const unitAdvice: [RegExp, string][] = [
  [/^(systemd-journald|dbus|auditd|sshd)/, 'Do not restart this unit for the sake of a patch.'],
  [/^(libvirtd|virtqemud|qemu|machine-qemu)/, 'Migrate the guest; never restart it.'],
  [/^(multipathd|iscsid|iscsi)/, 'Look at the paths first; a restart drops them.'],
  [/^(corosync|pacemaker|ceph)/, 'Put the node into maintenance mode first, or it may be fenced.'],
  [/^(kubelet|containerd|crio|docker)/, 'Cordon and drain the node first.'],
  [
    /^(postgresql|mysqld?|mariadb|mongod|oracle|redis)/,
    'Fail over first; do not stop or continue the process.',
  ],
  [/^nfs-/, 'Mind the grace period of NFS clients before a restart.'],
]

const adviceForUnit = (unit: string | null) =>
  unit === null ? '' : (unitAdvice.find(([pattern]) => pattern.test(unit))?.[1] ?? '')

/** Whether the function just above the kernel thread's own entry is the blocking one: the loop itself is patched. */
function isOwnLoop(task: BlockingTask): boolean {
  if (task.kind !== 'kthread' || !task.stack || task.blockingFrame == null) return false
  return /^kthread\b/.test(task.stack[task.blockingFrame + 1] ?? '')
}

function kernelSays({ task, patch, direction }: RemedyContext): string {
  const who = `${task.comm} (${task.kind === 'kthread' ? 'kernel thread' : 'thread'} ${task.tid})`
  const is = task.state ? (stateWord[task.state] ?? `in state ${task.state}`) : 'not migrated'
  const where = task.blockingFunction ? ` in ${task.blockingFunction}` : ''
  const code = direction === 'unpatching' ? `the code of ${patch}` : 'the code from before the patch'
  return `${who} is ${is}${where} and still uses ${code}.`
}

type Advice = Pick<Remedy, 'meaning' | 'safeStep' | 'risk' | 'never'>

function adviseVfork(task: BlockingTask): Advice {
  const child = task.waitsFor ? `${task.waitsFor.comm} (pid ${task.waitsFor.pid})` : 'its child'
  return {
    meaning: `The parent waits for ${child}, which has neither started a program nor ended. The kernel's nudges do not reach this wait.`,
    safeStep: `Let ${child} finish, or have its owner end it; the parent then migrates by itself.`,
    risk: 'Killing the parent loses its work and is not needed.',
    never: neverAtAll,
  }
}

function adviseKernelThread(task: BlockingTask): Advice {
  if (task.comm.startsWith('kworker'))
    return {
      meaning:
        'One work item holds it, not the worker: the item sleeps in a function that is being replaced.',
      safeStep: 'Let the item end; drain or quiesce the device or driver it works for.',
      risk: 'Unloading a driver in use can take the host down.',
      never: neverKernelThread,
    }
  if (isOwnLoop(task))
    return {
      meaning:
        'The patch replaces the main loop of this kernel thread, which never returns. Waiting will not help.',
      safeStep: 'Report it to the author of the patch; plan a reboot into a kernel with the fix.',
      risk: 'Every newer patch waits behind this transition.',
      never: neverKernelThread,
    }
  if (task.cause === 'running' || task.state === 'R')
    return {
      meaning: 'The kernel thread runs all the time and gives the kernel no moment to switch it.',
      safeStep: 'Lower its load for a while: move a guest, pause a scrub or resync, then let it retry.',
      risk: 'Moving everything at once overloads the neighbors.',
      never: neverKernelThread,
    }
  return {
    meaning:
      'The kernel thread waits inside a function that is being replaced; it leaves only when its event comes.',
    safeStep: 'Find its subsystem and device; finish the I/O, end the resync, or drain the device.',
    risk: 'Unloading a driver in use can take the host down.',
    never: neverKernelThread,
  }
}

function adviseSleeper({ task, signalsByItself }: RemedyContext): Advice {
  if (/vfork/.test(`${task.blockingFunction ?? ''} ${task.stack?.join(' ') ?? ''}`)) return adviseVfork(task)
  if (task.state === 'D')
    return {
      meaning: 'It waits for a disk, a network file system or a lock. Signals and nudges do not reach it.',
      safeStep: 'Repair what it waits for; the task then leaves by itself.',
      risk: 'Stopping the unit hangs until its time-out: the service is down and the task still there.',
      never: `${neverAtAll} Do not restart a unit whose task is in state D.`,
    }
  if (task.state === 'T' || task.state === 't')
    return {
      meaning:
        'A debugger, job control or a paused container stopped it inside a function that is being replaced.',
      safeStep: 'Ask its owner to detach, continue or thaw it.',
      risk: 'Continuing it blindly resumes what someone stopped on purpose.',
      never: neverAtAll,
    }
  if (task.pid === 1)
    return {
      meaning:
        'Init itself sleeps in a function that is being replaced. It wakes whenever it has something to do.',
      safeStep:
        'Wait. Any harmless query to the service manager, such as `systemctl status`, likely wakes it.',
      risk: 'Signals to PID 1, or re-executing it under load, can take the host down.',
      never: `${neverAtAll} Never signal PID 1.`,
    }
  if (signalsByItself === false)
    return {
      meaning:
        'It sleeps in a function that is being replaced, and this kernel does not wake sleepers by itself.',
      safeStep:
        'Wait for its event: one request, one connection or one timer is enough. Else reload the service in a quiet hour.',
      risk: 'A restart drops traffic for what one event would solve.',
      never: neverAtAll,
    }
  return {
    meaning: 'It sleeps in a function that is being replaced; the kernel nudges it about every 15 s.',
    safeStep:
      'Wait two rounds of nudges (45 s). If it still holds, ask the owner of the unit for one event or a reload.',
    risk: 'A restart drops traffic for a problem of 15 s.',
    never: neverAtAll,
  }
}

/** kGraft asks only whether a task has passed a safe point since the transition began, wherever in the kernel it sleeps. */
function adviseAtBoundary(task: BlockingTask): Advice {
  if (task.kind === 'kthread')
    return {
      meaning:
        'The kernel thread has not passed the point of its loop at which kGraft switches it; it does when it next wakes.',
      safeStep: 'Find its subsystem and device, and give it work or let its work end.',
      risk: 'Every newer patch waits behind this transition.',
      never: neverKernelThread,
    }
  return {
    meaning: 'It sleeps inside the kernel; kGraft switches it when it returns to its program.',
    safeStep: 'Wait, or let its work wake it: one request to the service, or the event it waits for.',
    risk: 'Stopping and continuing it to wake it: a database or cluster node may be fenced for that.',
    never: neverAtAll,
  }
}

function advise(context: RemedyContext): Advice {
  const { task } = context
  if (task.cause === 'no-permission')
    return {
      meaning: 'The agent may not read why, so it does not guess.',
      safeStep:
        'Run `graftwatch-agent doctor` on the host; it prints the line that grants the missing right.',
      risk: 'Taking "cannot see" for "nothing there".',
      never: neverAtAll,
    }
  if (task.cause === 'idle-or-hidden')
    return {
      meaning: 'Only an idle or hidden task remains; the kernel counts it, and /proc cannot show it.',
      safeStep: 'Up to 10 s is normal. After that look at isolated CPUs and at the rights of the agent.',
      risk: 'Calling it done while a task still uses the old code.',
      never: neverAtAll,
    }
  if (task.cause === 'not-at-boundary') return adviseAtBoundary(task)
  if (task.kind === 'kthread') return adviseKernelThread(task)
  if (task.cause === 'running')
    return {
      meaning: 'It runs inside the kernel, likely in one long system call; it switches when the call ends.',
      safeStep: 'Wait; ask its owner when the job ends.',
      risk: 'Killing it loses the job.',
      never: neverAtAll,
    }
  if (task.cause === 'unreliable-stack')
    return {
      meaning: 'It sleeps outside the replaced functions, and the kernel cannot prove it from the stack.',
      safeStep: 'Look for active probes or tracers and out-of-tree modules; ask their owner to remove them.',
      risk: 'Removing the probes of security software unannounced.',
      never: neverAtAll,
    }
  return adviseSleeper(context)
}

/** What holds this task and what frees it, for people. Graftwatch describes acts and never does them. Never throws. */
export function remedyFor(context: RemedyContext): Remedy {
  const advice = advise(context)
  const unitSentence = adviceForUnit(context.task.unit)
  return {
    ...advice,
    kernelSays: kernelSays(context),
    safeStep: unitSentence ? `${advice.safeStep} ${unitSentence}` : advice.safeStep,
    check: `sudo cat /proc/${context.task.tid}/stack`,
  }
}
