import type { ProcessSpec } from './task.ts'

/** Kernel threads every machine has, then those of each CPU; names as a real 6.1 kernel shows them. */
const kernelThreads = (cpus: number): ProcessSpec[] => {
  const once = [
    'kthreadd',
    'rcu_gp',
    'rcu_par_gp',
    'slub_flushwq',
    'netns',
    'mm_percpu_wq',
    'rcu_tasks_kthread',
    'rcu_tasks_rude_kthread',
    'rcu_tasks_trace_kthread',
    'rcu_preempt',
    'kdevtmpfs',
    'inet_frag_wq',
    'kauditd',
    'khungtaskd',
    'oom_reaper',
    'writeback',
    'kcompactd0',
    'ksmd',
    'khugepaged',
    'kintegrityd',
    'kblockd',
    'blkcg_punt_bio',
    'kswapd0',
    'kthrotld',
    'mld',
    'ipv6_addrconf',
    'kstrp',
  ]
  const perCpu = Array.from({ length: cpus }, (_, cpu) => [
    `cpuhp/${cpu}`,
    `migration/${cpu}`,
    `ksoftirqd/${cpu}`,
    `kworker/${cpu}:0-events`,
    `kworker/${cpu}:0H-events_highpri`,
  ])
  return [...once, ...perCpu.flat()].map((comm) => ({ comm, kind: 'kthread' }))
}

const service = (comm: string, threads: readonly string[] = []): ProcessSpec => ({
  comm,
  unit: `${comm}.service`,
  threads,
})

const baseServices: readonly ProcessSpec[] = [
  service('systemd-journald'),
  service('systemd-udevd'),
  service('auditd', ['auditd']),
  service('dbus-daemon'),
  service('systemd-logind'),
  service('chronyd'),
  service('sshd'),
  service('cron'),
  service('rsyslogd', ['in:imuxsock', 'in:imklog', 'rs:main Q:Reg']),
]

/**
 * The processes of a machine: init, kernel threads, the usual services, its own `workload`, and then `filler` processes until
 * there are exactly `total` tasks; a total the rest already passes adds none.
 */
export const populate = (machine: {
  readonly cpus: number
  readonly total: number
  readonly workload: readonly ProcessSpec[]
  readonly filler: ProcessSpec
}): ProcessSpec[] => {
  const init: ProcessSpec = { comm: 'systemd', unit: 'init.scope' }
  const processes = [init, ...kernelThreads(machine.cpus), ...baseServices, ...machine.workload]
  const threads = processes.reduce((sum, process) => sum + 1 + (process.threads?.length ?? 0), 0)
  for (let missing = machine.total - threads; missing > 0; missing -= 1) processes.push(machine.filler)
  return processes
}
