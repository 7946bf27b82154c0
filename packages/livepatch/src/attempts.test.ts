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

const kinds = (story: Story) => story.last.facts.map(({ kind }) => kind)

describe('stuck', () => {
  test('after 120 s without a new low', () => {
    const story = new Story()
    story.watch(0, 110)
    expect(story.state).toBe('transitioning(patching)')
    story.tell(120, aMovingReport())
    expect(story.state).toBe('stuck(noProgress)')
  })

  test('after 600 s where the kernel does not nudge', () => {
    const story = new Story()
    story.watch(0, 590, { signalsByItself: false })
    expect(story.state).toBe('transitioning(patching)')
    story.tell(600, aMovingReport({ signalsByItself: false }))
    expect(story.state).toBe('stuck(noProgress)')
  })

  test.each([
    ['none', { remaining: null }],
    ['partial', { confidence: 'partial', confidenceReason: 'eacces' }],
  ] as const)('after 300 s by age where tasks cannot all be read (%s)', (_name, fields) => {
    const story = new Story()
    story.watch(0, 290, fields)
    expect(story.last.truth.state).toBe('transitioning')
    story.tell(300, aMovingReport(fields))
    expect(story.state).toBe('stuck(noProgressByAge)')
  })

  test('a new low restarts the clock', () => {
    const story = new Story()
    story.watch(0, 110)
    story.tell(115, aMovingReport({ remaining: 2 }))
    story.watch(120, 230, { remaining: 2 })
    expect(story.state).toBe('transitioning(patching)')
    story.tell(235, aMovingReport({ remaining: 2 }))
    expect(story.state).toBe('stuck(noProgress)')
  })

  test('falling, rising and falling to the same number is no progress', () => {
    const story = new Story()
    for (const [seconds, remaining] of [
      [0, 5],
      [10, 3],
      [50, 6],
      [90, 3],
      [130, 3],
    ] as const)
      story.tell(seconds, aMovingReport({ remaining }))
    expect(story.state).toBe('stuck(noProgress)')
    expect(story.last.truth.open).toMatchObject({ lowWater: 3, progressAt: at(10) })
  })

  test('an incomplete reading is no new low', () => {
    const story = new Story()
    story.tell(0, aMovingReport({ remaining: 5 }))
    story.tell(10, aMovingReport({ remaining: 1, confidence: 'partial' }))
    expect(story.last.truth.open?.lowWater).toBe(5)
  })

  test('nothing remains and the transition goes on: finishing for 10 s, then hidden, and stuck after the same time', () => {
    const story = new Story()
    story.watch(0, 10, { remaining: 0 })
    expect(story.state).toBe('transitioning(finishing)')
    story.watch(20, 110, { remaining: 0 })
    expect(story.state).toBe('transitioning(hidden)')
    story.tell(120, aMovingReport({ remaining: 0 }))
    expect(story.state).toBe('stuck(noProgressHidden)')
  })

  test('time without readings counts only when the same task holds before and after', () => {
    const held = new Story()
    held.tell(0, aMovingReport({ blocking: [aTask()] }))
    held.tell(600, aMovingReport({ blocking: [aTask()] }))
    expect(held.state).toBe('stuck(noProgress)')
    const recycled = new Story()
    recycled.tell(0, aMovingReport({ blocking: [aTask()] }))
    recycled.tell(600, aMovingReport({ blocking: [aTask({ taskStartedAt: at(300) })] }))
    expect(recycled.state).toBe('transitioning(patching)')
  })
})

describe('direction', () => {
  test('a reversal restarts the clock and the low, not the start; it is one fact and the same attempt', () => {
    const story = new Story()
    story.watch(0, 70)
    story.tell(76, aMovingReport({ direction: 'unpatching', remaining: 390 }))
    expect(story.state).toBe('reverting(unpatching)')
    expect(story.last.truth.open).toMatchObject({
      number: 1,
      startedAt: at(0),
      directionSince: at(76),
      progressAt: at(76),
      lowWater: 390,
      direction: 'patching',
      moving: 'unpatching',
    })
    expect(kinds(story)).toContain('transition-reversed')
    story.tell(80, aMovingReport({ direction: 'unpatching', remaining: 100 }))
    expect(story.facts('transition-reversed')).toHaveLength(1)
  })

  test('an unload can be stuck too', () => {
    const story = new Story()
    story.watch(0, 120, { direction: 'unpatching' })
    expect(story.state).toBe('stuck(noProgress)')
  })
})

