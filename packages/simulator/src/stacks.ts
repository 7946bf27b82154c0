import type { StackOrigin } from '@graftwatch/contract'

/** What a sleeping task shows: its stack, the channel it waits on, and the frame a patch recognizes it by. */
export interface StackSpec {
  /** Innermost first, as reports carry them. */
  readonly frames: readonly string[]
  /** Index of the frame that is the patched function; null where where it sleeps does not matter. */
  readonly blockingFrame: number | null
  readonly waitChannel: string | null
  readonly origin: StackOrigin
}

/**
 * Stacks of tasks that hold a transition. `captured` ones were read from a real 6.1 kernel under real patches; `constructed`
 * ones follow the source of the kernel they are shown for and say so in the report.
 */
export const stacks = {
  /** Parent in vfork, uninterruptible until its child has called exec or exited. sysfs names it __x64_sys_vfork. */
  vfork: {
    frames: ['kernel_clone', '__do_sys_vfork', 'do_syscall_64', 'entry_SYSCALL_64_after_hwframe'],
    blockingFrame: 1,
    waitChannel: 'kernel_clone',
    origin: 'captured',
  },
  /** Interruptible sleeper in pause(2), as leader and as thread. sysfs names it __x64_sys_pause. */
  pause: {
    frames: ['__do_sys_pause', 'do_syscall_64', 'entry_SYSCALL_64_after_hwframe'],
    blockingFrame: 0,
    waitChannel: '__do_sys_pause',
    origin: 'captured',
  },
  /** Kernel thread that waits in a function of its own module. */
  kthreadWait: {
    frames: ['klp_lab_flush_wait [klp_lab_dev]', 'klp_lab_flush [klp_lab_dev]', 'kthread', 'ret_from_fork'],
    blockingFrame: 0,
    waitChannel: 'klp_lab_flush_wait',
    origin: 'captured',
  },
  /** One work item that sleeps; the worker is not the cause, the work function is. */
  workItem: {
    frames: [
      'msleep',
      'busymod_work_func [test_klp_callbacks_busy]',
      'process_one_work',
      'worker_thread',
      'kthread',
      'ret_from_fork',
    ],
    blockingFrame: 1,
    waitChannel: 'msleep',
    origin: 'captured',
  },
  /** Init asleep in epoll on 4.15. No wait channel: with that era's unwinder it reads 0. */
  epoll: {
    frames: ['ep_poll', 'SyS_epoll_wait', 'do_syscall_64', 'entry_SYSCALL_64_after_hwframe'],
    blockingFrame: 0,
    waitChannel: null,
    origin: 'constructed',
  },
  /** Sender on 6.8 that waits for a socket another task of its process has locked. */
  socketLock: {
    frames: [
      '__lock_sock',
      'lock_sock_nested',
      'tcp_sendmsg',
      'inet_sendmsg',
      'sock_write_iter',
      'vfs_write',
      'ksys_write',
      'do_syscall_64',
      'entry_SYSCALL_64_after_hwframe',
    ],
    blockingFrame: 2,
    waitChannel: '__lock_sock',
    origin: 'constructed',
  },
  /** Writer on 6.4 to a pipe that nobody reads, asleep under a lock it holds. */
  pipeWrite: {
    frames: ['pipe_write', 'vfs_write', 'ksys_write', 'do_syscall_64', 'entry_SYSCALL_64_after_hwframe'],
    blockingFrame: 0,
    waitChannel: 'pipe_write',
    origin: 'constructed',
  },
  /** Work item of nf_tables on 6.12 that waits for a grace period; commits of every network namespace wait behind it. */
  nftablesDestroy: {
    frames: [
      '__wait_rcu_gp',
      'synchronize_rcu',
      'nf_tables_trans_destroy_work [nf_tables]',
      'process_one_work',
      'worker_thread',
      'kthread',
      'ret_from_fork',
      'ret_from_fork_asm',
    ],
    blockingFrame: 2,
    waitChannel: '__wait_rcu_gp',
    origin: 'constructed',
  },
  /** nft on 6.12, in a batch that waits for the commit mutex. */
  nftablesBatch: {
    frames: [
      '__mutex_lock',
      'nf_tables_valid_genid [nf_tables]',
      'nfnetlink_rcv_batch [nfnetlink]',
      'nfnetlink_rcv [nfnetlink]',
      'netlink_unicast',
      'netlink_sendmsg',
      '____sys_sendmsg',
      '___sys_sendmsg',
      '__sys_sendmsg',
      'do_syscall_64',
      'entry_SYSCALL_64_after_hwframe',
    ],
    blockingFrame: 1,
    waitChannel: '__mutex_lock',
    origin: 'constructed',
  },
  /** Kernel thread whose own loop is patched: it never returns from it. */
  ownLoop: {
    frames: ['khugepaged', 'kthread', 'ret_from_fork'],
    blockingFrame: 0,
    waitChannel: 'khugepaged',
    origin: 'constructed',
  },
  /** The thread that feeds entropy on 4.12, asleep until some is wanted. */
  entropyFeeder: {
    frames: ['add_hwgenerator_randomness', 'hwrng_fillfn', 'kthread', 'ret_from_fork'],
    blockingFrame: null,
    waitChannel: 'add_hwgenerator_randomness',
    origin: 'constructed',
  },
} as const satisfies Record<string, StackSpec>
