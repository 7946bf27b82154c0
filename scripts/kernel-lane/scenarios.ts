import type { HostDetail } from '@graftwatch/contract/api/host'
import { check, type Lane } from './lane.ts'

/** What happens in the guest, and what the host's page must then say. In order: each leaves the kernel as it found it. */
export interface Scenario {
  name: string
  run(lane: Lane): Promise<void>
}

const isIn = (host: HostDetail, state: HostDetail['status']['state'], reason?: string): boolean =>
  host.status.state === state && (reason === undefined || host.status.reason === reason)
const patchOf = (host: HostDetail, name: string) => host.patches.find((patch) => patch.name === name)
const isApplied = (host: HostDetail, name: string): boolean =>
  isIn(host, 'migrated') && host.transition === null && patchOf(host, name)?.state === 'applied'
const isGone = (host: HostDetail, name: string): boolean => patchOf(host, name) === undefined
/** The newest attempt at this patch. */
const attemptOf = (host: HostDetail, name: string) => host.attempts.find(({ patch }) => patch === name)

const releaseKthread = 'echo 0 > /sys/module/lab_target/parameters/hold_kthread'
const releaseRead = 'echo 0 > /sys/module/lab_target/parameters/hold_read'
const releaseFixedRead = 'echo 0 > /sys/module/lab_fix_read/parameters/hold'

