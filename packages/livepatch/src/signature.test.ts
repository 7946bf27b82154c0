import { blockerCauses, taskKinds } from '@graftwatch/contract'
import { describe, expect, test } from 'vitest'
import { aTask } from '../../contract/test/a-report.ts'
import { remedyFor } from './remedy.ts'
import { signatureOf } from './signature.ts'

const keyOf = (
  fields: Parameters<typeof aTask>[0],
  direction: 'patching' | 'unpatching' | null = 'patching',
) => signatureOf(direction, aTask(fields)).key

describe('one cause has one signature', () => {
  test.each([
    [{ comm: 'vhost-4711' }, { comm: 'vhost-9' }],
    [{ comm: 'ksoftirqd/0' }, { comm: 'ksoftirqd/31' }],
    [{ comm: 'kworker/0:2+events' }, { comm: 'kworker/u8:0-flush' }],
    [{ unit: 'docker-3f9c0a1b2c3d4e5f.scope' }, { unit: 'docker-aaaaaaaaaaaaaaaa.scope' }],
    [{ unit: 'worker@1.service' }, { unit: 'worker@blue.service' }],
    [
      { pid: 1, tid: 1 },
      { pid: 2, tid: 2 },
    ],
  ])('%j and %j', (a, b) => expect(keyOf(a)).toBe(keyOf(b)))

  test.each([
    [{ blockingFunction: 'pipe_read' }, { blockingFunction: 'do_select' }],
    [{ kind: 'user' }, { kind: 'kthread' }],
    [{ comm: 'nginx' }, { comm: 'billing' }],
    [{ unit: 'a.service' }, { unit: null }],
  ] as const)('another cause has another: %j and %j', (a, b) => expect(keyOf(a)).not.toBe(keyOf(b)))

  test('patching and unpatching are held by different code', () => {
    expect(keyOf({}, 'patching')).not.toBe(keyOf({}, 'unpatching'))
    expect(keyOf({}, null)).toBe(keyOf({}, 'patching'))
  })
})

describe('remedies', () => {
  test('every cause, kind and task state has advice in every part, and a check that only reads', () => {
    for (const cause of blockerCauses)
      for (const kind of taskKinds)
        for (const state of ['R', 'S', 'D', 'T', 't', 'I', 'Z', null])
          for (const signalsByItself of [true, false, null]) {
            const task = aTask({ cause, kind, state, blockingFunction: 'pipe_read', stack: null })
            const remedy = remedyFor({ task, direction: 'patching', patch: 'p', signalsByItself })
            for (const text of Object.values(remedy)) expect(text).toMatch(/\S.{8}/)
            expect(remedy.check).toBe('sudo cat /proc/170/stack')
            expect(remedy.never).toContain('Never force')
          }
  })

  test('a parent in vfork waits for its child, who is named', () => {
    const { safeStep } = remedyFor({
      task: aTask(),
      direction: 'patching',
      patch: 'p',
      signalsByItself: true,
    })
    expect(safeStep).toContain('sh (pid 171)')
  })

  test.each([
    ['postgresql@16-main.service', 'Fail over first'],
    ['kubelet.service', 'Cordon and drain'],
    ['libvirtd.service', 'Migrate the guest'],
  ])('a restart of %s is not suggested', (unit, sentence) => {
    const { safeStep } = remedyFor({
      task: aTask({ unit }),
      direction: 'patching',
      patch: 'p',
      signalsByItself: true,
    })
    expect(safeStep).toContain(sentence)
  })

  test('a kernel thread whose own loop is patched will not leave by waiting', () => {
    const task = aTask({
      kind: 'kthread',
      comm: 'vhost-1',
      stack: ['vhost_worker', 'kthread+0x1'],
      blockingFrame: 0,
    })
    const { meaning, never } = remedyFor({ task, direction: 'patching', patch: 'p', signalsByItself: true })
    expect(meaning).toContain('Waiting will not help')
    expect(never).toContain('Signals do not reach')
  })

  test('on kGraft no function holds a task, so none is blamed', () => {
    const where = { cause: 'not-at-boundary', blockingFunction: null, blockingFrame: null } as const
    for (const task of [aTask(where), aTask({ ...where, kind: 'kthread', comm: 'hwrng' })]) {
      const advice = remedyFor({ task, direction: 'patching', patch: 'p', signalsByItself: null })
      expect(JSON.stringify(advice)).not.toMatch(/being replaced|every 15 s/)
      expect(advice.meaning).toContain('kGraft switches it')
    }
  })
})
