import type { HostReport, ReportSource } from '@graftwatch/contract'
import { describe, expect, test } from 'vitest'
import {
  aMigratedReport,
  aMovingReport,
  anAttempt,
  anEvent,
  aPatch,
  aReport,
  aTask,
  aTransition,
  at,
  release,
} from '../../contract/test/a-report.ts'
import { Story } from '../test/story.ts'
import { needsAnotherReport } from './another-report.ts'
import { isReturnedBoot } from './boots.ts'

/** What fleets look like in reality; the number is the situation's row in the table the state engine was built from. */

const onDisk = [{ package: 'kernel-livepatch-default', version: '13-1', forKernel: release }]
const source = (name: ReportSource['name'], fields: Partial<ReportSource> = {}): ReportSource => ({
  name,
  status: 'ok',
  durationMs: 1,
  ...fields,
})
const withKernel = (report: HostReport, fields: Partial<HostReport['kernel']>): HostReport => ({
  ...report,
  kernel: { ...report.kernel, ...fields },
})
const changes = (story: Story) =>
  story.facts('state-changed').map(({ from, to, occurredAt }) => [from, to, occurredAt])
const flags = (story: Story) => story.last.truth.flags

describe('1.2.1 kGraft in progress', () => {
  const kgraft = (direction: 'patching' | 'unpatching' | null, fields: Partial<HostReport> = {}) =>
    aReport({
      sources: [source('klp', { status: 'absent' }), source('kgraft')],
      patches: [
        aPatch({ mechanism: 'kgraft', name: 'kgraft_patch_3_2_1', state: 'pending', inTransition: true }),
      ],
      transition: aTransition({ mechanism: 'kgraft', patch: 'kgraft_patch_3_2_1', direction }),
      ...fields,
    })

  test('with no visible function state its direction is unknown, and it is never reverting', () => {
    const story = new Story()
    for (let seconds = 0; seconds < 600; seconds += 30) {
      story.tell(seconds, kgraft(null))
      expect(story.state).toBe('transitioning(directionUnknown)')
    }
    story.tell(600, kgraft(null))
    expect(story.state).toBe('stuck(noProgress)')
  })

  test('is stuck after 10 min, whatever the kernel does for its other patches', () => {
    const story = new Story()
    for (let seconds = 0; seconds < 600; seconds += 30) story.tell(seconds, kgraft('patching'))
    expect(story.state).toBe('transitioning(patching)')
    story.tell(600, kgraft('patching'))
    expect(story.state).toBe('stuck(noProgress)')
  })

  test('its failed source neither ends the transition nor is another mechanism’s', () => {
    const story = new Story()
    story.tell(0, kgraft('patching'))
    const sources = [
      source('klp', { status: 'absent' }),
      source('kgraft', { status: 'failed', reason: 'EIO' }),
    ]
    story.tell(30, aReport({ sources }))
    expect(story.state).toBe('unknown(sourceFailed)')
    expect(story.last.truth.open?.patch.mechanism).toBe('kgraft')
    expect(story.attempts).toMatchObject([{ outcome: null }])
  })
})

describe('1.2.2 what applies at once', () => {
  const kinds = ['ksplice', 'kernelcare', 'kpatch-core'] as const

  test.each(kinds)('%s is migrated, applied at once', (mechanism) => {
    const story = new Story()
    const sources = [source('klp', { status: 'absent' }), source(mechanism)]
    story.tell(0, aReport({ sources, patches: [aPatch({ mechanism, objects: [] })] }))
    expect(story.state).toBe('migrated(appliedAtOnce)')
  })

  test.each(kinds)(
    '%s refused is failed, also with an older patch on; until it is no longer said',
    (mechanism) => {
      const story = new Story()
      const sources = [source('klp', { status: 'absent' }), source(mechanism)]
      const older = aPatch({ mechanism, name: 'older', objects: [] })
      const refused = aPatch({ mechanism, name: 'newer', state: 'failed', enabled: false, objects: [] })
      story.tell(0, aReport({ sources, patches: [older, refused] }))
      expect(story.state).toBe('failed(refused)')
      story.tell(60, aReport({ sources, patches: [older] }))
      expect(story.state).toBe('migrated(appliedAtOnce)')
    },
  )

  test.each(kinds)('%s has no transition, whatever is reported: no strip, never stuck', (mechanism) => {
    const story = new Story()
    const patches = [aPatch({ mechanism, state: 'pending', enabled: false, inTransition: true, objects: [] })]
    const sources = [source('klp', { status: 'absent' }), source(mechanism)]
    for (const seconds of [0, 300, 600, 900])
      story.tell(seconds, aReport({ sources, patches, transition: aTransition({ mechanism }) }))
    expect(story.last.truth.open).toBeNull()
    expect(story.last.report.transition).toBeNull()
    expect(story.last.truth.state).not.toBe('stuck')
  })
})

