import type { ReportSource } from '@graftwatch/contract'
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
  release,
} from '../../contract/test/a-report.ts'
import { Story } from '../test/story.ts'
import { findBlockingFrame } from './blocking.ts'
import { triesOf } from './failures.ts'

/** What misleads at three in the morning; the number is the item's in the list the state engine was built from. */

const flags = (story: Story) => story.last.truth.flags
const failedKlp: ReportSource[] = [{ name: 'klp', status: 'failed', reason: 'EIO', durationMs: 1 }]

describe('1.3.1 kpatch gives up after about 75 s', () => {
  const giveUp = (story: Story, from: number) => {
    story.watch(from, from + 70, { startedAt: at(from), blocking: [aTask()] })
    story.tell(from + 76, aMovingReport({ startedAt: at(from), direction: 'unpatching', remaining: 200 }))
    story.tell(from + 80, aReport())
  }

  test('the quiet host it leaves is failed(selfReversed) since the end, and the attempt keeps its evidence', () => {
    const story = new Story()
    story.tell(-60, aReport())
    giveUp(story, 0)
    expect(story.state).toBe('failed(selfReversed)')
    expect(story.attempts).toMatchObject([
      { patch: { name: 'livepatch_12' }, outcome: 'reversed', startedAt: at(0), endedAt: at(80) },
    ])
    const written = story.changes.flatMap(({ blockers }) => blockers)
    expect(written.at(-1)?.held.task).toMatchObject({ comm: 'billing', stack: aTask().stack })
    expect(story.facts('state-changed').map(({ to, occurredAt }) => [to, occurredAt])).toEqual([
      ['transitioning', at(0)],
      ['reverting', at(76)],
      ['failed', at(80)],
    ])
  })

  test('it is the turn that tells who gave up, not the end: an unload that takes long after it is selfReversed too', () => {
    const story = new Story()
    story.watch(0, 70)
    const turned = [anEvent({ kind: 'transition-reversed', at: at(75) })]
    story.watch(80, 150, { direction: 'unpatching', remaining: 4 })
    expect(story.last.truth.open?.directionSince).toBe(at(80))
    story.tell(160, aReport({ events: turned }))
    expect(story.state).toBe('failed(selfReversed)')
    const early = new Story()
    early.watch(0, 30)
    early.watch(40, 90, { direction: 'unpatching', remaining: 4 })
    early.tell(100, aReport())
    expect(early.state).toBe('failed(reversed)')
  })

  test('a loop of retries is one story: tries counted, flagged, since the first; no green in between', () => {
    const story = new Story()
    story.tell(-60, aReport())
    giveUp(story, 0)
    expect(flags(story)).toEqual([])
    story.watch(1800, 1820, { startedAt: at(1800) })
    expect(story.state).toBe('transitioning(patching)')
    expect(flags(story)).toEqual(['retrying'])
    expect(triesOf(story.last.truth)).toBe(2)
    giveUp(story, 1830)
    giveUp(story, 3600)
    expect(story.state).toBe('failed(selfReversed)')
    expect(triesOf(story.last.truth)).toBe(story.attempts.length)
    expect(story.last.truth.failed?.firstAt).toBe(at(0))
    story.watch(5400, 5410, { startedAt: at(5400) })
    story.tell(5412, aMigratedReport())
    expect(story.state).toBe('migrated(applied)')
    expect(flags(story)).toEqual([])
  })

  test('it ends when its target is withdrawn from the disk, not while a newer or unknown one is there', () => {
    const story = new Story()
    const disk = (...versions: string[]) =>
      aReport({
        available: versions.map((version) => ({ package: 'kernel-livepatch', version, forKernel: release })),
      })
    giveUp(story, 0)
    for (const [seconds, versions] of [
      [140, ['11-1', '12-1']],
      [200, ['11-1', '13-1']],
    ] as const) {
      story.tell(seconds, disk(...versions))
      expect(story.state).toBe('failed(selfReversed)')
    }
    story.tell(260, {
      ...disk('11-1'),
      sources: [
        { name: 'klp', status: 'ok', durationMs: 1 },
        { name: 'canonical', status: 'failed', durationMs: 1 },
      ],
    })
    expect(story.state).toBe('failed(selfReversed)')
    story.tell(320, disk('11-1'))
    expect(story.state).toBe('unpatched(notLoaded)')
  })

  test('a source that fails afterwards does not hide it: a known bad fact beats a failed source', () => {
    const story = new Story()
    giveUp(story, 0)
    story.tell(140, aReport({ sources: failedKlp }))
    expect(story.state).toBe('failed(selfReversed)')
  })
})

test('1.3.2 the stack taken at 20 s survives, though at 60 s it cannot be read and at 75 s the attempt is gone', () => {
  const story = new Story()
  story.watch(0, 20, { blocking: [aTask()] })
  const unread = aTask({ stack: null, blockingFrame: null, blockingFunction: null, cause: 'no-permission' })
  story.watch(30, 70, { blocking: [unread] })
  story.tell(76, aReport())
  expect(story.last.blockers).toMatchObject([
    {
      releasedAt: at(76),
      held: {
        task: {
          stack: aTask().stack,
          blockingFunction: '__x64_sys_vfork',
          cause: 'sleeping-in-patched-function',
        },
      },
    },
  ])
})

