import type { HostReport } from '@graftwatch/contract'
import { describe, expect, test } from 'vitest'
import {
  aMigratedReport,
  aMovingReport,
  anAttempt,
  anEvent,
  aPatch,
  aReport,
  at,
  release,
} from '../../contract/test/a-report.ts'
import { Story } from '../test/story.ts'

const kinds = (story: Story) => story.last.facts.map(({ kind }) => kind)
const available = [{ package: 'kernel-livepatch-12', version: '13-1', forKernel: release }]
const failedSource: HostReport['sources'] = [
  { name: 'klp', status: 'failed', reason: 'EACCES', durationMs: 1 },
]
const newBoot = (fields: Partial<HostReport> = {}, bootedAt = at(200)) => {
  const report = aReport(fields)
  return { ...report, kernel: { ...report.kernel, bootId: 'boot-2', bootedAt } }
}

describe('first contact', () => {
  test('is a baseline: its state is known since before, and nothing "changed"', () => {
    const story = new Story()
    story.tell(0, aMigratedReport())
    expect(story.state).toBe('migrated(applied)')
    expect(kinds(story)).toEqual(['first-contact'])
    expect(story.last.truth).toMatchObject({ sinceBefore: true, stateSince: at(0), firstContactAt: at(0) })
  })

  test('with a transition three days old starts the clock now and says that it began before', () => {
    const story = new Story()
    story.tell(0, aMovingReport({ startedAt: at(-259_200), startedAtSource: 'observed' }))
    expect(story.state).toBe('transitioning(patching)')
    expect(story.last.truth.open).toMatchObject({
      startedBefore: true,
      startedAt: at(-259_200),
      progressAt: at(0),
    })
    story.tell(60, aMovingReport({ startedAt: at(-259_200), startedAtSource: 'observed' }))
    expect(story.state).toBe('transitioning(patching)')
  })

  test('of a host long stuck dates the state from when its threshold passed, not from the reading', () => {
    const story = new Story()
    story.tell(0, aMovingReport({ startedAt: at(-400), progressAt: at(-390) }))
    expect(story.last.truth).toMatchObject({ stateSince: at(-270), sinceBefore: false })
  })

  test('takes over the low the agent saw itself: an agent that watched for long is believed at once', () => {
    const story = new Story()
    story.tell(0, aMovingReport({ startedAt: at(-400), progressAt: at(-390) }))
    expect(story.state).toBe('stuck(noProgress)')
    expect(kinds(story)).not.toContain('state-changed')
  })

  test('a single reading without a confirmed direction is never "unpatching, done" nor "patching, nearly done"', () => {
    const story = new Story()
    story.tell(0, aMovingReport({ direction: null, remaining: 0 }))
    expect(story.state).toBe('transitioning(directionUnknown)')
    story.tell(5, aMovingReport({ remaining: 390 }))
    story.tell(10, aMovingReport({ remaining: 380 }))
    expect(story.last.truth.open).toMatchObject({ lowWater: 380, progressAt: at(10) })
    expect(story.state).toBe('transitioning(patching)')
  })

  test('an unconfirmed reading in the middle counts neither as a low nor as a reversal', () => {
    const story = new Story()
    story.tell(0, aMovingReport({ remaining: 50 }))
    story.tell(5, aMovingReport({ remaining: 1, direction: null }))
    expect(story.last.truth.open).toMatchObject({ lowWater: 50, moving: 'patching' })
    expect(kinds(story)).not.toContain('transition-reversed')
  })
})

