import { expect, test } from 'vitest'
import {
  collectSymbol,
  parseBootTime,
  parseCpuCount,
  parseHidepid,
  parseOsRelease,
  symbolKey,
} from './host.ts'

test('os-release values lose their quotes', () => {
  const values = parseOsRelease(
    'ID=sles\nVERSION_ID="15.6"\nNAME=\'A B\'\n# note\nPRETTY_NAME="Say \\"hi\\""\n',
  )
  expect([...values.values()]).toEqual(['sles', '15.6', 'A B', 'Say "hi"'])
})

test('boot time is the btime line of /proc/stat', () => {
  expect(parseBootTime('cpu 1 2\nbtime 1795422789\nprocesses 4\n')).toBe(1795422789)
  expect(parseBootTime('cpu 1 2\n')).toBeNull()
})

test('CPU lists are counted', () => {
  expect(['0-1\n', '0', '0-3,8,10-11', '', 'x', '3-1'].map(parseCpuCount)).toEqual([
    2,
    1,
    7,
    null,
    null,
    null,
  ])
})

test('hidepid is found in mountinfo and in mounts', () => {
  expect(parseHidepid('22 1 0:21 / /proc rw - proc proc rw,hidepid=invisible\n')).toBe(true)
  expect(parseHidepid('proc /proc proc rw,nosuid,hidepid=2 0 0\n')).toBe(true)
  expect(parseHidepid('proc /proc proc rw,nosuid 0 0\n')).toBe(false)
  expect(parseHidepid('tmpfs /tmp tmpfs rw 0 0\n')).toBeNull()
})

test('kallsyms yields the addresses of wanted symbols, and nothing where they are hidden', () => {
  const wanted = new Set([symbolKey('foo', null), symbolKey('bar', 'mod')])
  const found = new Map<string, string[]>()
  const lines = [
    'ffffffff81000010 T foo',
    'ffffffff81000020 t foo',
    'ffffffffc0000010 t bar\t[mod]',
    'ffffffff81000010 T other',
  ]
  expect(lines.map((line) => collectSymbol(line, wanted, found))).toEqual([true, true, true, true])
  expect(found).toEqual(
    new Map([
      [symbolKey('foo', null), ['ffffffff81000010', 'ffffffff81000020']],
      [symbolKey('bar', 'mod'), ['ffffffffc0000010']],
    ]),
  )
  expect(collectSymbol('0000000000000000 T foo', wanted, found)).toBe(false)
})