describe('1.3.3 one sample decides nothing', () => {
  test('the first of a load, enabled 0 and every task 0, is no unload that is done', () => {
    const story = new Story()
    story.tell(0, aReport())
    const report = aMovingReport({ startedAt: at(5), direction: null, remaining: 0 })
    story.tell(5, { ...report, patches: [aPatch({ enabled: false, state: 'pending', inTransition: true })] })
    expect(story.state).toBe('transitioning(directionUnknown)')
    story.tell(10, aMovingReport({ startedAt: at(5), remaining: 390 }))
    expect(story.state).toBe('transitioning(patching)')
    expect(story.last.truth.open).toMatchObject({ number: 1, lowWater: 390 })
    expect(story.facts('transition-reversed')).toEqual([])
    expect(story.facts('patch-disabled')).toEqual([])
  })

  test('the first of a disable, enabled 1 and nearly every task 1, is no load that is nearly done', () => {
    const story = new Story()
    story.tell(0, aMigratedReport())
    const report = aMovingReport({ startedAt: at(5), direction: null, remaining: 2 })
    story.tell(5, { ...report, patches: [aPatch({ inTransition: true, state: 'pending' })] })
    expect(story.state).toBe('transitioning(directionUnknown)')
    story.tell(10, aMovingReport({ startedAt: at(5), direction: 'unpatching', remaining: 390 }))
    expect(story.state).toBe('reverting(unpatching)')
    expect(story.last.truth.open).toMatchObject({ direction: 'unpatching', lowWater: 390 })
    expect(story.facts('patch-enabled')).toEqual([])
  })

  test('a patch in transition without any transition contradicts itself: unknown, and the attempt is not over', () => {
    const story = new Story()
    story.watch(0, 20)
    story.tell(30, { ...aMovingReport(), transition: null })
    expect(story.state).toBe('unknown(contradiction)')
    story.tell(40, aMovingReport())
    expect(story.state).toBe('transitioning(patching)')
    expect(story.attempts).toMatchObject([{ number: 1, outcome: null }])
  })

  test('one disturbed reading does not change by what a host is stuck', () => {
    const story = new Story()
    story.watch(0, 120)
    expect(story.state).toBe('stuck(noProgress)')
    for (const confidenceReason of ['race', 'edge', 'eacces'] as const) {
      story.tell(story.changes.length * 10, aMovingReport({ confidence: 'partial', confidenceReason }))
      expect(story.state).toBe('stuck(noProgress)')
    }
  })
})

describe('1.3.4 a refused load leaves no log line', () => {
  const disk = (...versions: string[]) => ({
    available: versions.map((version) => ({ package: 'kernel-livepatch', version, forKernel: release })),
  })

  test('only the disk against sysfs shows it: queued behind the open transition, and over with it', () => {
    const story = new Story()
    story.tell(0, aMovingReport({}, disk('11-1', '12-1')))
    expect(flags(story)).toEqual([])
    story.tell(10, aMovingReport({}, disk('11-1', '12-1', '13-1')))
    expect(flags(story)).toEqual(['queued'])
    expect(story.facts('load-failed')).toEqual([])
    story.tell(20, aMigratedReport(disk('12-1', '13-1')))
    expect(flags(story)).toEqual([])
  })

  test('a newer one for another kernel does not wait here', () => {
    const story = new Story()
    story.tell(
      0,
      aMovingReport({}, { available: [{ package: 'p', version: '13-1', forKernel: '6.4.0-other' }] }),
    )
    expect(flags(story)).toEqual([])
  })

  test('what a client has pending, or what is loaded and does not move, waits too', () => {
    const client = new Story()
    const sources = (patch: string): ReportSource[] => [
      { name: 'klp', status: 'ok', durationMs: 1 },
      {
        name: 'canonical',
        status: 'ok',
        durationMs: 1,
        claims: [{ patch, state: 'pending', raw: 'State=unapplied' }],
      },
    ]
    client.tell(0, aMovingReport({}, { sources: sources('livepatch_12') }))
    expect(flags(client)).toEqual([])
    client.tell(10, aMovingReport({}, { sources: sources('livepatch_13') }))
    expect(flags(client)).toEqual(['queued'])
    const loaded = new Story()
    const moving = aMovingReport()
    const waiting = aPatch({ name: 'livepatch_13', enabled: false, state: 'pending' })
    loaded.tell(0, { ...moving, patches: [...moving.patches, waiting] })
    expect(flags(loaded)).toEqual(['queued'])
  })
})