export const scenarios: readonly Scenario[] = [
  {
    name: 'none: a kernel that can and has no patch',
    async run(lane) {
      const host = await lane.until('the first report', ({ kernel }) => kernel !== null, 90)
      check(isIn(host, 'notDue', 'noneKnown'), 'nothing is due', host.status)
      check(host.patches.length === 0 && host.transition === null, 'no patch, no transition')
      check(host.agent?.level === 'causes', 'root may read causes', host.agent)
      const klp = host.sources.find(({ name }) => name === 'klp')
      check(klp?.status === 'ok', 'klp is there', klp)
      check(
        (await lane.guest.tryRun('dmesg | grep -q "livepatch: enabling"')) === null,
        'nor has the kernel one',
      )
    },
  },
  {
    name: "applied: the kernel's sample patch",
    async run(lane) {
      await lane.load('livepatch-sample')
      const host = await lane.until(
        'migrated, with the attempt',
        (now) =>
          isApplied(now, 'livepatch_sample') && attemptOf(now, 'livepatch_sample')?.outcome === 'completed',
      )
      const attempt = attemptOf(host, 'livepatch_sample')
      check(attempt?.startedAtSource === 'kernel-log', 'the start is the one of the kernel log', attempt)
      const functions = patchOf(host, 'livepatch_sample')?.objects[0]?.functions.map(({ name }) => name)
      check(functions?.join() === 'cmdline_proc_show', 'the function is named', functions)
      await lane.checkLogged(
        "enabling patch 'livepatch_sample'",
        "'livepatch_sample': starting patching transition",
        "'livepatch_sample': patching complete",
      )
      await lane.unload('livepatch_sample')
      await lane.until('unpatched', (now) => isIn(now, 'unpatched') && isGone(now, 'livepatch_sample'))
    },
  },
  {
    name: 'stuck on a thread that is not the leader, in vfork',
    async run(lane) {
      const pid = Number(await lane.start('vfork_thread'))
      const tid = Number(await lane.guest.run('usleep 500000; cat /tmp/said'))
      check(tid > 0 && tid !== pid, 'a thread of its own', { pid, tid })
      // Two minutes unless somebody says otherwise; the lane has none to spare.
      await lane.stuckAfter(30)
      await lane.load('lab_fix_vfork')
      const { task, transition } = await lane.untilHeld('held in vfork', 'lab_fix_vfork', '__x64_sys_vfork')
      check(task.tid === tid && task.pid === pid, 'the thread, not the leader', task)
      check(task.comm === 'lab-worker' && task.kind === 'user', 'its own name', task)
      check(task.cause === 'sleeping-in-patched-function', 'asleep in the patched function', task.cause)
      check(task.waitsFor?.comm === 'lab-worker', 'the child it waits for', task.waitsFor)
      check(transition.direction === 'patching' && transition.confidence === 'full', 'patching', transition)
      await lane.until('stuck', (now) => isIn(now, 'stuck'), 90)
      await lane.guest.run(`kill -9 ${task.waitsFor?.pid}`)
      await lane.until('freed', (now) => isApplied(now, 'lab_fix_vfork'))
      await lane.unload('lab_fix_vfork')
    },
  },
  {
    name: 'held by a kernel thread',
    async run(lane) {
      await lane.load('lab_target', 'hold_kthread=1')
      await lane.load('lab_fix_kthread')
      const { task, transition } = await lane.untilHeld('held', 'lab_fix_kthread', 'lab_kthread_wait')
      check(task.comm === 'lab-kthread' && task.kind === 'kthread', 'the kernel thread', task)
      check(transition.tasks.kthreadsRemaining === 1, 'counted as one', transition.tasks)
      await lane.guest.run(releaseKthread)
      await lane.until('freed', (now) => isApplied(now, 'lab_fix_kthread'))
      await lane.unload('lab_fix_kthread')
    },
  },
  {
    name: 'reversed twice, and held by an uninterruptible read each time',
    async run(lane) {
      await lane.guest.run('echo 1 > /sys/module/lab_target/parameters/hold_read')
      const old = await lane.startReader()
      await lane.load('lab_fix_read', 'hold=1')
      const held = await lane.untilHeld('held in the old function', 'lab_fix_read', 'lab_read_wait')
      check(held.task.tid === old && held.task.state === 'D', 'the reader, in state D', held.task)
      // Born of a shell that has migrated, so in the new function.
      const young = await lane.startReader()
      await lane.disable('lab_fix_read')
      const back = await lane.until(
        'held in the new function',
        ({ transition }) => transition?.direction === 'unpatching' && transition.blocking[0]?.tid === young,
      )
      check(isIn(back, 'reverting') || isIn(back, 'stuck'), 'on its way back', back.status)
      await lane.checkHeldBy(young, 'lab_read_wait')
      await lane.guest.run('echo 1 > /sys/kernel/livepatch/lab_fix_read/enabled')
      await lane.until(
        'held in the old function again',
        ({ transition }) => transition?.direction === 'patching' && transition.blocking[0]?.tid === old,
      )
      await lane.checkHeldBy(old, 'lab_read_wait')
      await lane.guest.run(`${releaseRead}; ${releaseFixedRead}`)
      const done = await lane.until('freed', (now) => isApplied(now, 'lab_fix_read'))
      const attempt = attemptOf(done, 'lab_fix_read')
      check(
        attempt?.outcome === 'completed' && attempt.direction === 'patching',
        'one attempt, completed',
        attempt,
      )
      const reversals = (await lane.eventKinds()).filter((kind) => kind === 'transition-reversed')
      check(reversals.length === 2, 'two reversals in its history', reversals.length)
    },
  },
  {
    name: 'un-patching, held in the function that goes',
    async run(lane) {
      await lane.guest.run('echo 1 > /sys/module/lab_fix_read/parameters/hold')
      const reader = await lane.startReader()
      await lane.disable('lab_fix_read')
      const { task, transition, host } = await lane.untilHeld('held', 'lab_fix_read', 'lab_read_wait')
      check(transition.direction === 'unpatching', 'un-patching', transition.direction)
      check(task.tid === reader && task.state === 'D', 'the reader', task)
      const frame = task.stack?.[task.blockingFrame ?? -1]
      check(frame === 'lab_read_wait_fixed [lab_fix_read]', "the patch's own function", frame)
      check(isIn(host, 'reverting') || isIn(host, 'stuck'), 'on its way back', host.status)
      await lane.guest.run(releaseFixedRead)
      await lane.remove('lab_fix_read')
      const done = await lane.until(
        'unpatched',
        (now) => isIn(now, 'unpatched') && isGone(now, 'lab_fix_read'),
      )
      const attempt = attemptOf(done, 'lab_fix_read')
      check(attempt?.direction === 'unpatching' && attempt.outcome === 'completed', 'the attempt', attempt)
    },
  },
  {
    name: "stacked: two of the kernel's self-test patches",
    async run(lane) {
      await lane.load('test_klp_livepatch')
      await lane.load('test_klp_atomic_replace', 'replace=0')
      await lane.until(
        'both applied',
        (now) => isApplied(now, 'test_klp_livepatch') && isApplied(now, 'test_klp_atomic_replace'),
      )
      await lane.checkLogged(
        "'test_klp_livepatch': patching complete",
        "'test_klp_atomic_replace': patching complete",
      )
      await lane.unload('test_klp_atomic_replace')
      const host = await lane.until('one left', (now) => isGone(now, 'test_klp_atomic_replace'))
      check(isApplied(host, 'test_klp_livepatch'), 'still migrated', host.status)
    },
  },
  {
    name: 'replaced: all that was there is left over',
    async run(lane) {
      await lane.load('test_klp_atomic_replace', 'replace=1')
      const host = await lane.until(
        'replaced',
        (now) =>
          isApplied(now, 'test_klp_atomic_replace') &&
          patchOf(now, 'test_klp_livepatch')?.state === 'leftover',
      )
      const left = patchOf(host, 'test_klp_livepatch')?.left
      check(left?.replacedBy === 'test_klp_atomic_replace', 'and by what', left)
      await lane.checkLogged(
        "'test_klp_atomic_replace': unpatching complete",
        "'test_klp_atomic_replace': patching complete",
      )
      check(
        (await lane.guest.tryRun('test -d /sys/kernel/livepatch/test_klp_livepatch')) === null,
        'sysfs agrees',
      )
      await lane.guest.run('rmmod test_klp_livepatch')
      await lane.unload('test_klp_atomic_replace')
    },
  },
  {
    name: 'the module it patches is absent, then loaded',
    async run(lane) {
      await lane.load('livepatch-shadow-fix1')
      await lane.until(
        'waits for its module',
        (now) => isApplied(now, 'livepatch_shadow_fix1') && now.status.flags.includes('waitingForModule'),
      )
      await lane.load('livepatch-shadow-mod')
      const host = await lane.until(
        'patched at load',
        (now) => isApplied(now, 'livepatch_shadow_fix1') && !now.status.flags.includes('waitingForModule'),
        90,
      )
      const [object] = patchOf(host, 'livepatch_shadow_fix1')?.objects ?? []
      check(object?.name === 'livepatch_shadow_mod' && object.loaded === true, 'the module', object)
      check((await lane.eventKinds()).includes('module-patched'), 'its history says so')
      await lane.checkLogged(
        "applying patch 'livepatch_shadow_fix1' to loading module 'livepatch_shadow_mod'",
      )
      await lane.unload('livepatch_shadow_fix1')
      await lane.guest.run('rmmod livepatch_shadow_mod')
    },
  },
  {
    name: 'forced while a read held it',
    async run(lane) {
      await lane.guest.run('echo 1 > /sys/module/lab_target/parameters/hold_read')
      await lane.startReader()
      await lane.load('lab_fix_read')
      await lane.untilHeld('held', 'lab_fix_read', 'lab_read_wait')
      await lane.guest.run('echo 1 > /sys/kernel/livepatch/lab_fix_read/force')
      const host = await lane.until(
        'forced',
        (now) => isApplied(now, 'lab_fix_read') && now.status.flags.includes('forced'),
      )
      check(patchOf(host, 'lab_fix_read')?.forced === true, 'the patch says so')
      await lane.checkLogged(
        'forcing remaining tasks to the patched state',
        "'lab_fix_read': patching complete",
      )
      check(attemptOf(host, 'lab_fix_read')?.outcome === 'forced', 'so does the attempt')
    },
  },
]
