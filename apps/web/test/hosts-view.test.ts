import { describe, expect, test } from 'vitest'
import { readTokens } from '../src/app/(signed-in)/hosts/filter-tokens.ts'
import { conjunction, requirementsOf, without } from '../src/app/(signed-in)/hosts/label-selector.ts'
import { hostsHref, hostsQuery, readHostsView } from '../src/app/(signed-in)/hosts/search-params.ts'
import { pastQuery, readAt, readPast, stepped } from '../src/components/time-cursor/at.ts'
import { hostsSentence } from '../src/words/hosts-sentence.ts'
import { labelChange, labelSentence } from '../src/words/label-change.ts'
import { importSentence } from '../src/words/label-import.ts'
import { namedHosts } from '../src/words/named-hosts.ts'
import { ticksSentence } from '../src/words/ticks.ts'

describe('a typed filter', () => {
  test('falls apart into conditions and words', () => {
    expect(
      readTokens('db state:stuck,failed env=prod tier in (db, cache) !canary label:zone kernel:6.4* 7'),
    ).toMatchObject({
      q: 'db 7',
      states: ['stuck', 'failed'],
      selector: 'env=prod,tier in (db, cache),!canary,zone',
      kernels: ['6.4*'],
      wrong: [],
    })
    expect(readTokens('patch:lp@1 flag:forced level:causes cause:12 retired:true tier!=db')).toMatchObject({
      patches: ['lp@1'],
      flags: ['forced'],
      levels: ['causes'],
      cause: '12',
      retired: true,
      selector: 'tier!=db',
    })
  })
  test('keeps what means nothing, with the reason', () => {
    const { wrong } = readTokens('stat:x state: cause:abc retired:maybe')
    expect(wrong.map(({ text }) => text)).toEqual(['stat:x', 'state:', 'cause:abc', 'retired:maybe'])
    expect(wrong[0]?.reason).toContain('“stat” is nothing to filter by')
  })
  test('passes an unfinished list of values on, for the API to say what is missing', () => {
    expect(readTokens('env in (prod').selector).toBe('env in (prod')
  })
})

describe('the view of the hosts', () => {
  test('comes from the address, and what is no state is kept apart', () => {
    const view = readHostsView({
      state: 'silent,stuck,broken',
      q: 'db',
      sort: '-since',
      cursor: ['c1', 'c2'],
    })
    expect(view).toMatchObject({
      states: ['stuck', 'silent'],
      q: 'db',
      sort: 'since',
      reverse: true,
      cursor: 'c1',
      wrong: [{ text: 'state:broken', reason: '“broken” is no state a host can have.' }],
    })
    expect(readHostsView({ sort: 'nonsense', columns: 'nonsense' })).toMatchObject({
      sort: 'state',
      columns: [],
    })
  })
  test('goes back into the same address', () => {
    const href =
      '/hosts?state=stuck&q=db&kernel=6.4*&selector=env%3Dprod%2Ctier+in+%28a%2Cb%29&sort=-kernel&columns=patch%2Cos&at=2026-11-22T03%3A10%3A00.000Z&query=stat%3Ax'
    const params = Object.fromEntries(new URL(href, 'http://x').searchParams)
    expect(hostsHref(readHostsView(params))).toBe(href)
    expect(hostsHref()).toBe('/hosts')
  })
  test('asks the API for the past by its own names, and for strips only where they are shown', () => {
    const query = hostsQuery(readHostsView({ at: '2026-11-22T03:10', columns: 'patch' }))
    expect(Object.fromEntries(query)).toEqual({
      limit: '30',
      asOf: '2026-11-22T03:10:00.000Z',
      sort: 'state',
    })
    expect(hostsQuery(readHostsView({})).get('include')).toBe('ticks')
  })
})

describe('a label selector', () => {
  test('is taken apart at the commas between requirements', () => {
    expect(requirementsOf('env=prod,tier in (db,cache), !canary')).toEqual([
      'env=prod',
      'tier in (db,cache)',
      '!canary',
    ])
    expect(without('env=prod,tier in (db,cache)', 'env=prod')).toBe('tier in (db,cache)')
    expect(conjunction('a=1,b', 'b,c')).toBe('a=1,b,c')
  })
})

