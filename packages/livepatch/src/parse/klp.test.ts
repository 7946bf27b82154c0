import { expect, test } from 'vitest'
import {
  managerOf,
  parseEnabledFunctions,
  parseFlag,
  parseFunctionDirectory,
  parseLivepatchModules,
  parsePatchState,
  patchStateOf,
  signalsByItself,
} from './klp.ts'

test('a function directory is split at its last comma', () => {
  expect(parseFunctionDirectory('__x64_sys_vfork,1')).toEqual({ name: '__x64_sys_vfork', position: 1 })
  expect(parseFunctionDirectory('odd,name,12')).toEqual({ name: 'odd,name', position: 12 })
})

test('a function directory of a kernel before 4.5 has no position', () => {
  expect(parseFunctionDirectory('meminfo_proc_show')).toEqual({ name: 'meminfo_proc_show', position: null })
  expect(parseFunctionDirectory(',1')).toEqual({ name: ',1', position: null })
})

test('a patch state is -1, 0 or 1 and nothing else', () => {
  expect(['-1\n', '0\n', '1\n', '2\n', '', 'x'].map(parsePatchState)).toEqual([-1, 0, 1, null, null, null])
})

test('flags read 0 and 1 from sysfs, N and Y from module parameters', () => {
  expect(['0\n', '1\n', 'N\n', 'Y\n', '', '10'].map(parseFlag)).toEqual([
    false,
    true,
    false,
    true,
    null,
    null,
  ])
})

test('a patch in transition is pending until unpatching is confirmed', () => {
  expect(patchStateOf(true, true, null)).toBe('pending')
  expect(patchStateOf(false, true, null)).toBe('pending')
  expect(patchStateOf(false, true, 'unpatching')).toBe('disabled')
  expect(patchStateOf(true, false, null)).toBe('applied')
  expect(patchStateOf(false, false, null)).toBe('disabled')
})

test('a manager is recognized by name and distribution together', () => {
  expect(managerOf('lkp_Ubuntu_6_8_0_31_generic_104', 'ubuntu')).toBe('canonical')
  expect(managerOf('kpatch_5_14_0_284_11_1_1_1', 'rhel')).toBe('kpatch')
  expect(managerOf('livepatch_12_150600_3', 'sles')).toBe('klp')
  expect(managerOf('livepatch_12_150600_3', 'opensuse-leap')).toBe('klp')
  expect(managerOf('livepatch_CVE_2026_1', 'amzn')).toBe('kpatch')
  expect(managerOf('livepatch_12_1', null)).toBeNull()
})

test('kernels nudge blocked tasks by themselves from 5.1 on', () => {
  expect(['4.19.0', '5.0.21', '5.1.0', '6.1.0-56-cloud-amd64'].map(signalsByItself)).toEqual([
    false,
    false,
    true,
    true,
  ])
  expect(signalsByItself('unknown')).toBeNull()
})

test('enabled_functions counts only what livepatch redirects', () => {
  const text = [
    '__do_sys_vfork (1)   I  \ttramp: 0xffffffffc049d000 (klp_ftrace_handler+0x0/0x110) ->klp_ftrace_handler+0x0/0x110',
    'klp_lab_flush_wait [klp_lab_dev] (1)   I  \ttramp: 0xffffffffc0539000 (klp_ftrace_handler+0x0/0x110)',
    'schedule (1) R   \ttramp: 0xffffffffc0539000 (kprobe_ftrace_handler+0x0/0x1f0)',
  ].join('\n')
  expect(parseEnabledFunctions(text)).toEqual([
    { symbol: '__do_sys_vfork', module: null },
    { symbol: 'klp_lab_flush_wait', module: 'klp_lab_dev' },
  ])
})

test('livepatch modules are the live ones tainted K', () => {
  const text = [
    'klp_lab_vfork 16384 1 - Live 0xffffffffc0466000 (OEK)',
    'half_loaded 16384 1 - Loading 0xffffffffc0466000 (OEK+)',
    'virtio_net 73728 0 - Live 0xffffffffc04a0000',
    'vendor 16384 0 - Live 0xffffffffc04a0000 (OE)',
  ].join('\n')
  expect(parseLivepatchModules(text)).toEqual(['klp_lab_vfork'])
})