describe('states of a quiet host', () => {
  test('nothing enabled and nothing due is notDue, not unpatched', () => {
    const story = new Story()
    story.tell(0, aReport())
    expect(story.state).toBe('notDue(noneKnown)')
  })

  test('a patch on disk for this kernel makes it due', () => {
    const story = new Story()
    story.tell(0, aReport({ available }))
    expect(story.state).toBe('unpatched(notLoaded)')
  })

  test('a patch on disk for another kernel does not', () => {
    const story = new Story()
    story.tell(0, aReport({ available: [{ package: 'p', version: '1', forKernel: '5.14.21-other' }] }))
    expect(story.state).toBe('notDue(noneKnown)')
  })

  test('within ten minutes of the boot the reason is justBooted', () => {
    const story = new Story()
    const report = aReport({ available })
    story.tell(0, { ...report, kernel: { ...report.kernel, bootedAt: at(-599) } })
    expect(story.state).toBe('unpatched(justBooted)')
    story.tell(2, { ...report, kernel: { ...report.kernel, bootedAt: at(-599) } })
    expect(story.state).toBe('unpatched(notLoaded)')
  })

  test.each([
    ['disabled', [aPatch({ enabled: false, state: 'disabled' })]],
    ['removed', []],
    ['removed', [aPatch({ enabled: null, state: 'leftover' })]],
  ] as const)('a patch that was on in this boot and is not any more is unpatched(%s)', (reason, patches) => {
    const story = new Story()
    story.tell(0, aMigratedReport())
    story.tell(60, aReport({ patches: [...patches] }))
    expect(story.state).toBe(`unpatched(${reason})`)
  })

  test('the same kernel booted again without its patch is unpatched, another kernel is not due', () => {
    const same = new Story()
    same.tell(0, aMigratedReport())
    same.tell(900, newBoot())
    expect(same.state).toBe('unpatched(notLoaded)')
    const other = new Story()
    other.tell(0, aMigratedReport())
    const report = newBoot()
    other.tell(900, { ...report, kernel: { ...report.kernel, release: '6.4.0-fixed' } })
    expect(other.state).toBe('notDue(noneKnown)')
  })

  test('a kernel without any mechanism is unsupported', () => {
    const story = new Story()
    story.tell(0, aReport({ sources: [{ name: 'klp', status: 'absent', durationMs: 0 }] }))
    expect(story.state).toBe('unsupported(noMechanism)')
  })

  test('a patch whose module target is not loaded is migrated and waitingForModule', () => {
    const story = new Story()
    const objects = [{ name: 'kvm', patched: false, loaded: false, functions: [] }]
    for (const seconds of [0, 60, 120])
      story.tell(seconds, aMigratedReport({ patches: [aPatch({ objects })] }))
    expect(story.state).toBe('migrated(applied)')
    expect(story.last.truth.flags).toEqual(['waitingForModule'])
  })

  test('a loaded target that is not patched is a race once and unknown twice', () => {
    const story = new Story()
    const objects = [{ name: 'kvm', patched: false, loaded: true, functions: [] }]
    story.tell(0, aMigratedReport({ patches: [aPatch({ objects })] }))
    expect(story.state).toBe('migrated(applied)')
    story.tell(60, aMigratedReport({ patches: [aPatch({ objects })] }))
    expect(story.state).toBe('unknown(targetNotPatched)')
    story.tell(120, aMigratedReport())
    expect(story.state).toBe('migrated(applied)')
  })

  test('two mechanisms with something applied are a conflict', () => {
    const story = new Story()
    const other = aPatch({ mechanism: 'kernelcare', name: 'kc', manager: 'kcarectl' })
    story.tell(0, aMigratedReport({ patches: [aPatch(), other] }))
    expect(story.last.truth.flags).toContain('conflict')
  })

  test('the first live patch of SUSE fixes nothing: migrated and placeholder', () => {
    const story = new Story()
    story.tell(0, aMigratedReport({ patches: [aPatch({ manager: 'klp', name: 'livepatch_1_2_3' })] }))
    expect(story.last.truth).toMatchObject({ state: 'migrated', flags: ['placeholder'] })
  })
})

