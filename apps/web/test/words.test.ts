import { hostStates } from '@graftwatch/contract/vocabulary'
import { describe, expect, test } from 'vitest'
import type { Overview } from '../src/api/types.ts'
import { ago, duration, preciseDuration } from '../src/words/duration.ts'
import { fleetSentence } from '../src/words/fleet-sentence.ts'
import { percent } from '../src/words/numbers.ts'
import { visibleText } from '../src/words/visible-text.ts'

describe('a share', () => {
  test('is cut and never rounded up to all', () => {
    expect(percent(9_997, 10_000)).toBe('99.9 %')
    expect(percent(999_999, 1_000_000)).toBe('99.9 %')
    expect(percent(10_000, 10_000)).toBe('100 %')
  })
  test('that is tiny is not shown as none', () => {
    expect(percent(3, 10_000)).toBe('0.03 %')
    expect(percent(1, 1_000_000)).toBe('< 0.01 %')
    expect(percent(0, 10)).toBe('0 %')
    expect(percent(0, 0)).toBe('0 %')
  })
})

describe('a span', () => {
  test('has two units at most', () => {
    expect([8, 60, 2_820, 11_520, 86_400, 187_200].map(duration)).toEqual([
      '8 s',
      '1 min',
      '47 min',
      '3 h 12 min',
      '1 d',
      '2 d 4 h',
    ])
    expect(preciseDuration(75)).toBe('1 min 15 s')
  })
  test('is never negative, whatever the clocks say', () => {
    expect(duration(-5)).toBe('0 s')
  })
  test('becomes an instant after a day, with the year when it is another', () => {
    const now = Date.parse('2026-11-23T14:00:00Z')
    expect(ago('2026-11-23T13:48:00Z', now)).toBe('12 min ago')
    expect(ago('2026-11-22T03:10:00Z', now)).toBe('22 Nov 03:10 UTC')
    expect(ago('2025-12-31T23:59:00Z', now)).toBe('31 Dec 2025 23:59 UTC')
  })
})

test('characters that hide or reorder text are spelled out', () => {
  expect(visibleText('a\nb\u0007\u202ec\u200b')).toBe('a\\nb\\x07\\u202ec\\u200b')
  expect(visibleText('שרת (1) <b>')).toBe('שרת (1) <b>')
})

describe('the sentence of the fleet', () => {
  test('counts, names the oldest stuck host and what else is wrong', () => {
    const said = sentence({ migrated: 9_412, stuck: 1, failed: 2, silent: 1, transitioning: 584 })
    expect(said).toBe('9,412 of 10,000 hosts are fully migrated. 1 is stuck. 2 failed and 1 is silent.')
  })
  test('is right for one host, for all and for none', () => {
    expect(sentence({ migrated: 1 })).toBe('The only host is fully migrated.')
    expect(sentence({ migrated: 7 })).toBe('All 7 hosts are fully migrated.')
    expect(sentence({ silent: 7 })).toBe('None of 7 hosts is fully migrated. 7 are silent.')
    expect(sentence({ unpatched: 1 })).toBe('The only host is not fully migrated. 1 is unpatched.')
    expect(sentence({ migrated: 1, transitioning: 1 })).toBe('1 of 2 hosts is fully migrated.')
    expect(sentence({})).toBe('')
  })
  test('lists three faults with a comma and an and', () => {
    expect(sentence({ failed: 1, unpatched: 3, unknown: 2 })).toBe(
      'None of 6 hosts is fully migrated. 1 failed, 3 are unpatched and 2 are unknown.',
    )
  })
})

function sentence(some: Partial<Overview['counts']>): string {
  const counts = Object.fromEntries(
    hostStates.map((state) => [state, some[state] ?? 0]),
  ) as Overview['counts']
  const total = hostStates.reduce((sum, state) => sum + counts[state], 0)
  const overview: Overview = {
    counts,
    total,
    demoHosts: 0,
    attention: [],
    running: [],
    runningTotal: 0,
    changes: [],
    now: '2026-11-23T14:00:00.000Z',
  }
  return fleetSentence(overview)
    .map((part) => ('since' in part ? part.since : part.text))
    .join('')
}