describe('an instant in an address', () => {
  test('is UTC where it names no zone, and null where it is none', () => {
    expect(readAt('2026-11-22T03:10')).toBe('2026-11-22T03:10:00.000Z')
    expect(readAt('2026-11-22T03:10:00+01:00')).toBe('2026-11-22T02:10:00.000Z')
    for (const none of ['', 'yesterday', '1969-01-01T00:00Z', '+010000-01-01T00:00Z']) {
      expect(readAt(none)).toBeNull()
    }
    expect(pastQuery(readPast({ asOf: '2026-11-22T03:10Z' }))).toBe('asOf=2026-11-22T03%3A10%3A00.000Z')
    expect(pastQuery(readPast({ knownAt: '2026-11-22T03:10Z' }))).toBe('')
  })
  test('steps from now into the past and back to now', () => {
    const now = Date.parse('2026-11-22T12:00:00.000Z')
    expect(stepped(null, -3_600_000, now)).toBe('2026-11-22T11:00:00.000Z')
    expect(stepped('2026-11-22T11:00:00.000Z', 3_600_000, now)).toBeNull()
    expect(stepped(null, 3_600_000, now)).toBeNull()
  })
})

describe('the sentence of a list', () => {
  const facets = (state: [string, number][], total: number, exact = true) => ({
    total,
    exact,
    state: state.map(([value, n]) => ({ value, n })),
    kernel: [],
    patch: [],
    flag: [],
    level: [],
    label: [],
    view: null,
    now: '2026-11-23T14:00:00.000Z',
  })
  const asked = { states: [], filtered: false, retired: false, past: false, fleet: 10_000 }
  const said = (...[counted, more]: [ReturnType<typeof facets>, object?]) =>
    hostsSentence(counted, { ...asked, ...more })
      .map(({ text }) => text)
      .join('')

  test('counts all, or those of all that match', () => {
    const all = facets(
      [
        ['migrated', 9_990],
        ['silent', 1],
        ['stuck', 9],
      ],
      10_000,
    )
    expect(said(all)).toBe('10,000 hosts: 9 stuck and 1 silent.')
    expect(
      said(
        facets(
          [
            ['stuck', 9],
            ['silent', 1],
          ],
          9,
        ),
        { states: ['stuck'] },
      ),
    ).toBe('9 of 10,000 hosts match.')
    expect(said(facets([['migrated', 1]], 1), { filtered: true })).toBe('1 of 10,000 hosts matches.')
  })
  test('says a bound as a bound, and nothing as nothing', () => {
    expect(said(facets([], 100_000, false), { filtered: true, fleet: null })).toBe(
      'At least 100,000 hosts match.',
    )
    expect(said(facets([], 0), { filtered: true })).toBe('No host matches.')
    expect(said(facets([], 0))).toBe('No host reports here yet.')
    expect(said(facets([['stuck', 2]], 2), { retired: true })).toBe('2 hosts are out of the fleet: 2 stuck.')
    expect(said(facets([['migrated', 2]], 2), { filtered: true, past: true, fleet: null })).toBe(
      '2 hosts matched.',
    )
  })
})

describe('words about many hosts', () => {
  test('name three and count the rest', () => {
    expect(namedHosts(['a', 'b', 'c', 'd', 'e'], false)).toBe('5 hosts (a, b, c and 2 more)')
    expect(namedHosts(['a'], false)).toBe('a')
    expect(namedHosts(['a', 'b'], true)).toBe(
      'every host that matches the filter when the server acts, among them a and b',
    )
  })
  test('say what a change of labels does, and what of it cannot be', () => {
    const change = labelChange('env=prod, example.com/team=db', 'canary')
    expect(change).toEqual({ set: { env: 'prod', 'example.com/team': 'db' }, remove: ['canary'], wrong: {} })
    expect(labelSentence(change, 'a')).toBe('Sets env=prod and example.com/team=db and removes canary on a.')
    expect(labelSentence(labelChange('', ' '), 'a')).toBeNull()
    expect(labelChange('env', 'x=1').wrong).toEqual({
      set: '“env” has no value: write it as env=…',
      remove: '“x=1” is no label key; the value is not named here.',
    })
    expect(labelChange('env=a', 'env').wrong.remove).toBe('“env” is also to be set.')
  })
  test('say what an import came to', () => {
    expect(
      importSentence({
        rows: 9,
        changed: 1,
        unknown: ['a', 'b', 'c', 'd', 'e', 'f'],
        unknownTotal: 7,
        ambiguous: [],
        ambiguousTotal: 0,
      }),
    ).toEqual(['9 rows read, 1 host changed.', '7 names no host has: a, b, c, d, e and 2 more.'])
  })
})

test('a history strip has a sentence, worst first', () => {
  expect(ticksSentence(`${'-'.repeat(4)}${'9'.repeat(40)}0055`)).toBe(
    'Last 24 h, by half hours: stuck in 1 h, silent in 1 h, migrated in 20 h, nothing known in 2 h.',
  )
  expect(ticksSentence('-'.repeat(48))).toBe('Last 24 h: nothing known.')
})