describe('a failed source erases nothing', () => {
  test('the host is unknown, its patches stay, and none was removed or disabled', () => {
    const story = new Story()
    story.tell(0, aMigratedReport())
    story.tell(60, aReport({ sources: failedSource }))
    expect(story.state).toBe('unknown(sourceFailed)')
    expect(story.last.report.patches).toHaveLength(1)
    expect(kinds(story)).toEqual(['state-changed'])
    story.tell(120, aMigratedReport())
    expect(story.state).toBe('migrated(applied)')
    expect(kinds(story)).toEqual(['state-changed'])
  })

  test('a running transition is neither over nor stuck while nobody can read it', () => {
    const story = new Story()
    story.tell(0, aMovingReport())
    for (const seconds of [60, 120, 180, 240]) story.tell(seconds, aReport({ sources: failedSource }))
    expect(story.state).toBe('unknown(sourceFailed)')
    expect(story.last.truth.open).toMatchObject({ number: 1 })
    story.tell(245, aMovingReport())
    expect(story.state).toBe('transitioning(patching)')
    expect(story.attempts).toHaveLength(1)
  })

  test('a transition that was stuck stays stuck: a known bad fact outlives a failed source', () => {
    const story = new Story()
    story.tell(0, aMovingReport())
    for (let seconds = 30; seconds <= 120; seconds += 30) story.tell(seconds, aMovingReport())
    expect(story.state).toBe('stuck(noProgress)')
    story.tell(150, aReport({ sources: failedSource }))
    expect(story.state).toBe('stuck(noProgress)')
  })

  test('a patch whose flag could not be read is unknown, not disabled', () => {
    const story = new Story()
    story.tell(0, aMigratedReport())
    story.tell(60, aMigratedReport({ patches: [aPatch({ enabled: null })] }))
    expect(story.state).toBe('unknown(sourceFailed)')
    expect(story.facts('patch-disabled')).toEqual([])
  })
})

describe('patches', () => {
  test('an atomic replace is not a "disabled": the old patch may flash 0/0 before its folder goes', () => {
    const story = new Story()
    story.tell(0, aMigratedReport())
    const next = aPatch({ name: 'livepatch_13', replace: true, stackOrder: 2 })
    story.tell(60, aReport({ patches: [aPatch({ enabled: false, state: 'disabled' }), next] }))
    expect(kinds(story)).toEqual(['patch-enabled'])
    story.tell(65, aReport({ patches: [next] }))
    expect(story.facts('patch-disabled')).toEqual([])
    expect(story.state).toBe('migrated(applied)')
  })

  test('one of several patches disabled is a fact although the host stays migrated', () => {
    const story = new Story()
    const both = [aPatch(), aPatch({ name: 'other' })]
    story.tell(0, aReport({ patches: both }))
    story.tell(
      60,
      aReport({ patches: [aPatch(), aPatch({ name: 'other', enabled: false, state: 'disabled' })] }),
    )
    expect(story.facts('patch-disabled')).toMatchObject([{ patch: 'other' }])
    expect(story.state).toBe('migrated(applied)')
  })

  test('forced stays for the boot although the kernel shows no trace, and goes with it', () => {
    const story = new Story()
    story.tell(0, aMigratedReport({ patches: [aPatch({ forced: true })] }))
    story.tell(60, aMigratedReport())
    expect(story.last.truth.flags).toEqual(['forced'])
    story.tell(900, newBoot({ patches: [aPatch()] }))
    expect(story.last.truth.flags).toEqual([])
  })
})

describe('events of the log', () => {
  const many = (from: number) =>
    Array.from({ length: 256 }, (_, index) => anEvent({ at: at(from + index / 1000) }))

  test('are facts once, however often they are told', () => {
    const story = new Story()
    story.tell(0, aReport({ events: [anEvent()] }))
    story.tell(60, aReport({ events: [anEvent(), anEvent({ at: at(30) })] }))
    story.tell(120, aReport({ events: [anEvent(), anEvent({ at: at(30) })] }))
    expect(story.facts('transition-started').map(({ toldAt }) => toldAt)).toEqual([at(0), at(30)])
  })

  test('are kept up to 2,000 a day; that more came is told once, and the next day begins anew', () => {
    const story = new Story()
    for (let round = 0; round < 12; round += 1) story.tell(round * 60, aReport({ events: many(round) }))
    expect(story.facts('transition-started')).toHaveLength(2000)
    expect(story.facts('reports-dropped')).toMatchObject([{ detail: 'events beyond 2000 on 2026-11-23' }])
    story.tell(86_400, aReport({ events: many(86_300) }))
    expect(story.facts('transition-started')).toHaveLength(2256)
  })
})

