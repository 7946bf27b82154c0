import { describe, expect, test } from 'vitest'
import type { TaskGroup } from '../src/api/types.ts'
import { bandsOf, chunksOf, crossings } from '../src/components/universe-strip/cells.ts'
import { completed, type StripData } from '../src/components/universe-strip/strip-data.ts'
import { stripAnnouncement, stripSentence } from '../src/words/strip.ts'

const group = (
  comm: string,
  total: number,
  remaining: number,
  kind: TaskGroup['kind'] = 'user',
): TaskGroup => ({
  comm,
  kind,
  total,
  remaining,
})

describe('the cells of a strip', () => {
  test('are as many as the threads that were read, and no more', () => {
    const bands = bandsOf([group('nginx', 33, 2), group('kworker', 5, 0, 'kthread')], new Map())
    expect(bands.map(({ kind, cells, remaining }) => [kind, cells.length, remaining])).toEqual([
      ['tasks', 33, 2],
      ['kthreads', 5, 0],
    ])
    expect(bands[0]?.cells.filter(({ level }) => level === 0)).toHaveLength(2)
  })
  test('are none without groups', () => {
    expect(bandsOf([], new Map())).toEqual([])
  })
  test('become one for each process above 3,000 threads, filled by share', () => {
    const [band] = bandsOf([group('java', 4_000, 1_000), group('sshd', 1, 0)], new Map())
    expect(band?.cells.map(({ level }) => level)).toEqual([0.75, 1])
  })
  test('keep their place in both lanes and never overlap', () => {
    const [band] = bandsOf([group('a', 1, 0), group('b', 20, 3), group('c', 2, 2)], new Map())
    for (const chunk of chunksOf(band?.cells ?? [], 7)) {
      const places = chunk.cells.map(({ x }) => x)
      expect(places.every((x, index) => index === 0 || x - (places[index - 1] ?? 0) >= 8)).toBe(true)
      expect(places.every((x) => x + 7 <= chunk.width)).toBe(true)
    }
    expect(chunksOf(band?.cells ?? [], 7).flatMap(({ cells }) => cells)).toHaveLength(23)
  })
})

describe('tasks that cross', () => {
  test('are counted by group, and at most sixty move', () => {
    const before = [group('nginx', 100, 90), group('java', 100, 50)]
    const after = [group('nginx', 100, 40), group('java', 100, 10)]
    expect([...crossings(before, after).values()]).toEqual([50, 10])
  })
  test('are none when tasks fall back', () => {
    expect(crossings([group('sh', 4, 1)], [group('sh', 4, 3)]).size).toBe(0)
  })
})

describe('the strip in words', () => {
  test('never says none remaining where nothing could be read', () => {
    const blind = strip({
      confidence: 'none',
      confidenceReason: 'eacces',
      tasks: {
        total: null,
        migrated: null,
        remaining: null,
        kthreadsRemaining: null,
        unreadable: 412,
        idleHidden: 8,
      },
      groups: [],
    })
    expect(stripSentence(blind, false)).toBe(
      'No task can be read here: the agent may not read other users’ tasks.',
    )
    expect(completed(blind).tasks.remaining).toBeNull()
  })
  test('speaks at the milestones, once for all that were passed', () => {
    expect(stripAnnouncement(withRemaining(300), withRemaining(290))).toBeNull()
    expect(stripAnnouncement(withRemaining(300), withRemaining(2))).toBe('99.5 % migrated, 2 remain.')
    expect(stripAnnouncement(withRemaining(1), { ...withRemaining(1), state: 'stuck' })).toMatch(
      /^Stuck: 411 of 412/,
    )
  })
})

const withRemaining = (remaining: number): StripData =>
  strip({
    tasks: {
      total: 412,
      migrated: 412 - remaining,
      remaining,
      kthreadsRemaining: 0,
      unreadable: 0,
      idleHidden: 0,
    },
  })

function strip(fields: Partial<StripData>): StripData {
  return {
    patch: 'livepatch_12',
    direction: 'patching',
    startedAt: '2026-11-23T08:00:00.000Z',
    startedAtSource: 'kernel-log',
    startedBefore: false,
    progressAt: '2026-11-23T08:00:00.000Z',
    tasks: { total: 1, migrated: 0, remaining: 1, kthreadsRemaining: 0, unreadable: 0, idleHidden: 0 },
    groups: [group('billing', 1, 1)],
    confidence: 'full',
    confidenceReason: null,
    signalsByItself: true,
    signaledAt: null,
    stuckAfterSeconds: 120,
    blockingOmitted: 0,
    state: 'transitioning',
    stale: false,
    readAt: '2026-11-23T08:00:10.000Z',
    stragglers: [],
    ...fields,
  }
}