test.each(['4.4.0-210-generic', '4.9.0-19-amd64'])(
  '1.2.3 klp on %s is migrated; this kernel does not track tasks',
  (old) => {
    const story = new Story()
    story.tell(0, withKernel(aMigratedReport(), { release: old }))
    expect(story.state).toBe('migrated(notTracked)')
    story.tell(
      60,
      withKernel(aReport({ patches: [aPatch({ enabled: false, state: 'disabled' })] }), { release: old }),
    )
    expect(story.state).toBe('unpatched(disabled)')
  },
)

describe('1.2.4 several patches side by side', () => {
  const three = ['cve_1', 'cve_2', 'cve_3'].map((name) =>
    aPatch({ name, package: 'kernel-livepatch-6.1-1.0-3' }),
  )

  test('one disabled while others stay is a fact of its own although the host stays migrated', () => {
    const story = new Story()
    story.tell(0, aReport({ patches: three }))
    expect(story.state).toBe('migrated(applied)')
    const [first, second, third] = three
    if (!first || !second || !third) throw new Error('three patches')
    story.tell(60, aReport({ patches: [first, { ...second, enabled: false, state: 'disabled' }, third] }))
    expect(story.state).toBe('migrated(applied)')
    expect(story.facts('patch-disabled')).toMatchObject([{ patch: 'cve_2', occurredAt: at(60) }])
    expect(changes(story)).toEqual([])
  })

  test('so it is beside a cumulative patch that was there before', () => {
    const story = new Story()
    const cumulative = aPatch({ name: 'cumulative', replace: true })
    story.tell(0, aReport({ patches: [cumulative, aPatch({ name: 'hotfix' })] }))
    story.tell(60, aReport({ patches: [cumulative] }))
    expect(story.facts('patch-removed')).toMatchObject([{ patch: 'hotfix', detail: null }])
  })
})

test('1.2.5 atomic replace: the old patch serves on, may flash 0/0, and was replaced, not disabled', () => {
  const story = new Story()
  const old = aPatch({ name: 'livepatch_11' })
  const next = aPatch({ replace: true, stackOrder: 2 })
  story.tell(0, aReport({ patches: [old] }))
  story.tell(
    10,
    aMovingReport(
      { startedAt: at(8) },
      { patches: [old, { ...next, inTransition: true, state: 'pending' }] },
    ),
  )
  expect(story.state).toBe('transitioning(patching)')
  story.tell(20, aReport({ patches: [{ ...old, enabled: false, state: 'disabled' }, next] }))
  expect(story.state).toBe('migrated(applied)')
  story.tell(22, aReport({ patches: [{ ...old, enabled: false, state: 'disabled' }, next] }))
  story.tell(25, aReport({ patches: [next] }))
  expect(story.facts('patch-disabled')).toEqual([])
  expect(story.facts('patch-removed')).toMatchObject([
    { patch: 'livepatch_11', detail: 'replaced by livepatch_12', occurredAt: at(25) },
  ])
  expect(story.attempts).toMatchObject([{ outcome: 'completed', startedAt: at(8) }])
})

