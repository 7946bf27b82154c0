import { expect, test } from 'vitest'
import { confirmDirection, judgeTally, type ScanConditions, type TaskTally } from './sample.ts'

const tally = (some: Partial<TaskTally>): TaskTally => ({
  listed: 0,
  patched: 0,
  original: 0,
  outside: 0,
  unreadable: 0,
  kthreadsPatched: 0,
  kthreadsOriginal: 0,
  ...some,
})
const calm: ScanConditions = {
  raced: false,
  timedOut: false,
  hidepid: false,
  pidNamespace: false,
  deniedByRights: true,
}

test('while patching those at 0 remain, while unpatching those at 1', () => {
  const counts = tally({ listed: 10, patched: 8, original: 2, kthreadsPatched: 3, kthreadsOriginal: 1 })
  const tasks = { total: 10, unreadable: 0, idleHidden: 4 }
  expect(judgeTally(counts, 'patching', 4, calm).tasks).toEqual({
    ...tasks,
    migrated: 8,
    remaining: 2,
    kthreadsRemaining: 1,
  })
  expect(judgeTally(counts, 'unpatching', 4, calm).tasks).toEqual({
    ...tasks,
    migrated: 2,
    remaining: 8,
    kthreadsRemaining: 3,
  })
})

test('tasks of which none is readable are unknown, never zero', () => {
  const judged = judgeTally(tally({ listed: 80, unreadable: 80 }), 'patching', 2, calm)
  expect(judged.tasks).toMatchObject({
    total: null,
    migrated: null,
    remaining: null,
    kthreadsRemaining: null,
  })
  expect(judged).toMatchObject({ confidence: 'none', confidenceReason: 'eacces', tasks: { unreadable: 80 } })
})

test.each([
  ['race', { raced: true }, {}],
  ['timeout', { timedOut: true }, {}],
  ['hidepid', { hidepid: true }, {}],
  ['pidns', { pidNamespace: true }, {}],
  ['eacces', {}, { unreadable: 1 }],
  ['unreadable', { deniedByRights: false }, { unreadable: 1 }],
  ['edge', {}, { outside: 9 }],
] as const)('%s makes the counts partial', (reason, conditions, counts) => {
  const judged = judgeTally(tally({ patched: 5, ...counts }), 'patching', 0, { ...calm, ...conditions })
  expect(judged).toMatchObject({ confidence: 'partial', confidenceReason: reason })
})

test('one sample tells no direction; a second that agrees or the log does', () => {
  expect(confirmDirection('patching', null, null)).toBeNull()
  expect(confirmDirection('patching', 'patching', null)).toBe('patching')
  expect(confirmDirection('patching', null, 'patching')).toBe('patching')
})

test('a sample against the log, or against the sample before, decides nothing', () => {
  expect(confirmDirection('unpatching', null, 'patching')).toBeNull()
  expect(confirmDirection('unpatching', 'patching', 'patching')).toBeNull()
  expect(confirmDirection('unpatching', 'unpatching', 'patching')).toBe('unpatching')
})
