import { describe, expect, test } from 'vitest'
import type { HostEvent } from '../src/api/types.ts'
import { eventReason, eventSentence } from '../src/words/events.ts'

const anEvent = (fields: Partial<HostEvent>): HostEvent => ({
  id: '1',
  hostId: '7',
  hostname: 'pay-4',
  demo: false,
  kind: 'state-changed',
  occurredAt: '2026-11-23T14:00:00.000Z',
  recordedAt: '2026-11-23T14:00:00.000Z',
  patch: null,
  source: 'server',
  from: null,
  to: null,
  reason: null,
  detail: null,
  ...fields,
})

describe('an event of a history', () => {
  test('does not say that every task runs the patched code: the host may have been forced there', () => {
    const change = { from: 'transitioning' } as const
    expect(eventReason(anEvent({ ...change, to: 'migrated', reason: 'applied' }))).toBeNull()
    expect(eventReason(anEvent({ ...change, to: 'stuck', reason: 'noProgress' }))).toContain('no')
  })

  test.each([
    ['patching', 'completed', 'Attempt to load p was completed'],
    ['patching', 'reversed', 'Attempt to load p was reversed'],
    ['unpatching', 'endedByReboot', 'Attempt to unload p was ended by a reboot'],
    ['patching', null, 'Attempt to load p ended, how is not known'],
  ])('an attempt that went %s and ended %s: %s', (detail, reason, sentence) => {
    expect(eventSentence(anEvent({ kind: 'attempt-ended', patch: 'p', detail, reason }))).toBe(sentence)
  })
})
