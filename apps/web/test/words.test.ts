import { hostStates } from '@graftwatch/contract/vocabulary'
import { describe, expect, test } from 'vitest'
import type { HostDetail, HostPatch, HostStatus, Overview, TransitionSummary } from '../src/api/types.ts'
import { unanswered } from '../src/components/time-cursor/at.ts'
import { ago, duration, preciseDuration } from '../src/words/duration.ts'
import { shownFlags } from '../src/words/flags.ts'
import { fleetSentence } from '../src/words/fleet-sentence.ts'
import { appliedWords, hostSentence } from '../src/words/host-sentence.ts'
import { telling } from '../src/words/host-status.ts'
import { percent } from '../src/words/numbers.ts'
import { restOfRunning } from '../src/words/running.ts'
import { ticketText } from '../src/words/ticket.ts'
import { visibleText } from '../src/words/visible-text.ts'

const now = '2026-11-23T14:00:00.000Z'
const empty: Overview = {
  counts: Object.fromEntries(hostStates.map((state) => [state, 0])) as Overview['counts'],
  total: 0,
  demoHosts: 0,
  attention: [],
  running: [],
  runningTotal: 0,
  changes: [],
  flags: {},
  levels: {},
  view: null,
  now,
}

describe('a share', () => {
  test('is rounded, but never up to all', () => {
    expect(percent(2, 3)).toBe('66.7 %')
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
    expect(sentence({ unpatched: 1 })).toBe('The only host is unpatched.')
    expect(sentence({ unsupported: 1 })).toBe('The only host’s kernel has no live patching.')
    expect(sentence({ unsupported: 3 })).toBe('All 3 hosts run kernels without live patching.')
    expect(sentence({ notDue: 1 })).toBe('The only host has nothing due.')
    expect(sentence({ migrated: 1, transitioning: 1 })).toBe('1 of 2 hosts is fully migrated.')
    expect(sentence({})).toBe('')
  })
  test('names what a state alone hides', () => {
    expect(sentence({ migrated: 7 }, { flags: { forced: 1, placeholder: 41, blind: 2, retrying: 9 } })).toBe(
      'All 7 hosts are fully migrated. Among all: 1 forced, 41 on a placeholder and 2 blind.',
    )
  })
  test('speaks of the past as of the past', () => {
    const view = { asOf: now, knownAt: now }
    expect(sentence({ migrated: 6, silent: 1, failed: 2 }, { view })).toBe(
      '6 of 9 hosts were fully migrated. 2 failed and 1 was silent.',
    )
    expect(sentence({ notDue: 1 }, { view })).toBe('The only host had nothing due.')
    expect(sentence({ unsupported: 2 }, { view })).toBe('All 2 hosts ran kernels without live patching.')
  })
  test('lists three faults with a comma and an and', () => {
    expect(sentence({ failed: 1, unpatched: 3, unknown: 2 })).toBe(
      'None of 6 hosts is fully migrated. 1 failed, 3 are unpatched and 2 are unknown.',
    )
  })
})

