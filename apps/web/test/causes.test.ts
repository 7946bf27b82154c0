import { describe, expect, test } from 'vitest'
import type { Cause, CauseDetail, CausesPage } from '../src/api/types.ts'
import { causeTicket } from '../src/words/cause-ticket.ts'
import {
  allHeld,
  besideSentence,
  causeName,
  causesSentence,
  clearedSentence,
  hostsOfCause,
} from '../src/words/causes.ts'
import { clueSentence } from '../src/words/shared-traits.ts'

const now = '2026-11-23T14:00:00.000Z'
const ago = (minutes: number): string => new Date(Date.parse(now) - minutes * 60_000).toISOString()

const vhost: Cause = {
  id: '7',
  direction: 'patching',
  function: 'vhost_worker',
  kind: 'kthread',
  comm: 'vhost-N',
  unit: null,
  cause: 'running',
  hosts: 38,
  alsoHolds: 2,
  withOthers: 1,
  oldestSince: ago(41),
  newestSince: ago(3),
  examples: [{ id: '1', hostname: 'kvm-01', state: 'stuck', since: ago(41) }],
  patches: [{ id: '3', name: 'kpatch_3', hosts: 38 }],
  remedy: {
    kernelSays: 'vhost-4711 is running.',
    meaning: 'It never sleeps.',
    safeStep: 'Lower the load.',
    check: 'kpatch list',
    risk: 'A live migration storm.',
    never: 'Never force.',
  },
  cleared: null,
}
const page = (changes: Partial<CausesPage>): CausesPage => ({
  items: [vhost],
  causes: 1,
  hosts: 38,
  view: null,
  now,
  ...changes,
})
const said = (of: CausesPage) =>
  causesSentence(of)
    .map((part) => ('since' in part ? `<${part.since}>` : part.text))
    .join('')

describe('the sentence of the causes', () => {
  test('says how many hosts are held, and by what most of them', () => {
    expect(said(page({ causes: 6, hosts: 41 }))).toBe(
      `41 hosts are held by 6 causes. One holds 38 of them: vhost-N in vhost_worker, for <${ago(41)}>.`,
    )
    expect(said(page({}))).toBe(
      `38 hosts are held by 1 cause: vhost-N in vhost_worker, the longest for <${ago(41)}>.`,
    )
  })
  test('calls nothing good news, and keeps to what was then', () => {
    expect(said(page({ items: [], causes: 0, hosts: 0 }))).toMatch(/^No cause holds a host:/)
    const view = { asOf: now, knownAt: now }
    expect(said(page({ items: [], causes: 0, hosts: 0, view }))).toBe('No cause held a host then.')
    expect(said(page({ view }))).toMatch(/^38 hosts were held by 1 cause:/)
  })
})

describe('a cause', () => {
  test('is named by its task and function', () => {
    expect(causeName(vhost)).toBe('vhost-N in vhost_worker')
    expect(causeName({ ...vhost, function: null })).toBe('vhost-N (kernel thread)')
  })
  test('says how long it took elsewhere only where that is known', () => {
    expect(clearedSentence(vhost)).toBeNull()
    expect(clearedSentence({ cleared: { times: 31, medianSeconds: 2_400 } })).toBe(
      'Elsewhere this cause cleared after a median of 40 min (n = 31).',
    )
  })
  test('says what else holds the same hosts', () => {
    expect(besideSentence(vhost)).toBe(
      'also holds 2 hosts that an older cause holds; 1 of its hosts has another cause as well',
    )
    expect(besideSentence({ alsoHolds: 0, withOthers: 0 })).toBeNull()
  })
  test('leads to the list of all that it holds, now or as it was', () => {
    expect(allHeld(vhost)).toBe(40)
    expect(hostsOfCause('7')).toBe('/hosts?cause=7')
    expect(hostsOfCause('7', { at: now, knownAt: null })).toBe(`/hosts?cause=7&at=${encodeURIComponent(now)}`)
  })
})

const detail: CauseDetail = {
  cause: vhost,
  id: '7',
  comm: 'vhost-N',
  unit: null,
  function: 'vhost_worker',
  kind: 'kthread',
  direction: 'patching',
  shared: [{ kind: 'kernel', value: '5.14.0', held: 38, peers: 2 }],
  comparedHeld: 38,
  comparedPeers: 400,
  now,
}

test('the best clue compares the held hosts with their peers', () => {
  expect(clueSentence(detail)).toBe('All 38 run kernel 5.14.0, against 2 of 400 peers that are not held.')
  expect(clueSentence({ ...detail, shared: [] })).toBeNull()
})

test('the ticket stands on its own: hosts, age, clue, the three lines and where to look', () => {
  expect(
    causeTicket(detail, 'https://gw.example.com'),
  ).toBe(`40 hosts held by one cause: vhost-N in vhost_worker
Oldest 41 min, newest 3 min. As of ${now}.
Hosts: kvm-01 and 39 more hosts
All of them: https://gw.example.com/hosts?cause=7
Patches: kpatch_3 (38 hosts)
2 of its hosts count under an older cause; 1 of its hosts has a newer cause as well
They share kernel 5.14.0: 38 of 38 held hosts, 2 of 400 peers

What the kernel said: vhost-4711 is running.
What it means: It never sleeps.
What frees it: Lower the load.
Check on the host: kpatch list
Risk if done another way: A live migration storm.
Never: Never force.

https://gw.example.com/blockers/7`)
  expect(causeTicket({ ...detail, cause: null }, 'https://gw.example.com')).toMatch(
    /^No host is held by vhost-N/,
  )
})