describe('clocks', () => {
  test.each([
    [3_600_000, 'fast'],
    [-3_600_000, 'slow'],
  ])('a clock off by %i ms (%s) is flagged and its times are shifted onto the server', (skewMs) => {
    const story = new Story({ skewMs })
    story.tell(0, aMovingReport({ startedAt: at(-30) }))
    const server = (seconds: number) => new Date(Date.parse(at(seconds)) - skewMs).toISOString()
    expect(story.last.truth.flags).toContain('clockSkew')
    expect(story.facts('clock-skewed')).toHaveLength(1)
    expect(story.last.truth.readAt).toBe(server(0))
    expect(story.last.truth.open?.startedAt).toBe(server(-30))
  })

  test('without a Date header the time of reading stands in', () => {
    const story = new Story({ skewMs: 3_600_000, sendsDate: false })
    story.tell(0, aReport())
    expect(story.last.truth.flags).toContain('clockSkew')
  })

  test('a report that waited in the spool is not a slow clock, given the Date header', () => {
    const story = new Story()
    story.tell(0, aReport())
    const spooled = story.tell(600, { ...aReport() })
    expect(spooled.truth.flags).toEqual([])
  })

  test('no time is in the future or absurdly old, whatever the host claims', () => {
    const story = new Story()
    const events = [anEvent({ at: '9999-12-31T23:59:59.999Z' }), anEvent({ at: '1970-01-01T00:00:00.000Z' })]
    story.tell(0, aMovingReport({ startedAt: '1970-01-01T00:00:00.000Z' }, { events }))
    for (const { occurredAt } of story.last.facts) {
      expect(occurredAt <= at(0)).toBe(true)
      expect(occurredAt >= '2025').toBe(true)
    }
    expect(story.last.truth.open?.startedAt.slice(0, 4)).toBe('2025')
  })

  test('what every report tells again is one fact, also under a skewed clock and after it was set right', () => {
    const story = new Story({ skewMs: 3_600_000 })
    const events = [anEvent({ at: at(-20) })]
    const attempts = [anAttempt({ startedAt: at(-200), endedAt: at(-100), outcome: 'completed' })]
    story.tell(0, aMigratedReport({ events, attempts }))
    story.tell(60.4, aMigratedReport({ events, attempts }))
    story.setClockRight()
    story.tell(120, aMigratedReport({ events, attempts }))
    expect(story.facts('transition-started')).toHaveLength(1)
    expect(story.attempts).toHaveLength(1)
  })

  test('readings never run backwards', () => {
    const story = new Story()
    story.tell(60, aReport())
    story.tell(0, aMigratedReport())
    expect(story.last.truth.readAt).toBe(at(60))
    expect(story.last.truth.stateSince).toBe(at(60))
  })
})

test('reports the spool had to drop are a fact with their number', () => {
  const story = new Story()
  story.tell(0, aReport())
  const report = aReport()
  story.tell(60, { ...report, agent: { ...report.agent, dropped: 7 } })
  expect(story.facts('reports-dropped')).toMatchObject([{ detail: '7' }])
})

test('a kernel that does not say "replace" has replaced what is gone when the newer load completes', () => {
  const story = new Story()
  const older = aPatch({ name: 'livepatch_11', replace: null })
  story.tell(0, aReport({ patches: [older] }))
  const moving = aMovingReport({})
  story.tell(10, {
    ...moving,
    patches: [older, ...moving.patches.map((patch) => ({ ...patch, replace: null }))],
  })
  story.tell(20, aReport({ patches: [aPatch({ replace: null })] }))
  expect(story.facts('patch-removed')).toMatchObject([
    { patch: 'livepatch_11', detail: 'replaced by livepatch_12' },
  ])
})