test('1.3.5 silence after stuck resolves nothing: what held before and holds after is one standstill', () => {
  const story = new Story()
  story.watch(0, 120, { blocking: [aTask()] })
  const { stateSince } = story.last.truth
  story.tell(480, aMovingReport({ blocking: [aTask()] }))
  expect(story.state).toBe('stuck(noProgress)')
  expect(story.last.truth).toMatchObject({ stateSince, open: { progressAt: at(0) } })
})

test('1.3.6 there is no progress without a new low: falling after a rise never moves the clock that an estimate would use', () => {
  const story = new Story()
  story.watch(0, 20, { remaining: 3 })
  for (const [seconds, remaining] of [
    [30, 9],
    [40, 5],
    [50, 3],
  ] as const)
    story.tell(seconds, aMovingReport({ remaining }))
  expect(story.last.truth.open).toMatchObject({ lowWater: 3, progressAt: at(0) })
  story.tell(60, aMovingReport({ remaining: 2 }))
  expect(story.last.truth.open).toMatchObject({ lowWater: 2, progressAt: at(60) })
})

test('1.3.7 one worker of four hundred is as stuck as half of them: no share of tasks decides', () => {
  const states = [1, 200].map((remaining) => {
    const story = new Story()
    story.watch(0, 120, { remaining })
    return story.state
  })
  expect(states).toEqual(['stuck(noProgress)', 'stuck(noProgress)'])
})

test('1.3.8 the wait channel is rarely the patched function: the frame that matches the patch is marked', () => {
  const frames = ['msleep', 'flush_device', 'worker_thread'].map((symbol) => ({ symbol, module: null }))
  const patch = {
    name: 'livepatch_12',
    objects: [{ name: 'vmlinux', functions: [{ name: 'flush_device' }] }],
  }
  expect(findBlockingFrame({ direction: 'patching', patch, frames })).toEqual({
    blockingFunction: 'flush_device',
    frame: 1,
  })
})

test('1.3.9 a stopped task blocks only with a patched frame', () => {
  const frames = ['do_signal_stop', 'get_signal'].map((symbol) => ({ symbol, module: null }))
  const patch = { name: 'livepatch_12', objects: [{ name: 'vmlinux', functions: [{ name: 'pipe_read' }] }] }
  expect(findBlockingFrame({ direction: 'patching', patch, frames })).toBeNull()
  const held = [...frames, { symbol: 'pipe_read', module: null }]
  expect(findBlockingFrame({ direction: 'patching', patch, frames: held })?.blockingFunction).toBe(
    'pipe_read',
  )
})

test('1.3.10 a reversal keeps the whole story’s start beside the start in this direction, as the log dates it', () => {
  const story = new Story()
  story.watch(0, 70)
  const events = [
    anEvent({ kind: 'tasks-signaled', at: at(15) }),
    anEvent({ kind: 'transition-reversed', at: at(75) }),
  ]
  story.tell(80, aMovingReport({ direction: 'unpatching', remaining: 300 }, { events }))
  expect(story.last.truth.open).toMatchObject({
    startedAt: at(0),
    directionSince: at(75),
    progressAt: at(75),
    signaledAt: at(15),
  })
  story.tell(90, aMovingReport({ direction: 'unpatching', remaining: 300 }, { events }))
  expect(story.facts('transition-reversed')).toMatchObject([{ occurredAt: at(75) }])
  expect(story.facts('tasks-signaled')).toHaveLength(1)
  expect(story.last.truth.stateSince).toBe(at(75))
})

test('1.3.11 first contact is a baseline: "since before we looked", no alarm, and no "patched now"', () => {
  const days = 3 * 86_400
  const story = new Story()
  story.tell(0, aMovingReport({ startedAt: at(-days), startedAtSource: 'observed' }))
  expect(story.state).toBe('transitioning(patching)')
  expect(story.last.truth).toMatchObject({
    sinceBefore: true,
    open: { startedBefore: true, startedAt: at(-days) },
  })
  expect(story.last.facts.map(({ kind }) => kind)).toEqual(['first-contact'])
  const quiet = new Story()
  quiet.tell(
    0,
    aMigratedReport({
      attempts: [anAttempt({ startedAt: at(-90), endedAt: at(-80), outcome: 'completed' })],
    }),
  )
  expect(quiet.facts('patch-enabled')).toEqual([])
  expect(quiet.facts('state-changed')).toEqual([])
})

test('1.3.12 the log’s seconds give order and duration: an attempt told late keeps its own, bounded by the server’s clock', () => {
  const story = new Story({ skewMs: -1000 })
  story.tell(0, aReport())
  const attempts = [anAttempt({ startedAt: at(10), endedAt: at(85) })]
  story.tell(120, aReport({ attempts, events: [anEvent({ at: at(4000) })] }))
  expect(story.attempts).toMatchObject([
    { startedAt: at(10), endedAt: at(85), startedAtSource: 'kernel-log', outcome: 'reversed' },
  ])
  expect(story.facts('transition-started')).toMatchObject([{ occurredAt: at(121) }])
  expect(story.state).toBe('failed(selfReversed)')
  expect(story.last.truth.stateSince).toBe(at(85))
})