describe('1.2.6 a module left behind', () => {
  const left = aPatch({ name: 'livepatch_11', enabled: null, state: 'leftover', objects: [] })

  test('beside an enabled patch is no state, flag or event of its own', () => {
    const story = new Story()
    story.tell(0, aReport({ patches: [left, aPatch()] }))
    expect(story.state).toBe('migrated(applied)')
    expect(flags(story)).toEqual([])
    expect(story.last.facts.map(({ kind }) => kind)).toEqual(['first-contact'])
  })

  test('replaced and disabled by hand look alike: only what was seen tells them apart, else nothing is said', () => {
    const old = aPatch({ name: 'livepatch_11' })
    const replaced = new Story()
    replaced.tell(0, aReport({ patches: [old] }))
    replaced.tell(60, aReport({ patches: [left, aPatch({ replace: true })] }))
    replaced.tell(120, aReport({ patches: [left, aPatch({ replace: true })] }))
    expect(replaced.last.truth.leftovers).toEqual([{ patch: 'livepatch_11', by: 'livepatch_12' }])
    const disabled = new Story()
    disabled.tell(0, aReport({ patches: [old, aPatch({ name: 'other' })] }))
    disabled.tell(60, aReport({ patches: [left, aPatch({ name: 'other' })] }))
    expect(disabled.last.truth.leftovers).toEqual([{ patch: 'livepatch_11', by: null }])
    const booted = aReport({ patches: [left, aPatch()] })
    replaced.tell(900, withKernel(booted, { bootId: 'boot-2', bootedAt: at(800) }))
    expect(replaced.last.truth.leftovers).toBeUndefined()
    const unseen = new Story()
    unseen.tell(0, aReport({ patches: [left, aPatch()] }))
    expect(unseen.last.truth.leftovers).toBeUndefined()
  })

  test('alone it says that a patch was on in this boot', () => {
    const story = new Story()
    story.tell(0, aReport({ patches: [left] }))
    expect(story.state).toBe('unpatched(removed)')
  })
})

describe('1.2.8 forced', () => {
  const forcedAt = (seconds: number) => [anEvent({ kind: 'forced', at: at(seconds), patch: null })]

  test('is migrated and forced for the whole boot, though sysfs looks perfect and the log wraps', () => {
    const story = new Story()
    story.watch(0, 30)
    story.tell(40, aMigratedReport({ events: forcedAt(33) }))
    expect(story.state).toBe('migrated(applied)')
    story.tell(4000, aMigratedReport())
    expect(flags(story)).toEqual(['forced'])
    expect(story.last.truth.forced).toEqual(['livepatch_12'])
    story.tell(9000, withKernel(aMigratedReport(), { bootId: 'boot-2', bootedAt: at(8900) }))
    expect(flags(story)).toEqual([])
  })

  test('the line says "patched state" also when an unload was forced: the transition knows the direction', () => {
    const story = new Story()
    story.tell(0, aMigratedReport())
    story.watch(10, 40, { direction: 'unpatching', startedAt: at(10) })
    story.tell(50, aReport({ events: forcedAt(45) }))
    expect(story.attempts).toMatchObject([
      { direction: 'unpatching', outcome: 'forced', remaining: 3, lowWater: 3 },
    ])
    expect(story.state).toBe('unpatched(removed)')
    expect(flags(story)).toEqual(['forced'])
  })

  test('a load that was forced back after it had turned around is forced and did not end applied', () => {
    const story = new Story()
    story.watch(0, 70)
    story.watch(80, 90, { direction: 'unpatching', remaining: 3 })
    story.tell(100, aReport({ events: forcedAt(95) }))
    expect(story.attempts).toMatchObject([{ direction: 'patching', outcome: 'forced' }])
    expect(story.state).toBe('failed(reversed)')
    expect(flags(story)).toEqual(['forced'])
  })
})

