import { describe, expect, test } from 'vitest'
import type { Attempt, HostEvent } from '../src/api/types.ts'
import { changesOf, lanesOf, stateAt } from '../src/app/(signed-in)/hosts/[id]/_parts/lanes.ts'
import { historyWindow, stepsAround } from '../src/app/(signed-in)/hosts/[id]/history-window.ts'
import { lanesSentence } from '../src/words/lanes.ts'

const from = Date.parse('2026-11-23T00:00:00.000Z')
const to = Date.parse('2026-11-24T00:00:00.000Z')
let id = 0

function event(kind: HostEvent['kind'], hour: number, fields: Partial<HostEvent> = {}): HostEvent {
  const at = new Date(from + hour * 3_600_000).toISOString()
  id += 1
  return {
    id: String(id),
    hostId: '7',
    hostname: 'db-7',
    demo: false,
    kind,
    occurredAt: at,
    recordedAt: at,
    patch: null,
    source: 'server',
    from: null,
    to: null,
    reason: null,
    detail: null,
    ...fields,
  }
}

const contact = event('first-contact', 6)
const stuck = event('state-changed', 12, { from: 'migrated', to: 'stuck' })
const silent = event('state-changed', 18, { from: 'stuck', to: 'silent' })
const told = { attempts: [], from, to, attemptsAt: to, whole: true, last: 'silent' as const }

describe('the lane of states', () => {
  test('has no gap, and nothing is known before the first contact', () => {
    const early = event('transition-started', 3, { source: 'kernel-log' })
    const lanes = lanesOf({ ...told, events: [silent, stuck, contact, early] })
    expect(lanes.states).toEqual([
      { state: null, from: 0, to: 0.25 },
      { state: 'migrated', from: 0.25, to: 0.5 },
      { state: 'stuck', from: 0.5, to: 0.75 },
      { state: 'silent', from: 0.75, to: 1 },
    ])
    expect(stateAt(lanes, 0.6)).toBe('stuck')
    expect(lanesSentence(lanes, to - from)).toBe('In 1 d: stuck 6 h, silent 6 h and migrated 6 h.')
  })
  test('begins with what the host was, when its changes lie before the window', () => {
    const old = event('state-changed', -30, { from: 'stuck', to: 'migrated' })
    expect(lanesOf({ ...told, events: [old] }).states).toEqual([{ state: 'migrated', from: 0, to: 1 }])
    expect(lanesOf({ ...told, events: [] }).states).toEqual([{ state: 'silent', from: 0, to: 1 }])
    expect(lanesOf({ ...told, events: [], whole: false }).states).toEqual([{ state: null, from: 0, to: 1 }])
  })
})

test('attempts, patches and boots stand where they happened', () => {
  const attempt = {
    number: 3,
    startedAt: new Date(from + 12 * 3_600_000).toISOString(),
    endedAt: null,
    outcome: null,
  } as Attempt
  const lanes = lanesOf({
    ...told,
    attempts: [attempt],
    events: [
      contact,
      event('rebooted', 9),
      event('patch-enabled', 12, { patch: 'lp' }),
      event('patch-removed', 18, { patch: 'lp' }),
    ],
  })
  expect(lanes.attempts).toEqual([{ number: 3, from: 0.5, to: 1, bad: false }])
  const then = lanesOf({ ...told, events: [contact], attempts: [attempt], attemptsAt: from + 18 * 3_600_000 })
  expect(then.attempts).toEqual([{ number: 3, from: 0.5, to: 0.75, bad: false }])
  expect(lanes.boots).toEqual([{ at: 0.375 }])
  expect(lanes.patches).toEqual([
    { at: 0.75, on: false, name: 'lp' },
    { at: 0.5, on: true, name: 'lp' },
  ])
})

describe('the cursor', () => {
  test('steps from change to change, and after the last to now', () => {
    const changes = changesOf([silent, contact, stuck])
    expect(changes).toEqual([stuck.occurredAt, silent.occurredAt])
    expect(stepsAround(changes, null, to)).toEqual({ earlier: silent.occurredAt, later: null })
    expect(stepsAround(changes, stuck.occurredAt, to)).toEqual({ earlier: null, later: silent.occurredAt })
    expect(stepsAround(changes, silent.occurredAt, to)).toEqual({ earlier: stuck.occurredAt, later: null })
  })
  test('stands in the window, which ends now while it can', () => {
    const day = 24 * 3_600_000
    expect(historyWindow(null, '1d', to)).toEqual({ from, to, asOf: null })
    expect(historyWindow(stuck.occurredAt, '1d', to)).toEqual({ from, to, asOf: null })
    const long = historyWindow('2026-11-01T12:00:00.000Z', '1d', to)
    expect(long).toEqual({
      from: Date.parse('2026-11-01T00:00:00.000Z'),
      to: Date.parse('2026-11-02T00:00:00.000Z'),
      asOf: '2026-11-02T00:00:00.000Z',
    })
    expect(long.to - long.from).toBe(day)
  })
})