describe('how an attempt ends', () => {
  test('applied: completed, nothing remains', () => {
    const story = new Story()
    story.watch(0, 20)
    story.tell(22, aMigratedReport())
    expect(story.state).toBe('migrated(applied)')
    expect(story.attempts).toMatchObject([{ outcome: 'completed', remaining: 0, endedAt: at(22) }])
  })

  test.each([
    [50, 'reversed'],
    [76, 'selfReversed'],
    [130, 'reversed'],
  ])('a load reversed after %i s leaves the host failed(%s)', (seconds, reason) => {
    const story = new Story()
    story.watch(0, seconds - 6)
    story.tell(seconds - 1, aMovingReport({ direction: 'unpatching', remaining: 5 }))
    story.tell(seconds, aReport())
    expect(story.state).toBe(`failed(${reason})`)
    expect(story.attempts).toMatchObject([{ outcome: 'reversed', direction: 'patching' }])
  })

  test('failed holds with an older patch enabled', () => {
    const story = new Story()
    const older = aPatch({ name: 'livepatch_11' })
    story.tell(0, aReport({ patches: [older] }))
    story.tell(10, aMovingReport({}, { patches: [older, aPatch({ inTransition: true, state: 'pending' })] }))
    story.tell(85, aReport({ patches: [older] }))
    expect(story.state).toBe('failed(selfReversed)')
    story.tell(9000, aReport({ patches: [older] }))
    expect(story.state).toBe('failed(selfReversed)')
  })

  test.each([
    ['the same patch', { name: 'livepatch_12' }, 'migrated'],
    ['a newer patch', { name: 'livepatch_13' }, 'migrated'],
    ['one that replaces all', { name: 'hotfix', replace: true }, 'migrated'],
    ['an older patch', { name: 'livepatch_9' }, 'failed'],
  ])('failed ends when %s completes: %s', (_name, patch, state) => {
    const story = new Story()
    story.watch(0, 70)
    story.tell(76, aReport())
    story.tell(
      100,
      aMovingReport(
        { patch: patch.name, startedAt: at(100) },
        { patches: [aPatch({ ...patch, inTransition: true })] },
      ),
    )
    story.tell(105, aReport({ patches: [aPatch(patch)] }))
    expect(story.last.truth.state).toBe(state)
  })

  test('failed ends when the same patch is found applied, though nobody saw or told of the try', () => {
    const story = new Story()
    story.watch(0, 70)
    story.tell(76, aReport())
    expect(story.last.truth.state).toBe('failed')
    story.tell(136, aMigratedReport())
    expect(story.state).toBe('migrated(applied)')
  })

  test('a reboot ends the attempt as endedByReboot, its blockers and the failure', () => {
    const story = new Story()
    story.watch(0, 30, { blocking: [aTask()] })
    const report = aReport()
    const booted = story.tell(400, {
      ...report,
      kernel: { ...report.kernel, bootId: 'boot-2', bootedAt: at(390) },
    })
    expect(story.attempts).toMatchObject([
      { outcome: 'endedByReboot', endedAt: at(390), bootId: report.kernel.bootId },
    ])
    expect(booted.blockers).toMatchObject([{ releasedAt: at(390) }])
    expect(kinds(story)).toEqual(['attempt-ended', 'rebooted', 'state-changed'])
    expect(story.last.facts[0]?.bootId).toBe(report.kernel.bootId)
    expect(story.last.truth).toMatchObject({ open: null, failed: null, bootId: 'boot-2' })
  })

  test('an attempt never ends before it was last seen running, even when the host claims to have booted earlier', () => {
    const story = new Story()
    story.watch(0, 30)
    const report = aReport()
    story.tell(400, { ...report, kernel: { ...report.kernel, bootId: 'boot-2', bootedAt: at(-99) } })
    expect(story.attempts[0]?.endedAt).toBe(at(30))
  })

  test('failed ends with the boot', () => {
    const story = new Story()
    story.watch(0, 70)
    story.tell(76, aReport())
    const report = aReport()
    story.tell(400, { ...report, kernel: { ...report.kernel, bootId: 'boot-2', bootedAt: at(390) } })
    expect(story.last.truth.state).toBe('notDue')
  })

  test('a release string that changes without a new boot id is not a reboot', () => {
    const story = new Story()
    story.watch(0, 10)
    const report = aMovingReport()
    story.tell(20, { ...report, kernel: { ...report.kernel, release: 'livepatched-name' } })
    expect(story.facts('rebooted')).toEqual([])
    expect(story.last.truth.open?.number).toBe(1)
  })

  test('forced: the outcome says so, the host is migrated and flagged', () => {
    const story = new Story()
    story.watch(0, 30)
    const events = [anEvent({ kind: 'forced', at: at(33) })]
    story.tell(40, aMigratedReport({ events }))
    expect(story.attempts).toMatchObject([{ outcome: 'forced' }])
    expect(story.last.truth).toMatchObject({ state: 'migrated', flags: ['forced'], failed: null })
  })

  test('a force of long ago, told again by every report, does not make a later attempt forced', () => {
    const story = new Story({ skewMs: -3_600_000 })
    const events = [anEvent({ kind: 'forced', at: at(-500), patch: 'livepatch_12' })]
    story.tell(0, aMovingReport({}, { events }))
    story.tell(20, aMigratedReport({ events }))
    expect(story.attempts).toMatchObject([{ outcome: 'completed' }])
  })

  test('a retry between two readings ends the attempt before it: two attempts, the first reversed', () => {
    const story = new Story()
    story.tell(0, aMovingReport())
    const attempts = [
      anAttempt({ endedAt: at(75), outcome: 'reversed' }),
      anAttempt({ startedAt: at(80), endedAt: null, outcome: null }),
    ]
    story.tell(90, aMovingReport({ startedAt: at(80) }, { attempts }))
    expect(story.attempts).toMatchObject([
      { number: 1, outcome: 'reversed', endedAt: at(75) },
      { number: 2, outcome: null, startedAt: at(80) },
    ])
    expect(story.last.truth.failed).toMatchObject({ reason: 'selfReversed', tries: 1 })
  })
})