test('1.2.9 a target module that is not loaded: migrated and waiting; the flip at load ends the waiting, its absence is believed twice', () => {
  const story = new Story()
  const kvm = (patched: boolean, loaded: boolean) =>
    aMigratedReport({ patches: [aPatch({ objects: [{ name: 'kvm', patched, loaded, functions: [] }] })] })
  story.tell(0, kvm(false, false))
  expect(story.state).toBe('migrated(applied)')
  expect(flags(story)).toEqual(['waitingForModule'])
  story.tell(60, kvm(true, true))
  expect(flags(story)).toEqual([])
  story.tell(120, kvm(false, true))
  expect(story.state).toBe('migrated(applied)')
  expect(needsAnotherReport(story.last.truth)).toBe(true)
  story.tell(180, kvm(false, true))
  expect(story.state).toBe('unknown(targetNotPatched)')
  expect(needsAnotherReport(story.last.truth)).toBe(false)
})

test.each([
  ['SUSE’s first of a kernel', { manager: 'klp', name: 'livepatch_1_150600_1_1' }],
  ['Amazon’s empty package', { package: 'kernel-livepatch-6.1.94-99.176-1.0-0.amzn2023.x86_64' }],
] as const)(
  '1.2.10 a placeholder (%s) is migrated and flagged, and only while nothing else is on',
  (_name, fields) => {
    const story = new Story()
    const empty = aPatch(fields)
    story.tell(0, aReport({ patches: [empty] }))
    expect(story.state).toBe('migrated(applied)')
    expect(flags(story)).toEqual(['placeholder'])
    story.tell(60, aReport({ patches: [empty, aPatch({ name: 'livepatch_CVE_2026_1' })] }))
    expect(flags(story)).toEqual([])
  },
)

describe('1.2.11 in a container', () => {
  test('without sysfs the host is unknown, not without a patch', () => {
    const story = new Story()
    story.tell(0, aReport({ sources: [source('klp', { status: 'failed', reason: 'no-sysfs' })] }))
    expect(story.state).toBe('unknown(noSysfs)')
  })

  test('with the host’s sysfs and a PID namespace of its own the state is known and progress is partial, by age', () => {
    const story = new Story()
    const seen = { confidence: 'partial', confidenceReason: 'pidns', remaining: 0 } as const
    story.watch(0, 290, seen)
    expect(story.state).toBe('transitioning(hidden)')
    expect(flags(story)).toEqual(['blind'])
    story.tell(300, aMovingReport(seen))
    expect(story.state).toBe('stuck(noProgressByAge)')
  })
})

describe('1.2.12 one machine id, boot ids that alternate', () => {
  const second = withKernel(aReport(), { bootId: 'boot-2', bootedAt: at(-50) })

  test('the boot id that comes back is another machine’s: nothing of it is folded, no reboot is told', () => {
    const story = new Story()
    story.watch(0, 30, { blocking: [aTask()] })
    const { bootId: first } = story.last.truth
    story.tell(40, second)
    expect(story.last.truth.earlierBoots).toEqual([first])
    const before = story.last.truth
    expect(isReturnedBoot(before, aMovingReport())).toBe(true)
    expect(isReturnedBoot(before, second)).toBe(false)
    story.tell(50, aMovingReport())
    expect(story.last).toMatchObject({
      facts: [],
      attempts: [],
      blockers: [],
      truth: { ...before, sequence: 6 },
    })
    expect(story.last.report.kernel.bootId).toBe('boot-2')
    story.tell(60, second)
    expect(story.facts('rebooted')).toHaveLength(1)
  })

  test('the last 8 earlier boots are known, and none in documents from before', () => {
    const story = new Story()
    for (let boot = 0; boot < 12; boot += 1)
      story.tell(boot * 100, withKernel(aReport(), { bootId: `boot-${boot}`, bootedAt: at(boot * 100 - 10) }))
    expect(story.last.truth.earlierBoots).toEqual([3, 4, 5, 6, 7, 8, 9, 10].map((boot) => `boot-${boot}`))
    expect(isReturnedBoot({ bootId: 'boot-11' }, withKernel(aReport(), { bootId: 'boot-3' }))).toBe(false)
  })
})

