import { describe, expect, test } from 'vitest'
import type { PatchComparison, PatchEntry } from '../src/api/types.ts'
import { adoptionShape } from '../src/app/(signed-in)/patches/[id]/_parts/adoption-shape.ts'
import { comparisonSentence } from '../src/words/comparison.ts'
import { hostsCounted, hostsOfPatch, patchesSentence, patchSentence } from '../src/words/patch-hosts.ts'

const now = '2026-11-23T14:00:00.000Z'
const entry: PatchEntry = {
  id: '3',
  mechanism: 'klp',
  name: 'livepatch_12',
  build: '4F2A',
  firstSeenAt: now,
  on: 31,
  moving: 2,
  stuck: 1,
  off: 0,
  waiting: 0,
  kernels: [],
  kernelsTotal: 0,
}

describe('the hosts of a patch', () => {
  test('are asked for by name and build', () => {
    expect(hostsOfPatch(entry)).toBe('/hosts?patch=livepatch_12%404F2A')
    expect(hostsOfPatch({ ...entry, build: '' }, '6.4.0')).toBe('/hosts?patch=livepatch_12&kernel=6.4.0')
  })
  test('are what a number leads to only when they are exactly those it counts', () => {
    expect(hostsCounted({ ...entry, moving: 0, stuck: 0 }, 31)).toBe('/hosts?patch=livepatch_12%404F2A')
    expect(hostsCounted({ ...entry, on: 0, stuck: 0 }, 2)).toBe('/hosts?patch=livepatch_12%404F2A')
    expect(hostsCounted(entry, entry.on)).toBeNull()
    expect(hostsCounted({ ...entry, on: 0, moving: 0, stuck: 0 }, 0)).toBeNull()
  })
  test('are told in a sentence that begins with those fully on it', () => {
    expect(patchSentence(entry)).toBe('It is fully on 31 hosts; 2 are moving; 1 is stuck.')
    expect(patchSentence({ on: 0, moving: 0, stuck: 0, off: 1 })).toBe(
      'It is fully on no host; 1 has it loaded and off.',
    )
    expect(patchSentence({ on: 0, moving: 0, stuck: 0, off: 0 })).toBe('No host has it loaded now.')
  })
})

test('the list of patches begins with how many there are', () => {
  expect(patchesSentence({ items: [entry], total: 4 }, true)).toBe(
    '4 patches have been seen on this fleet. livepatch_12 is on most hosts: 31.',
  )
  expect(patchesSentence({ items: [entry], total: 1 }, false)).toBe('1 patch found.')
  expect(patchesSentence({ items: [], total: 0 }, true)).toBe('No host has reported a live patch yet.')
})

describe('adoption', () => {
  const at = (hours: number): string => new Date(Date.parse(now) - hours * 3_600_000).toISOString()
  test('goes in steps from its first hour to now', () => {
    const shape = adoptionShape({
      adoption: [
        { at: at(4), hosts: 1 },
        { at: at(2), hosts: 4 },
      ],
      now,
    })
    expect(shape?.path).toBe('M0 750H500V0H1000')
    expect(shape?.rows.map(({ word }) => word)).toEqual(['0', '2', '4'])
    expect(shape?.columns[0]).toEqual({ place: 0, word: '10:00' })
    expect(shape?.end).toEqual({ x: 1, y: 0 })
  })
  test('is no picture before there is anything to see', () => {
    expect(adoptionShape({ adoption: [], now })).toBeNull()
    expect(adoptionShape({ adoption: [{ at: now, hosts: 3 }], now })).toBeNull()
  })
})

test('a comparison says what both have in common, or that it cannot be known', () => {
  const comparison: PatchComparison = {
    a: entry,
    b: { ...entry, name: 'livepatch_13' },
    onlyA: [],
    onlyB: [{ object: 'vmlinux', name: 'pipe_read' }],
    both: 12,
    cvesOnlyA: null,
    cvesOnlyB: null,
    now,
  }
  expect(comparisonSentence(comparison)).toBe(
    'livepatch_12 and livepatch_13 have 12 functions in common; 0 only in A, 1 only in B.',
  )
  expect(comparisonSentence({ ...comparison, b: entry, onlyB: [] })).toBe(
    'Two builds of livepatch_12 change the same 12 functions.',
  )
  expect(comparisonSentence({ ...comparison, onlyA: null })).toMatch(/is not known\.$/)
})