describe('attempts the agent tells of', () => {
  test('that began and ended between two reports are recorded once', () => {
    const story = new Story()
    const attempts = [anAttempt({ startedAt: at(10), endedAt: at(85) })]
    story.tell(0, aReport())
    story.tell(120, aReport({ attempts }))
    story.tell(180, aReport({ attempts }))
    expect(story.attempts).toMatchObject([
      { number: 1, outcome: 'reversed', startedAt: at(10), endedAt: at(85) },
    ])
    expect(story.facts('attempt-ended')).toHaveLength(1)
    expect(story.state).toBe('failed(selfReversed)')
  })

  test('are recorded once however many a report may hold', () => {
    const story = new Story()
    const attempts = Array.from({ length: 64 }, (_, index) =>
      anAttempt({ startedAt: at(index * 10), endedAt: at(index * 10 + 5), outcome: 'completed' }),
    )
    for (const seconds of [1000, 1060, 1120]) story.tell(seconds, aMigratedReport({ attempts }))
    expect(story.last.truth.attempts).toBe(64)
  })

  test('count as tries: a second failure of one patch is retrying', () => {
    const story = new Story()
    story.tell(0, aReport())
    const attempts = [
      anAttempt({ startedAt: at(300), endedAt: at(375) }),
      anAttempt({ startedAt: at(10), endedAt: at(85) }),
    ]
    story.tell(400, aReport({ attempts }))
    expect(story.last.truth.failed?.tries).toBe(2)
    expect(story.last.truth.flags).toEqual(['retrying'])
    expect(story.attempts.map(({ startedAt }) => startedAt)).toEqual([at(10), at(300)])
  })

  test('of an older patch that failed before a newer one completed leave no failure', () => {
    const story = new Story()
    story.tell(0, aReport())
    const attempts = [
      anAttempt({ startedAt: at(10), endedAt: at(85) }),
      anAttempt({ startedAt: at(100), endedAt: at(103), outcome: 'completed' }),
    ]
    story.tell(120, aMigratedReport({ attempts }))
    expect(story.state).toBe('migrated(applied)')
  })

  test('refused leaves the host failed(refused)', () => {
    const story = new Story()
    story.tell(0, aReport())
    story.tell(
      60,
      aReport({ attempts: [anAttempt({ startedAt: at(10), endedAt: at(10), outcome: 'refused' })] }),
    )
    expect(story.state).toBe('failed(refused)')
  })
})

test("the kernel's nudge of an earlier attempt is not this one's", () => {
  const story = new Story()
  const old = anEvent({ kind: 'tasks-signaled', at: at(-300) })
  story.tell(0, aMovingReport({}, { events: [old] }))
  expect(story.last.truth.open?.signaledAt).toBeNull()
  const events = [old, anEvent({ kind: 'tasks-signaled', at: at(15) })]
  story.tell(20, aMovingReport({}, { events }))
  expect(story.last.truth.open?.signaledAt).toBe(at(15))
})

test('samples are kept when the number changed or a minute passed', () => {
  const story = new Story()
  for (const [seconds, remaining] of [
    [0, 5],
    [10, 5],
    [20, 4],
    [50, 4],
    [80, 4],
  ] as const)
    story.tell(seconds, aMovingReport({ remaining }))
  const samples = story.changes.flatMap(({ sample }) => (sample ? [[sample.at, sample.remaining]] : []))
  expect(samples).toEqual([
    [at(0), 5],
    [at(20), 4],
    [at(80), 4],
  ])
})
