import { expect, test } from 'vitest'
import { parseLogLine, parseLogMessage } from './kernel-log.ts'

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
  expect(parseLogMessage(`livepatch: ${message}`)).toEqual({ kind, patch, direction })
})

test('debug messages and those of other subsystems say nothing', () => {
  expect(parseLogMessage('livepatch: klp_try_switch_task: billing:170 is running')).toBeNull()
  expect(parseLogMessage("enabling patch 'p'")).toBeNull()
})
