import { describe, expect, test } from 'vitest'
import { type Arrival, arrivalFacts, hasReported } from '../src/words/arrival.ts'
import { auditFacts, auditObject } from '../src/words/audit.ts'
import { deviceOf } from '../src/words/device.ts'
import { expiryText } from '../src/words/expiry.ts'

const now = Date.parse('2026-11-24T18:00:00Z')

describe('who arrived', () => {
  const arrival = (
    host: Partial<Arrival['host']>,
    status: Partial<Arrival['host']['status']> = {},
  ): Arrival => ({
    at: '2026-11-24T18:00:00Z',
    again: false,
    mechanism: host.patch == null ? null : 'klp',
    host: {
      id: '1',
      hostname: 'db-7',
      demo: false,
      os: 'SLES 15 SP6',
      kernelRelease: '6.4.0',
      patch: null,
      labels: {},
      status: {
        state: 'migrated',
        reason: 'applied',
        since: '2026-11-24T18:00:00Z',
        sinceBefore: true,
        lastState: null,
        flags: [],
        lastSeenAt: '2026-11-24T18:00:00Z',
        intervalSeconds: 60,
        ...status,
      },
      transition: null,
      ticks: null,
      retiredAt: null,
      ...host,
    },
  })

  test('is told with what it runs', () => {
    expect(arrivalFacts(arrival({ patch: 'livepatch_12' }))).toBe(
      'SLES 15 SP6, 6.4.0, klp, livepatch_12 enabled',
    )
    expect(arrivalFacts(arrival({ patch: 'livepatch_12' }, { state: 'stuck' }))).toMatch(
      /livepatch_12 stuck$/,
    )
  })
  test('without a patch says whether its kernel could have one', () => {
    expect(arrivalFacts(arrival({}, { state: 'notDue' }))).toBe('SLES 15 SP6, 6.4.0, no live patch')
    expect(arrivalFacts(arrival({ os: null }, { state: 'unsupported' }))).toBe(
      '6.4.0, no live patching in its kernel',
    )
  })
  test('has reported only once it has spoken', () => {
    expect(hasReported(arrival({}))).toBe(true)
    expect(hasReported(arrival({}, { lastSeenAt: null }))).toBe(false)
  })
})

describe('an entry of the audit log', () => {
  const names = new Map([['u1', 'Grace Hopper']])
  test.each([
    ['user:u1', {}, 'Grace Hopper'],
    ['user:gone', { name: 'Alan\nTuring' }, 'Alan\\nTuring'],
    ['user:gone', {}, 'user:gone'],
    ['session:s1', { user: 'u1' }, 'of Grace Hopper'],
    ['session:s1', { user: 'gone' }, ''],
    ['enrollment-token:3', { label: 'rack 4' }, 'rack 4'],
    ['host:12', { hostname: 'db-7' }, 'db-7'],
    ['demo', { hosts: 31 }, 'demo'],
  ])('%s %j was done to %s', (subject, data, object) => {
    expect(auditObject({ subject, data }, names)).toBe(object)
  })

  test('says what changed, and leaves out what is not there', () => {
    const facts = (data: Record<string, unknown>) => auditFacts({ data, at: '2026-11-24T18:00:00Z' })
    expect(facts({ role: { from: 'viewer', to: 'operator' }, password: 'set' })).toEqual([
      'role: viewer → operator',
      'password: set',
    ])
    expect(
      facts({ label: 'x', labels: { env: 'prod' }, maxUses: 40, expiresAt: '2027-02-01T00:00:00Z' }),
    ).toEqual(['labels: env=prod', 'hosts at most: 40', 'until: 1 Feb 2027 00:00 UTC'])
    const changes = [
      { labels: 'env=prod, -canary', hosts: ['1', '2'] },
      { labels: 'env=test', hosts: ['3'] },
    ]
    expect(facts({ changes })).toEqual(['labels: env=prod, -canary on 2 hosts, env=test on one host'])
    expect(facts({ label: 'x', labels: {}, maxUses: null })).toEqual([])
    expect(facts({ name: 'Ada', role: 'admin' })).toEqual(['role: admin'])
    expect(facts({ name: { from: 'Ada', to: 'Ada L.' } })).toEqual(['name: Ada → Ada L.'])
    expect(facts({ reason: 'x'.repeat(1000) })[0]?.length).toBe(161)
  })
})

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15',
    'Safari on macOS',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0',
    'Edge on Windows',
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36',
    'Chrome on Android',
  ],
  ['curl/8.5.0', 'curl'],
  ['some\u202ething', 'some\\u202ething'],
  [null, 'An unnamed program'],
])('a user agent in short: %s', (userAgent, device) => expect(deviceOf(userAgent)).toBe(device))

test.each([
  ['2026-11-25T17:30:00Z', 'in 23 h 30 min'],
  ['2026-12-24T18:00:00Z', '24 Dec 18:00 UTC'],
  ['2026-11-24T18:00:00Z', null],
])('what ends at %s ends %s', (at, text) => expect(expiryText(at, now)).toBe(text))
