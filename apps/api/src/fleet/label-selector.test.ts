import { expect, test } from 'vitest'
import { matchesLabels, parseSelector, SelectorError } from './label-selector.ts'

test('reads what Kubernetes reads', () => {
  expect(parseSelector('')).toEqual([])
  expect(
    parseSelector('env=prod, tier in (db, cache),!canary ,zone,team!=core,app.io/x==,rack notin (r1)'),
  ).toEqual([
    { key: 'env', operator: 'in', values: ['prod'] },
    { key: 'tier', operator: 'in', values: ['db', 'cache'] },
    { key: 'canary', operator: 'doesNotExist' },
    { key: 'zone', operator: 'exists' },
    { key: 'team', operator: 'notIn', values: ['core'] },
    { key: 'app.io/x', operator: 'in', values: [''] },
    { key: 'rack', operator: 'notIn', values: ['r1'] },
  ])
})

test('a key may be called like an operator, and begin like one', () => {
  expect(parseSelector('in,inside=x,notin in (a)')).toEqual([
    { key: 'in', operator: 'exists' },
    { key: 'inside', operator: 'in', values: ['x'] },
    { key: 'notin', operator: 'in', values: ['a'] },
  ])
})

test.each([
  ['env=prod tier=db', 9, 'comma'],
  [',env', 0, 'label key'],
  ['env=prod,', 9, 'label key'],
  ['tier in db', 8, '('],
  ['tier in (db', 11, ', or )'],
  ['tier in (db;cache)', 11, ', or )'],
  ['-x=1', 0, 'not a label key'],
  [`env=${'v'.repeat(64)}`, 4, 'not a label value'],
  ["env='prod'", 4, 'comma'],
  ['!', 1, 'label key'],
])('%s is refused at character %i', (text, at, message) => {
  const error = (() => {
    try {
      return parseSelector(text)
    } catch (caught) {
      return caught
    }
  })()
  expect(error).toBeInstanceOf(SelectorError)
  expect(error).toMatchObject({ at, message: expect.stringContaining(message) })
})

test.each([
  ['', {}, true],
  ['env=prod', { env: 'prod' }, true],
  ['env=prod', { env: 'test' }, false],
  ['env=prod', {}, false],
  ['env', { env: '' }, true],
  ['!env', { env: '' }, false],
  ['env!=prod', {}, true],
  ['env notin (prod,test)', { env: 'test' }, false],
  ['env=prod,!canary', { env: 'prod', canary: 'yes' }, false],
  ['constructor', {}, false],
])('%j on %j: %s', (selector, labels, matches) => {
  expect(matchesLabels(parseSelector(selector), labels)).toBe(matches)
})
