import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labels } from '@graftwatch/contract/fields'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { backoffSeconds, parseRetryAfter } from '../src/delivery.ts'
import { parseLabels, parseUrl, readSettings } from '../src/settings.ts'
import { openStateDirectory } from '../src/state-dir.ts'

const folder = mkdtempSync(join(tmpdir(), 'graftwatch-parts-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('Retry-After is seconds or a date, bounded, and nothing else', () => {
  const now = Date.parse('2026-11-23T09:00:00Z')
  expect(parseRetryAfter('30', now)).toBe(30)
  expect(parseRetryAfter('Mon, 23 Nov 2026 09:02:00 GMT', now)).toBe(120)
  expect(parseRetryAfter('Mon, 23 Nov 2026 08:00:00 GMT', now)).toBe(0)
  expect(parseRetryAfter('999999', now)).toBe(600)
  expect(parseRetryAfter('soon', now)).toBeNull()
})

test('waits grow with each failure, are never all the same, and respect the server', () => {
  expect([1, 2, 3, 30].map((failures) => backoffSeconds(failures, null, () => 0))).toEqual([1, 2, 4, 150])
  expect([1, 2, 3, 30].map((failures) => backoffSeconds(failures, null, () => 1))).toEqual([2, 4, 8, 300])
  expect(backoffSeconds(1, 60, () => 0)).toBe(60)
})

test('keys and counters are readable by their owner alone', () => {
  const path = join(folder, 'state')
  const state = openStateDirectory(path)
  state.saveHostKey({ hostId: 'h', hostKey: 'k' })
  state.nextSequence(0)
  expect(statSync(path).mode & 0o777).toBe(0o700)
  for (const name of ['host-key', 'sequence']) expect(statSync(join(path, name)).mode & 0o777).toBe(0o600)
  expect(openStateDirectory(path).hostKey()).toBe('k')
})

test.skipIf(process.geteuid?.() !== 0)('what root leaves in the service’s directory is the service’s', () => {
  const path = mkdtempSync(join(folder, 'owned-'))
  chownSync(path, 65534, 65534)
  const state = openStateDirectory(path)
  state.saveHostKey({ hostId: 'h', hostKey: 'k' })
  state.nextSequence(0)
  expect(state.spoolDisk().write('one', Buffer.from('x'), true)).toBeNull()
  for (const name of ['host-key', 'sequence', 'spool', 'spool/one'])
    expect(statSync(join(path, name))).toMatchObject({ uid: 65534, gid: 65534 })
})

test('a sequence only grows, whatever the server says and however often the agent starts', () => {
  const path = join(folder, 'sequence')
  const seed = Number(process.env.FAST_CHECK_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.info(`sequence: FAST_CHECK_SEED=${seed}`)
  let last = 0
  const step = fc.record({ restart: fc.boolean(), atLeast: fc.integer({ min: 0, max: 10_000 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      let state = openStateDirectory(path)
      for (const { restart, atLeast } of steps) {
        if (restart) state = openStateDirectory(path)
        const next = state.nextSequence(atLeast)
        expect(next).toBeGreaterThan(Math.max(last, atLeast))
        last = next
      }
    }),
    { seed, numRuns: 20 },
  )
})

test.each(['Infinity', 'null', '4503599627370498', '-1', '1.5'])(
  'a state file that holds %s for a sequence is damaged, and says what to do',
  (text) => {
    const path = mkdtempSync(join(folder, 'damaged-'))
    writeFileSync(join(path, 'sequence'), `${text}\n`)
    expect(() => openStateDirectory(path)).toThrow(/\/sequence is damaged.*Delete it/)
  },
)

test.each([Number.POSITIVE_INFINITY, Number.NaN, 2 ** 52])(
  'after %s there is no sequence, and the state file stays as it was',
  (atLeast) => {
    const path = join(folder, 'last')
    const state = openStateDirectory(path)
    state.nextSequence(0)
    const before = readFileSync(join(path, 'sequence'), 'utf8')
    expect(() => state.nextSequence(atLeast)).toThrow('enroll it again')
    expect(readFileSync(join(path, 'sequence'), 'utf8')).toBe(before)
  },
)

test('the last sequences are given out, and none beyond is reserved', () => {
  const path = join(folder, 'end')
  expect(openStateDirectory(path).nextSequence(2 ** 52 - 3)).toBe(2 ** 52 - 2)
  expect(openStateDirectory(path).nextSequence.bind(null, 0)).toThrow('enroll it again')
})

test('an id for hosts without one is made once', () => {
  const path = join(folder, 'id')
  expect(openStateDirectory(path).fallbackId()).toBe(openStateDirectory(path).fallbackId())
})

test('a state directory that cannot be used says which, and how to choose another', () => {
  expect(() => openStateDirectory('/proc/none')).toThrow(/\/proc\/none.*GRAFTWATCH_STATE_DIR/)
})

test.each(['env=prod', 'env=prod, team=x', 'example.com/team=a.b_c', 'empty=', ''])(
  'labels "%s" are what the contract allows',
  (text) => {
    expect(labels.safeParse(parseLabels(text)).success).toBe(true)
  },
)

test.each(['env', '=x', 'a b=c', 'k=-x', `k=${'x'.repeat(64)}`, '__proto__=x'])(
  'labels "%s" are refused',
  (text) => {
    expect(() => parseLabels(text)).toThrow(/GRAFTWATCH_LABELS/)
  },
)

test('labels are refused exactly where the contract refuses them', () => {
  const part = fc.string({ unit: fc.constantFrom(...'aZ9-_./ é'), maxLength: 66 })
  fc.assert(
    fc.property(part, part, (key, value) => {
      let parsed: Record<string, string> | null = null
      try {
        parsed = parseLabels(`${key}=${value}`)
      } catch {}
      expect(parsed !== null).toBe(labels.safeParse({ [key.trim()]: value.trim() }).success)
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('a URL holds no secrets and no surprises', () => {
  expect(parseUrl('https://graftwatch.example.com/', '--url')).toBe('https://graftwatch.example.com')
  for (const url of ['ftp://x', 'nonsense', 'https://user:pw@x', 'https://x/?token=1']) {
    expect(() => parseUrl(url, '--url')).toThrow(/--url/)
  }
})

test('settings say which variable is wrong', () => {
  expect(() => readSettings({ GRAFTWATCH_INTERVAL_SECONDS: '0' })).toThrow(/GRAFTWATCH_INTERVAL_SECONDS/)
  expect(readSettings({})).toMatchObject({
    url: null,
    token: null,
    labels: {},
    intervalSeconds: 60,
    stateDirectory: '/var/lib/graftwatch-agent',
    root: '/',
  })
  expect(readSettings({ GRAFTWATCH_STATE_DIR: 'state' }).stateDirectory).toBe(join(process.cwd(), 'state'))
})
