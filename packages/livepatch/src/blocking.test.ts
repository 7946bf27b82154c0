import { expect, test } from 'vitest'
import { type BlockingEvidence, findBlockingFrame } from './blocking.ts'

const frame = (symbol: string, module: string | null = null) => ({ symbol, module })
const functions = (...names: string[]) => names.map((name) => ({ name }))

/** Frames of a task that waits in vfork, as a 6.1 kernel prints them. */
const inVfork = [
  frame('kernel_clone'),
  frame('__do_sys_vfork'),
  frame('do_syscall_64'),
  frame('entry_SYSCALL_64_after_hwframe'),
]
const vforkPatch = {
  name: 'klp_lab_vfork',
  objects: [{ name: 'vmlinux', functions: functions('__x64_sys_vfork') }],
}

const found = (evidence: Partial<BlockingEvidence>) =>
  findBlockingFrame({ direction: 'patching', patch: vforkPatch, frames: inVfork, ...evidence })

test('a frame in a patched function of a module holds the task, and only with that module', () => {
  const patch = { name: 'fix', objects: [{ name: 'dev', functions: functions('wait_for_flush') }] }
  expect(found({ patch, frames: [frame('schedule'), frame('wait_for_flush', 'dev')] })).toEqual({
    blockingFunction: 'wait_for_flush',
    frame: 1,
  })
  expect(found({ patch, frames: [frame('wait_for_flush')] })).toBeNull()
  expect(found({ patch, frames: [frame('wait_for_flush', 'other')] })).toBeNull()
})

test('compiler suffixes on either side do not hide a function', () => {
  const patch = {
    name: 'fix',
    objects: [{ name: 'vmlinux', functions: functions('do_thing.isra.0', 'plain') }],
  }
  expect(found({ patch, frames: [frame('do_thing.constprop.3')] })?.blockingFunction).toBe('do_thing.isra.0')
  expect(found({ patch, frames: [frame('plain.part.0.cold')] })?.blockingFunction).toBe('plain')
})

test('kallsyms tells an alias by its address', () => {
  const patch = {
    name: 'fix',
    objects: [{ name: 'vmlinux', functions: functions('ksys_read', 'vfs_write') }],
  }
  const addresses: Record<string, string> = { ksys_read: 'a0', compat_ksys_read: 'a0', vfs_write: 'b0' }
  const evidence = {
    patch,
    frames: [frame('schedule'), frame('compat_ksys_read')],
    sameAddress: (a: string, b: string) => addresses[a] !== undefined && addresses[a] === addresses[b],
  }
  expect(found(evidence)).toEqual({ blockingFunction: 'ksys_read', frame: 1 })
  expect(found({ ...evidence, sameAddress: null })).toBeNull()
})

test('ftrace tells an alias when exactly one patched function has no line of its own', () => {
  const patch = { name: 'fix', objects: [{ name: 'vmlinux', functions: functions('first_name', 'second') }] }
  const lines = [
    { symbol: 'other_name', module: null },
    { symbol: 'second', module: null },
  ]
  expect(found({ patch, frames: [frame('other_name')], enabledFunctions: lines })?.blockingFunction).toBe(
    'first_name',
  )
  expect(found({ patch, frames: [frame('other_name')], enabledFunctions: lines.slice(0, 1) })).toBeNull()
})

test('a line of ftrace that another patch accounts for is no alias', () => {
  const patch = { name: 'fix', objects: [{ name: 'vmlinux', functions: functions('first_name') }] }
  const otherPatches = [{ name: 'older', objects: [{ name: 'vmlinux', functions: functions('other_name') }] }]
  const enabledFunctions = [{ symbol: 'other_name', module: null }]
  expect(found({ patch, otherPatches, frames: [frame('other_name')], enabledFunctions })).toBeNull()
})

test('the wrappers of one system call are one function, with no file to prove it', () => {
  expect(found({})).toEqual({ blockingFunction: '__x64_sys_vfork', frame: 1 })
  expect(found({ frames: [frame('__do_sys_fork')] })).toBeNull()
})

test('while unpatching the replacement holds the task, under the name of what it replaces', () => {
  const frames = [frame('kernel_clone'), frame('lab_sys_vfork', 'klp_lab_vfork'), frame('do_syscall_64')]
  expect(found({ direction: 'unpatching', frames })).toEqual({
    blockingFunction: '__x64_sys_vfork',
    frame: 1,
  })
  expect(found({ direction: 'unpatching' })).toBeNull()
})

test('of several patched functions the replacement names the one it resembles', () => {
  const patch = {
    name: 'fix',
    objects: [{ name: 'vmlinux', functions: functions('__x64_sys_vfork', '__x64_sys_clone', 'pipe_read') }],
  }
  const holding = (symbol: string) =>
    found({ direction: 'unpatching', patch, frames: [frame(symbol, 'fix')] })?.blockingFunction
  expect(holding('lab_sys_clone')).toBe('__x64_sys_clone')
  expect(holding('fixed_pipe_read')).toBe('pipe_read')
  expect(holding('something_else')).toBe('something_else')
})

test('on top of another patch the code to leave is that patch’s replacement', () => {
  const otherPatches = [{ name: 'older', objects: vforkPatch.objects }]
  const frames = [frame('kernel_clone'), frame('older_sys_vfork', 'older')]
  expect(found({ otherPatches, frames })).toEqual({ blockingFunction: '__x64_sys_vfork', frame: 1 })
})

test('a stack without a patched frame names nothing', () => {
  expect(found({ frames: [frame('schedule'), frame('do_nanosleep')] })).toBeNull()
  expect(found({ frames: [] })).toBeNull()
})
