import { describe, expect, test } from 'vitest'
import { sharedTraits, type TraitsOfHost } from './shared-traits.ts'

const hosts = (n: number, fields: Partial<TraitsOfHost> | ((index: number) => Partial<TraitsOfHost>)) =>
  Array.from(
    { length: n },
    (_unused, index): TraitsOfHost => ({
      labels: [],
      kernel: null,
      os: null,
      ...(typeof fields === 'function' ? fields(index) : fields),
    }),
  )
const label = (...tokens: string[]) => ({
  labels: tokens.flatMap((token) => [token.split('=')[0] ?? '', token]),
})

test('a label that all held hosts and no peer has is told, with both counts', () => {
  expect(sharedTraits(hosts(5, label('rack=r7')), hosts(20, label('rack=r1')))).toEqual([
    { kind: 'label', value: 'rack=r7', held: 5, peers: 0 },
  ])
})

test('labels are told as key=value, never by their key alone; an empty value is a value', () => {
  expect(sharedTraits(hosts(3, { labels: ['canary', 'canary='] }), hosts(3, {}))).toEqual([
    { kind: 'label', value: 'canary=', held: 3, peers: 0 },
  ])
})

test('kernel and system count as labels do; what the agent could not tell is no trait', () => {
  const held = hosts(4, { kernel: '6.4.0-23', os: 'SLES 15' })
  const peers = hosts(4, { kernel: '6.4.0-22', os: null })
  expect(sharedTraits(held, peers)).toEqual([
    { kind: 'kernel', value: '6.4.0-23', held: 4, peers: 0 },
    { kind: 'os', value: 'SLES 15', held: 4, peers: 0 },
  ])
})

describe('the limits', () => {
  const withIt = (have: number) => (index: number) => label(index < have ? 'a=1' : 'a=2')
  test.each([
    [4, 5, 0, 10, true],
    [3, 5, 0, 10, false],
    [5, 5, 5, 10, true],
    [5, 5, 6, 10, false],
    [4, 5, 4, 10, true],
    [4, 5, 5, 10, false],
  ])('%i of %i held and %i of %i peers: told %s', (have, held, peersHave, peers, isTold) => {
    const told = sharedTraits(hosts(held, withIt(have)), hosts(peers, withIt(peersHave)))
    expect(told.some(({ value }) => value === 'a=1')).toBe(isTold)
  })

  test('with fewer than 3 hosts on either side nothing is told', () => {
    expect(sharedTraits(hosts(2, label('a=1')), hosts(9, {}))).toEqual([])
    expect(sharedTraits(hosts(9, label('a=1')), hosts(2, {}))).toEqual([])
    expect(sharedTraits([], [])).toEqual([])
  })
})

test('the most telling is first, at most 10, and ties are in a fixed order', () => {
  const many = Array.from({ length: 14 }, (_unused, index) => `k${String(index).padStart(2, '0')}=v`)
  const held = hosts(10, label(...many))
  const peers = hosts(10, (index) => label(...(index < 4 ? ['k00=v', 'k01=v'] : [])))
  const told = sharedTraits(held, peers)
  expect(told).toHaveLength(10)
  expect(told.map(({ value }) => value)).toEqual(many.slice(2, 12))
})
