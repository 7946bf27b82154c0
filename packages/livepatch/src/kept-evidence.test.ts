import { reportPatchesMax } from '@graftwatch/contract/vocabulary'
import { describe, expect, test } from 'vitest'
import {
  aMigratedReport,
  aMovingReport,
  anAttempt,
  anEvent,
  aPatch,
  aReport,
  aTask,
  at,
} from '../../contract/test/a-report.ts'
import { Story } from '../test/story.ts'

const blockers = (story: Story) =>
  story.last.blockers.map(({ number, direction, held, releasedAt }) => [
    number,
    direction,
    held.task.comm,
    held.task.stack?.[0] ?? null,
    held.firstSeenAt,
    releasedAt,
  ])

describe('an attempt that its tool gave up keeps who held it', () => {
  const kept = [aTask({ comm: 'kvm', firstSeenAt: at(20) })]

  test('also when no reading of it ever came', () => {
    const story = new Story()
    story.tell(-60, aReport())
    story.tell(120, aReport({ attempts: [anAttempt({ endedAt: at(76), blocking: kept })] }))
    expect(story.state).toBe('failed(selfReversed)')
    expect(blockers(story)).toEqual([[1, 'patching', 'kvm', 'kernel_clone', at(20), at(76)]])
    story.tell(180, aReport({ attempts: [anAttempt({ endedAt: at(76), blocking: kept })] }))
    expect(story.last.blockers).toEqual([])
  })

  test('the stack that no reading had is added to the task that was seen', () => {
    const story = new Story()
    const unseen = aTask({ comm: 'kvm', firstSeenAt: at(20), stack: null, blockingFrame: null })
    story.watch(0, 10)
    story.watch(20, 70, { blocking: [unseen] })
    story.tell(80, aReport({ attempts: [anAttempt({ endedAt: at(76), blocking: kept })] }))
    expect(blockers(story).at(-1)).toEqual([1, 'patching', 'kvm', 'kernel_clone', at(20), at(76)])
  })

  test('what was seen as well is told once', () => {
    const story = new Story()
    story.watch(0, 10)
    story.watch(20, 70, { blocking: kept })
    story.tell(80, aReport({ attempts: [anAttempt({ endedAt: at(76), blocking: kept })] }))
    expect(blockers(story)).toEqual([[1, 'patching', 'kvm', 'kernel_clone', at(20), at(76)]])
  })

  test('after a reversal that was watched, it let go where the load turned around', () => {
    const story = new Story()
    story.watch(0, 70)
    story.tell(80, aMovingReport({ direction: 'unpatching', remaining: 397 }))
    story.tell(90, aReport({ attempts: [anAttempt({ endedAt: at(88), blocking: kept })] }))
    expect(blockers(story)).toEqual([[1, 'patching', 'kvm', 'kernel_clone', at(20), at(80)]])
  })
})

test('why it was refused stays with the attempt', () => {
  const story = new Story()
  story.tell(-60, aReport())
  const failure = 'code_busy: nginx (170) in tcp_sendmsg'
  story.tell(30, aReport({ attempts: [anAttempt({ outcome: 'refused', endedAt: at(1), failure })] }))
  expect(story.state).toBe('failed(refused)')
  expect(story.attempts).toMatchObject([{ outcome: 'refused', failure }])
})

test('an attempt at a patch that is not listed belongs to the mechanism this host has', () => {
  const story = new Story()
  const sources = [{ name: 'kgraft' as const, status: 'ok' as const, durationMs: 1 }]
  story.tell(-60, aReport({ sources }))
  story.tell(60, aReport({ sources, attempts: [anAttempt({ patch: 'kgraft_patch_3_2_1' })] }))
  expect(story.attempts).toMatchObject([{ patch: { mechanism: 'kgraft', name: 'kgraft_patch_3_2_1' } }])
})

test('the kernel’s own errors are facts of the host, each once', () => {
  const story = new Story()
  const events = [
    anEvent({ kind: 'oops', patch: null, at: at(5) }),
    anEvent({ kind: 'lockup', patch: null, at: at(9) }),
  ]
  story.tell(0, aMigratedReport())
  story.tell(60, aMigratedReport({ events }))
  story.tell(120, aMigratedReport({ events }))
  expect(story.facts('oops')).toMatchObject([{ occurredAt: at(5), source: 'kernel-log', patch: null }])
  expect(story.facts('lockup')).toMatchObject([{ occurredAt: at(9) }])
  expect(story.state).toBe('migrated(applied)')
})

test('a packages source that fails takes nothing from what a reboot would lose', () => {
  const reboot = { pending: true, reason: 'newer', installedKernel: '6.4.1', fixesLost: ['CVE-2026-1'] }
  const nothing = { pending: null, reason: null, installedKernel: null, fixesLost: null }
  const sources = [{ name: 'klp' as const, status: 'ok' as const, durationMs: 1 }]
  const packages = { name: 'packages' as const, durationMs: 1 }
  const story = new Story()
  story.tell(0, aMigratedReport({ sources: [...sources, { ...packages, status: 'ok' }], reboot }))
  expect(story.last.truth.flags).toEqual(['rebootPending', 'wouldRegress'])
  story.tell(
    60,
    aMigratedReport({
      sources: [...sources, { ...packages, status: 'failed', reason: 'rpm: time-out' }],
      reboot: nothing,
    }),
  )
  expect(story.last.truth.flags).toEqual(['rebootPending', 'wouldRegress'])
})

test('a packages source that fails takes no package, no CVE and no lost fix from a patch it knew', () => {
  const patch = aPatch({ package: 'kpatch-patch', cves: ['CVE-2026-1'] })
  const reboot = { pending: false, reason: null, installedKernel: '6.4.0', fixesLost: ['CVE-2026-1'] }
  const klp = { name: 'klp' as const, status: 'ok' as const, durationMs: 1 }
  const packages = { name: 'packages' as const, durationMs: 1 }
  const story = new Story()
  story.tell(0, aReport({ patches: [patch], sources: [klp, { ...packages, status: 'ok' }], reboot }))
  const unread = {
    patches: [{ ...patch, package: null, cves: null }],
    sources: [klp, { ...packages, status: 'failed' as const, reason: 'rpm: time-out' }],
    reboot: { ...reboot, fixesLost: null },
  }
  story.tell(60, aReport(unread))
  expect(story.last.report).toMatchObject({ patches: [patch], reboot })
  expect(story.last.truth.flags).toContain('wouldRegress')
  // What one kernel would lose is not said of another.
  story.tell(
    90,
    aReport({ ...unread, reboot: { ...unread.reboot, pending: true, installedKernel: '6.9.0' } }),
  )
  expect(story.last.report.reboot).toMatchObject({ installedKernel: '6.9.0', fixesLost: null })
  // Another build under the same name is another patch.
  story.tell(
    120,
    aReport({ ...unread, patches: [{ ...patch, srcVersion: 'OTHER', package: null, cves: null }] }),
  )
  expect(story.last.report.patches).toMatchObject([{ package: null, cves: null }])
})

test('a list of patches that is full says of none that it is gone', () => {
  const named = (from: number) =>
    Array.from({ length: reportPatchesMax }, (_, index) => aPatch({ name: `ksplice_${index + from}` }))
  const story = new Story()
  story.tell(0, aReport({ patches: named(0) }))
  story.tell(60, aReport({ patches: named(1) }))
  expect(story.facts('patch-removed')).toEqual([])
  story.tell(120, aReport({ patches: named(1).slice(0, -1) }))
  expect(story.facts('patch-removed')).toMatchObject([{ patch: `ksplice_${reportPatchesMax}` }])
})