describe('ages', () => {
  const stuck = aHost({
    status: aStatus('stuck', { since: '2026-11-23T13:14:00.000Z' }),
    transition: aTransition({ progressAt: '2026-11-23T13:12:00.000Z' }),
  })

  test('of a stuck host are the same in the headline, in lists, on its page and in a ticket', () => {
    const { transition } = stuck
    if (transition === null) throw new Error('the host under test is stuck')
    const attention = [
      {
        host: { ...stuck, ticks: null, transition: null, kernelRelease: '6.1.0', patch: 'p' },
        transition: summary(stuck),
      },
    ]
    expect(sentence({ migrated: 2, stuck: 1 }, { attention })).toBe(
      '2 of 3 hosts are fully migrated. 1 is stuck, without progress for 48 min, on billing in __x64_sys_vfork.',
    )
    expect(sentence({ migrated: 1, stuck: 2 }, { attention })).toContain(
      '2 are stuck, the oldest without progress for 48 min, on billing',
    )
    const { word, since } = telling(stuck.status, transition.progressAt)
    expect(`${word} ${duration((Date.parse(now) - Date.parse(since)) / 1000)}`).toBe('no progress for 48 min')
    expect(ticketText(stuck, false)).toMatch(/^db-7: stuck, no progress for 48 min\n/)
  })
  test('of a silent host count from its last word, with the limit', () => {
    const silent = aHost({ status: aStatus('silent', { lastSeenAt: '2026-11-23T13:56:00.000Z' }) })
    expect(ticketText(silent, true)).toMatch(/^db-7: silent, no word for 4 min \(limit 3 min\)\n/)
  })
  test('are lower bounds where the state is older than our knowledge of it', () => {
    const before = aHost({ status: aStatus('unpatched', { sinceBefore: true }) })
    expect(ticketText(before, false)).toMatch(/^db-7: unpatched for ≥ 1 h\n/)
  })
})

describe('a patch that is on', () => {
  const said = (...objects: [name: string, loaded: boolean | null, patched: boolean | null][]) => {
    const patch = aPatch(objects.map(([name, loaded, patched]) => ({ name, loaded, patched, functions: [] })))
    return [
      appliedWords(patch),
      hostSentence(aHost({ status: aStatus('migrated', { reason: 'applied' }), patches: [patch] })),
    ]
  }
  test('that was forced is never said to be run by every task', () => {
    const patch = aPatch([{ name: 'vmlinux', loaded: true, patched: true, functions: [] }])
    expect(appliedWords(patch, true)).toMatch(/some tasks may still run old code\.$/)
    const status = aStatus('migrated', { reason: 'applied', flags: ['forced'] })
    expect(hostSentence(aHost({ status, patches: [patch] }))).toMatch(/some tasks may still run old code\.$/)
  })
  test('is run by every task only where something of it is in the kernel', () => {
    expect(said(['vmlinux', true, true])).toEqual([
      'is on: every task runs the patched code.',
      'A patch is enabled and every task runs the patched code.',
    ])
    expect(said(['vmlinux', null, null])[0]).toBe('is on: every task runs the patched code.')
    expect(said(['mpls_router', false, false])).toEqual([
      'is enabled; nothing to patch until mpls_router loads.',
      'A patch is enabled; it has nothing to patch until mpls_router loads.',
    ])
  })
  test('names the modules a part of it waits for', () => {
    expect(said(['vmlinux', true, true], ['sctp', false, false], ['kvm', false, false])).toEqual([
      'is on: every task runs the patched code. A part of it waits until sctp and kvm load.',
      'A patch is enabled and every task runs the patched code; a part of it waits until sctp and kvm load.',
    ])
    const many = ['a', 'b', 'c', 'd', 'e'].map((name): [string, boolean, boolean] => [name, false, false])
    expect(said(...many)[0]).toBe('is enabled; nothing to patch until a, b, c and 2 more load.')
  })
})

test('a running transition that needs attention is not listed twice', () => {
  const [stuck, moving] = ['7', '8'].map((id) => summary(aHost({ id, status: aStatus('stuck') })))
  if (stuck === undefined || moving === undefined) throw new Error('two were made')
  const overview = { attention: [{ host: stuck.host, transition: stuck }], running: [stuck, moving] }
  expect(restOfRunning({ ...empty, ...overview, runningTotal: 5 })).toEqual({ rest: [moving], more: 3 })
  expect(restOfRunning({ ...empty, ...overview, running: [stuck], runningTotal: 1 })).toEqual({
    rest: [],
    more: 0,
  })
})

test('a missing right is no flag where the kernel has no live patching', () => {
  expect(shownFlags(aStatus('unsupported', { flags: ['blind', 'rebootPending'] }))).toEqual(['rebootPending'])
  expect(shownFlags(aStatus('stuck', { flags: ['blind'] }))).toEqual(['blind'])
})

