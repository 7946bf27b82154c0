import { expect, test } from 'vitest'
import {
  frameText,
  groupName,
  parseChildren,
  parseComm,
  parseStack,
  parseStat,
  parseUnit,
  parseWaitChannel,
} from './task.ts'

const tail = 'D 1 0 0 0 -1 4194560 53 0 0 0 0 2 0 0 20 0 1 0 799 1118208 1 0'

test('a stat line gives name, state, parent, kind and start', () => {
  expect(parseStat(`170 (billing) ${tail}\n`)).toEqual({
    tid: 170,
    comm: 'billing',
    state: 'D',
    parentPid: 1,
    isKernelThread: false,
    threads: 1,
    startTicks: 799,
  })
})

test('a task name may hold parentheses, spaces and newlines, and ends at the last one', () => {
  expect(parseStat(`9 (x) R 1 (y) ${tail}`)?.comm).toBe('x) R 1 (y')
  expect(parseStat(`9 (new\nline) ${tail}`)?.comm).toBe('new\nline')
  expect(parseStat(`9 (x) R 1 (y) ${tail}`)?.state).toBe('D')
})

test('a kernel thread is known by its flag alone', () => {
  expect(parseStat(`2 (kthreadd) ${tail.replace('4194560', '2129984')}`)?.isKernelThread).toBe(true)
  expect(parseStat(`9 ([kworker/0:1]) ${tail}`)?.isKernelThread).toBe(false)
})

test('what is not a stat line is null', () => {
  expect(['', '()', '170 billing D 1', '170 (billing', ') 170 ('].map(parseStat)).toEqual([
    null,
    null,
    null,
    null,
    null,
  ])
})

test('names lose NUL and half characters, and keep kworkers whole', () => {
  expect(parseComm('a\u0000b\n')).toBe('ab')
  expect(parseComm('kworker/0:1H-kblockd\n')).toBe('kworker/0:1H-kblockd')
  expect(parseComm(`${'a'.repeat(63)}😀`).isWellFormed()).toBe(true)
})

test('kernel threads are grouped without their number, user threads as they are', () => {
  expect(groupName('kworker/0:2+events', true)).toBe('kworker')
  expect(groupName('ksoftirqd/1', true)).toBe('ksoftirqd')
  expect(groupName('web/1', false)).toBe('web/1')
  expect(groupName('/odd', true)).toBe('/odd')
})

test('a stack gives symbols with their module, innermost first', () => {
  const text =
    '[<0>] msleep+0x29/0x40\n[<0>] busymod_work_func+0x38/0x4d [test_klp_callbacks_busy]\n[<ffffffffffffffff>] 0xffffffffffffffff\n'
  expect(parseStack(text).map(frameText)).toEqual(['msleep', 'busymod_work_func [test_klp_callbacks_busy]'])
})

test('a stack of a running task or a zombie is empty, which is no error', () => {
  expect(parseStack('')).toEqual([])
})

test('a wait channel of 0 is no information', () => {
  expect(['0', '', 'kernel_clone'].map(parseWaitChannel)).toEqual([null, null, 'kernel_clone'])
})

test('a unit is the last service, scope or slice of either cgroup version', () => {
  expect(parseUnit('0::/system.slice/billing.service\n')).toBe('billing.service')
  expect(parseUnit('0::/kubepods.slice/pod.slice/cri-containerd-1.scope/inner\n')).toBe(
    'cri-containerd-1.scope',
  )
  expect(parseUnit('4:memory:/x\n1:name=systemd:/system.slice/cron.service\n0::/\n')).toBe('cron.service')
  expect(parseUnit('0::/\n')).toBeNull()
})

test('a unit of a user’s own systemd is that user’s, whatever it is called', () => {
  const manager = '/user.slice/user-1000.slice/user@1000.service'
  expect(parseUnit(`0::${manager}/app.slice/postgresql.service\n`)).toBe('user@1000.service')
  expect(parseUnit(`1:name=systemd:${manager}/postgresql.service\n`)).toBe('user@1000.service')
  expect(parseUnit('0::/user.slice/user-1000.slice/session-3.scope\n')).toBe('session-3.scope')
})

test('children are pids', () => {
  expect(parseChildren('173 174 \n')).toEqual([173, 174])
  expect(parseChildren('')).toEqual([])
})