describe('1.2.13 freshly booted', () => {
  const booted = (fields: Partial<HostReport> = {}) =>
    withKernel(aReport(fields), { bootId: 'boot-2', bootedAt: at(100) })

  test('is unpatched, just booted, since the boot; after 10 min its patch was not loaded, in the same state', () => {
    const story = new Story()
    story.tell(0, aMigratedReport())
    story.tell(130, booted())
    expect(story.state).toBe('unpatched(justBooted)')
    expect(changes(story)).toEqual([['migrated', 'unpatched', at(100)]])
    expect(story.last.truth).toMatchObject({ stateSince: at(100), sinceBefore: false })
    expect(story.last.bootGap).toBeNull()
    expect(needsAnotherReport(story.last.truth)).toBe(true)
    story.tell(700, booted())
    expect(story.state).toBe('unpatched(notLoaded)')
    expect(story.last.truth.stateSince).toBe(at(100))
    expect(needsAnotherReport(story.last.truth)).toBe(false)
    expect(changes(story)).toHaveLength(1)
  })

  test('the time from the boot until its patch came on is unpatched, also when it was over before the first report', () => {
    const story = new Story()
    story.tell(0, aMigratedReport())
    const attempts = [anAttempt({ startedAt: at(190), endedAt: at(194), outcome: 'completed' })]
    story.tell(240, booted({ patches: [aPatch()], attempts }))
    expect(changes(story)).toEqual([
      ['migrated', 'unpatched', at(100)],
      ['unpatched', 'migrated', at(194)],
    ])
    expect(story.last.truth.stateSince).toBe(at(194))
    expect(story.last.bootGap).toBe(at(100))
  })

  test('without the log it is proven only by the report', () => {
    const story = new Story()
    story.tell(0, aMigratedReport())
    story.tell(240, booted({ patches: [aPatch()] }))
    expect(story.last.truth.stateSince).toBe(at(240))
  })

  test('never began before the old boot was last read', () => {
    const story = new Story()
    story.tell(110, aMigratedReport())
    story.tell(140, booted({ available: onDisk }))
    expect(story.last.truth.stateSince).toBe(at(110))
    expect(story.facts('rebooted')).toMatchObject([{ occurredAt: at(110) }])
  })

  test('with nothing due is notDue since the boot, and no state changed', () => {
    const story = new Story()
    story.tell(0, aReport())
    story.tell(130, booted())
    expect(story.state).toBe('notDue(noneKnown)')
    expect(story.last.truth.stateSince).toBe(at(100))
    expect(changes(story)).toEqual([])
  })
})

test('1.2.14 a kernel past vendor support keeps its state: without a catalogue nobody guesses uncovered or behind', () => {
  const story = new Story()
  story.tell(0, aMigratedReport({ available: onDisk }))
  expect(story.state).toBe('migrated(applied)')
  expect(flags(story)).toEqual([])
})

test('1.2.15 a release string that changes in one boot is no reboot, and the next boot knows its kernel again', () => {
  const story = new Story()
  story.tell(0, aMigratedReport())
  story.tell(60, withKernel(aMigratedReport(), { release: `${release}-livepatch-6` }))
  expect(story.facts('rebooted')).toEqual([])
  expect(story.state).toBe('migrated(applied)')
  story.tell(2000, withKernel(aReport(), { bootId: 'boot-2', bootedAt: at(1000) }))
  expect(story.state).toBe('unpatched(notLoaded)')
})

test('1.2.16 a boot id that changes in a transition ends it by reboot; the new boot starts unpatched', () => {
  const story = new Story()
  story.watch(0, 30, { blocking: [aTask()] })
  story.tell(130, withKernel(aReport({ available: onDisk }), { bootId: 'boot-2', bootedAt: at(100) }))
  expect(story.attempts).toMatchObject([{ outcome: 'endedByReboot', endedAt: at(100) }])
  expect(story.last.blockers).toMatchObject([{ releasedAt: at(100) }])
  expect(story.state).toBe('unpatched(justBooted)')
  expect(changes(story)).toEqual([['transitioning', 'unpatched', at(100)]])
})