function sentence(some: Partial<Overview['counts']>, fields: Partial<Overview> = {}): string {
  const counts = Object.fromEntries(
    hostStates.map((state) => [state, some[state] ?? 0]),
  ) as Overview['counts']
  const total = hostStates.reduce((sum, state) => sum + counts[state], 0)
  const overview: Overview = { ...empty, counts, total, ...fields }
  return fleetSentence(overview)
    .map((part) =>
      'since' in part ? duration((Date.parse(now) - Date.parse(part.since)) / 1000) : part.text,
    )
    .join('')
}

function aStatus(state: HostStatus['state'], fields: Partial<HostStatus> = {}): HostStatus {
  return {
    state,
    reason: null,
    since: '2026-11-23T13:00:00.000Z',
    sinceBefore: false,
    lastState: null,
    flags: [],
    lastSeenAt: now,
    intervalSeconds: 60,
    ...fields,
  }
}

function aHost(fields: Partial<HostDetail>): HostDetail {
  return {
    id: '7',
    hostname: 'db-7',
    machineId: 'm',
    demo: false,
    os: null,
    architecture: null,
    labels: {},
    enrolledAt: now,
    status: aStatus('migrated'),
    kernel: null,
    agent: null,
    sources: [],
    patches: [],
    available: null,
    reboot: null,
    transition: null,
    attempts: [],
    retiredAt: null,
    setLabels: {},
    view: null,
    reportedAt: now,
    now,
    ...fields,
  }
}

function aPatch(objects: HostPatch['objects']): HostPatch {
  return {
    mechanism: 'klp',
    manager: null,
    name: 'livepatch_12',
    state: 'applied',
    enabled: true,
    inTransition: false,
    replace: null,
    stackOrder: 1,
    forced: null,
    srcVersion: null,
    version: null,
    package: null,
    cves: null,
    refCount: null,
    failure: null,
    left: null,
    objects,
  }
}

function aTransition(
  fields: Partial<NonNullable<HostDetail['transition']>>,
): NonNullable<HostDetail['transition']> {
  return {
    mechanism: 'klp',
    patch: 'livepatch_12',
    direction: 'patching',
    startedAt: now,
    startedAtSource: 'kernel-log',
    startedBefore: false,
    directionSince: now,
    progressAt: now,
    lowWater: 1,
    tasks: { total: 81, migrated: 80, remaining: 1, kthreadsRemaining: 0, unreadable: 0, idleHidden: 0 },
    groups: [],
    confidence: 'full',
    confidenceReason: null,
    signalsByItself: true,
    signaledAt: null,
    stuckAfterSeconds: 120,
    blocking: [],
    blockingOmitted: 0,
    readAt: now,
    ...fields,
  }
}

function summary(host: HostDetail): TransitionSummary {
  const { startedAt, progressAt } = host.transition ?? { startedAt: now, progressAt: now }
  return {
    host: { ...host, ticks: null, transition: null, kernelRelease: '6.1.0', patch: 'livepatch_12' },
    patch: 'livepatch_12',
    direction: 'patching',
    startedAt,
    startedBefore: false,
    progressAt,
    total: 81,
    remaining: 1,
    worst: {
      comm: 'billing',
      tid: 170,
      cause: 'sleeping-in-patched-function',
      blockingFunction: '__x64_sys_vfork',
      unit: null,
      firstSeenAt: startedAt,
    },
  }
}

test('a past that is asked for and not answered is told, so that now never passes for it', () => {
  expect(unanswered('/hosts', 'last tuesday')).toMatch(
    /^“last tuesday” is no instant, so this is what is true now/,
  )
  expect(unanswered('/patches', '2026-11-17T03:10:00Z')).toBe('This page knows only what is true now.')
  expect(unanswered('/hosts', '2026-11-17T03:10:00Z')).toBeNull()
  expect(unanswered('/patches', '')).toBeNull()
})
