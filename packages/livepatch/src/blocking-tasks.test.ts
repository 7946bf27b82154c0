import { describe, expect, test } from 'vitest'
import { aMigratedReport, aMovingReport, aReport, aTask, at } from '../../contract/test/a-report.ts'
import { Story } from '../test/story.ts'

describe('blocking tasks', () => {
  test('are written down from 15 s on, once, and again only with news', () => {
    const story = new Story()
    story.tell(0, aMovingReport({ blocking: [aTask()] }))
    expect(story.last.blockers).toEqual([])
    story.tell(16, aMovingReport({ blocking: [aTask()] }))
    expect(story.last.blockers).toMatchObject([{ number: 1, releasedAt: null, held: { tid: 170 } }])
    story.tell(26, aMovingReport({ blocking: [aTask()] }))
    expect(story.last.blockers).toEqual([])
    story.tell(36, aMovingReport({ blocking: [aTask({ stack: ['other_frame'] })] }))
    expect(story.last.blockers).toHaveLength(1)
  })

  test('are known by when they began, however that is spelled', () => {
    const story = new Story()
    story.watch(0, 20, { blocking: [aTask({ taskStartedAt: '2026-11-23T07:00:00Z' })] })
    story.tell(30, aMovingReport({ blocking: [aTask({ taskStartedAt: '2026-11-23T07:00:00.000Z' })] }))
    expect(story.last.blockers).toEqual([])
    expect(story.facts('task-released')).toEqual([])
  })

  test('are remembered up to 40, the longest held with their stacks; nobody known is pushed out', () => {
    const story = new Story()
    const crowd = (from: number, seconds: number) =>
      Array.from({ length: 60 }, (_, index) =>
        aTask({ tid: from + index, firstSeenAt: at(seconds + 59 - index) }),
      )
    story.watch(0, 20, { blocking: crowd(1000, -100) })
    const held = story.last.truth.open?.held ?? []
    expect(held.map(({ tid }) => tid)).toEqual(Array.from({ length: 40 }, (_, index) => 1059 - index))
    expect(held.map(({ task }) => task.stack !== null)).toEqual(
      Array.from({ length: 40 }, (_, index) => index < 20),
    )
    story.tell(30, aMovingReport({ blocking: [...crowd(5000, -500).slice(0, 40), ...crowd(1000, -100)] }))
    expect(story.last.blockers).toEqual([])
    expect(story.facts('task-released')).toEqual([])
    expect(story.last.truth.open?.held.map(({ tid }) => tid)).toEqual(held.map(({ tid }) => tid))
  })

  test('a stack that went missing is no news: the evidence stays', () => {
    const story = new Story()
    story.watch(0, 20, { blocking: [aTask()] })
    story.tell(30, aMovingReport({ blocking: [aTask({ stack: null })] }))
    expect(story.last.blockers).toEqual([])
  })

  test('keep the time they were first seen, and are released when a complete reading does not list them', () => {
    const story = new Story()
    story.watch(0, 20, { blocking: [aTask()] })
    story.tell(30, aMovingReport({ blocking: [aTask({ firstSeenAt: at(30) })] }))
    expect(story.last.truth.open?.held[0]?.firstSeenAt).toBe(at(0))
    story.tell(40, aMovingReport({ blocking: [], confidence: 'partial' }))
    expect(story.last.truth.open?.held).toHaveLength(1)
    story.tell(50, aMovingReport({ blocking: [], remaining: 2 }))
    expect(story.last.blockers).toMatchObject([{ releasedAt: at(50) }])
    expect(story.facts('task-released')).toHaveLength(1)
  })

  test('released by a reversal keep the direction, and so the cause, they were recorded with', () => {
    const story = new Story()
    story.watch(0, 70, { blocking: [aTask()] })
    story.tell(76, aMovingReport({ direction: 'unpatching', remaining: 5 }))
    expect(story.last.blockers).toMatchObject([{ direction: 'patching', releasedAt: at(76) }])
  })

  test('released by a reversal are so also among more tasks than a report lists', () => {
    const story = new Story()
    story.watch(0, 70, { blocking: [aTask()] })
    const others = Array.from({ length: 40 }, (_, index) => aTask({ tid: 1000 + index, firstSeenAt: at(76) }))
    story.tell(
      76,
      aMovingReport({ direction: 'unpatching', remaining: 390, blocking: others, blockingOmitted: 350 }),
    )
    expect(story.last.blockers).toMatchObject([
      { direction: 'patching', held: { tid: 170 }, releasedAt: at(76) },
    ])
    story.tell(80, aReport())
    expect(story.changes.flatMap(({ attempts }) => attempts).at(-1)).toMatchObject({
      outcome: 'reversed',
      lowWater: 3,
    })
  })

  test('that are not listed are remembered before new ones that are', () => {
    const story = new Story()
    story.watch(0, 20, { blocking: [aTask()] })
    const others = Array.from({ length: 40 }, (_, index) => aTask({ tid: 1000 + index, firstSeenAt: at(30) }))
    story.tell(30, aMovingReport({ blocking: others, blockingOmitted: 1 }))
    expect(story.last.truth.open?.held.map(({ tid }) => tid)).toContain(170)
    expect(story.last.truth.open?.held).toHaveLength(40)
  })

  test('the evidence of a reversed load survives it: the attempt keeps its last blockers', () => {
    const story = new Story()
    story.watch(0, 70, { blocking: [aTask()] })
    story.tell(76, aReport())
    const written = story.changes.flatMap(({ blockers }) => blockers)
    expect(written.at(-1)).toMatchObject({
      number: 1,
      held: { task: { stack: aTask().stack } },
      releasedAt: at(76),
    })
  })

  test('that held to the end are told as released when the transition completes', () => {
    const story = new Story()
    story.watch(0, 20, { blocking: [aTask()] })
    story.tell(30, aMigratedReport())
    expect(story.facts('task-released')).toMatchObject([
      { occurredAt: at(30), detail: 'billing (170) in __x64_sys_vfork' },
    ])
  })
})
