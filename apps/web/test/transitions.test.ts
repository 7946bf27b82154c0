import { describe, expect, test } from 'vitest'
import type { RunningTransition } from '../src/api/types.ts'
import { timeLeft } from '../src/words/time-left.ts'
import { transitionsSentence } from '../src/words/transitions-sentence.ts'

const now = Date.parse('2026-11-23T14:00:00.000Z')
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString()

describe('the time a transition still takes', () => {
  const running = (changes: { remaining?: number | null; progress?: number; before?: number | null }) => ({
    remaining: changes.remaining === undefined ? 100 : changes.remaining,
    progressAt: ago(changes.progress ?? 2),
    samples: [
      { at: ago(90), remaining: 900 },
      { at: ago(50), remaining: changes.before === undefined ? 300 : changes.before },
    ],
  })
  test('follows from the rate of the last minute', () => {
    expect(timeLeft(running({}), now)).toBe(25)
  })
  test('is not said for the tail: the last ten have no rate', () => {
    expect(timeLeft(running({ remaining: 9 }), now)).toBeNull()
  })
  test('is not said after 15 s without progress', () => {
    expect(timeLeft(running({ progress: 15 }), now)).toBeNull()
  })
  test('is not said where nothing can be counted, or nothing moved', () => {
    expect(timeLeft(running({ remaining: null }), now)).toBeNull()
    expect(timeLeft(running({ before: null }), now)).toBeNull()
    expect(timeLeft(running({ before: 100 }), now)).toBeNull()
  })
})

describe('the sentence of the transitions', () => {
  const oldest = {
    progressAt: ago(2_820),
    worst: { comm: 'billing', tid: 170, blockingFunction: '__x64_sys_vfork', cause: 'running', unit: null },
    host: { status: { state: 'stuck' } },
  } as RunningTransition
  const said = (running: number, stuck: number, first: RunningTransition | null = null) =>
    transitionsSentence({ running, stuck }, first)
      .map((part) => ('since' in part ? `<${part.since}>` : part.text))
      .join('')
  test('begins with how many run, and says that none is stuck', () => {
    expect(said(1, 0)).toBe('1 transition is running, and none is stuck.')
    expect(said(206, 0)).toBe('206 transitions are running, and none is stuck.')
  })
  test('names the one that waits longest, and what it waits for', () => {
    expect(said(206, 3, oldest)).toBe(
      `206 transitions are running. 3 are stuck, the oldest without progress for <${ago(2_820)}>, on billing in __x64_sys_vfork.`,
    )
    expect(said(1, 1, oldest)).toBe(
      `1 transition is running, and it is stuck, without progress for <${ago(2_820)}>, on billing in __x64_sys_vfork.`,
    )
  })
  test('does not call the first of a filtered list the oldest', () => {
    expect(said(206, 3)).toBe('206 transitions are running. 3 are stuck.')
  })
  test('calls nothing good news', () => {
    expect(said(0, 0)).toMatch(/^Nothing moves: no host loads or unloads a patch now\./)
  })
})
