import { expect, test } from 'vitest'
import { parseLoadFailure, parseLogLine, parseLogMessage, parseTrouble } from './kernel-log.ts'

test('records of /dev/kmsg and lines of dmesg say the same', () => {
  expect(parseLogLine("5,412,8326767,-;livepatch: 'p': starting patching transition")).toEqual({
    sequence: 412,
    microseconds: 8326767,
    message: "livepatch: 'p': starting patching transition",
  })
  expect(parseLogLine("[    8.326767] livepatch: 'p': starting patching transition")).toEqual({
    sequence: null,
    microseconds: 8326767,
    message: "livepatch: 'p': starting patching transition",
  })
})

test('continuation lines of a record and other text are no log lines', () => {
  expect([' SUBSYSTEM=cpu', '', 'hello'].map(parseLogLine)).toEqual([null, null, null])
})

test.each([
  ["enabling patch 'p'", 'patch-enabling', 'p', null],
  ["'p': starting patching transition", 'transition-started', 'p', 'patching'],
  ["'p': starting unpatching transition", 'transition-started', 'p', 'unpatching'],
  ["'p': patching complete", 'transition-completed', 'p', 'patching'],
  ["'p': unpatching complete", 'transition-completed', 'p', 'unpatching'],
  ['signaling remaining tasks', 'tasks-signaled', null, null],
  ['forcing remaining tasks to the patched state', 'forced', null, null],
  ["failed to enable patch 'p'", 'load-failed', 'p', null],
  ["applying patch 'p' to loading module 'm'", 'module-patched', 'p', null],
  ["reverting patch 'p' on unloading module 'm'", 'module-unpatched', 'p', null],
])('%s', (message, kind, patch, direction) => {
  expect(parseLogMessage(`livepatch: ${message}`)).toEqual({ mechanism: 'klp', kind, patch, direction })
})

test.each([
  ["kgr: applying patch 'kgraft-patch-3'", 'transition-started', 'kgraft-patch-3', 'patching'],
  ["kgr: reverting patch 'kgraft-patch-3'", 'transition-started', 'kgraft-patch-3', 'unpatching'],
  ['kgr: patching failed. Previous state was recovered.', 'load-failed', null, null],
  ["kgr: all processes marked as migrated on admin's request", 'forced', null, null],
  ['kgr succeeded', 'transition-completed', null, null],
])('%s', (message, kind, patch, direction) => {
  expect(parseLogMessage(message)).toEqual({ mechanism: 'kgraft', kind, patch, direction })
})

test('a second kGraft patch that has to wait says nothing of the first', () => {
  expect(parseLogMessage("kgr: can't patch, another patching not yet finalized")).toBeNull()
  expect(parseLogMessage('kgr still in progress after timeout, will keep trying every 2 seconds')).toBeNull()
})

test('what kpatch.ko refuses it does not name', () => {
  expect(parseLogMessage('kpatch: activeness safety check failed for tcp_send_ack')).toEqual({
    mechanism: 'kpatch-core',
    kind: 'load-failed',
    patch: null,
    direction: null,
  })
})

test('debug messages and those of other subsystems say nothing', () => {
  expect(parseLogMessage('livepatch: klp_try_switch_task: billing:170 is running')).toBeNull()
  expect(parseLogMessage("enabling patch 'p'")).toBeNull()
})

test('what a program wrote into the kernel’s log is not the kernel’s word', () => {
  const forged = "livepatch: 'p': patching complete"
  expect(parseLogLine(`12,413,8326767,-;${forged}`)).toBeNull()
  expect(parseLogLine(`<12>[    8.326767] ${forged}`)).toBeNull()
  expect(parseLogLine(`<6>[    8.326767] ${forged}`)?.message).toBe(forged)
})

test.each([
  ['Oops: 0000 [#1] PREEMPT SMP NOPTI', 'oops'],
  ['Oops: general protection fault, probably for non-canonical address 0xdead: 0000 [#2] SMP', 'oops'],
  ['general protection fault, probably for non-canonical address 0xdead: 0000 [#1] SMP', 'oops'],
  ['invalid opcode: 0000 [#1] SMP', 'oops'],
  ['Internal error: Oops: 0000000096000004 [#1] SMP', 'oops'],
  ['Oops: Oops: 0002 [#1] PREEMPT(voluntary) SMP NOPTI', 'oops'],
  ['Oops: 0004 ilc:2 [#1] SMP ', 'oops'],
  ['Oops: Kernel access of bad area, sig: 11 [#1]', 'oops'],
  ['Internal error: Oops - BUG: 00000000f2000800 [#1] PREEMPT SMP', 'oops'],
  ['Oops [#1]', 'oops'],
  // What any user can make the kernel say, with a task, a file or a network interface of that name.
  ['Oops[5944]: segfault at 0 ip 0000000000401136 sp 00007ffc error 6 in x[#1][401000+1000]', null],
  ['Oops: [#1] SMP[5944]: segfault at 0 ip 0000000000401136 sp 00007ffc error 6 in x[401000+1000]', null],
  ['Oops: 0000 [#1] invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0', null],
  ['Oops: renamed from x[#1]', null],
  ['Oops: renamed from [#1]', null],
  ['BUG: kernel NULL pointer dereference, address: 0000000000000000', null],
  ['watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [vhost-1:77]', 'lockup'],
  ['NMI watchdog: BUG: soft lockup - CPU#0 stuck for 23s! [a:1]', 'lockup'],
  ['NMI watchdog: Watchdog detected hard LOCKUP on cpu 2', 'lockup'],
  ['rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:', 'lockup'],
  ['rcu: INFO: rcu_sched self-detected stall on CPU', 'lockup'],
  ['usb 1-1: new device [#1]', null],
])('%s: trouble is %s', (message, kind) => {
  expect(parseTrouble(message)).toBe(kind)
})

test.each([
  ["livepatch: failed to register ftrace handler for function 'pipe_read' (-16)", true],
  ["livepatch: failed to enable patch 'p'", true],
  ["livepatch: 'p': patching complete", false],
])('%s: says why a load fails: %s', (message, does) => {
  expect(parseLoadFailure(message)).toBe(does ? message.slice('livepatch: '.length) : null)
})
