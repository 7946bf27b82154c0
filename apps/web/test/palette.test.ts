import { expect, test } from 'vitest'
import { actItems, matches, pageItems } from '../src/components/palette/items.ts'
import { itemsOf } from '../src/components/palette/search.ts'

test('the palette shows a page only to those who may see it, with its keys', () => {
  const titles = pageItems(['fleet:read']).map(({ title }) => title)
  expect(titles).toContain('Transitions')
  expect(titles).not.toContain('Audit')
  expect(pageItems(['fleet:read']).find(({ title }) => title === 'Blockers')?.keys).toBe('g b')
})

test('every word typed has to be there, in any order and case', () => {
  const [pause] = actItems(false)
  if (pause === undefined) throw new Error('There is no act.')
  expect(matches(pause, 'LIVE pause')).toBe(true)
  expect(matches(pause, 'live theme')).toBe(false)
  expect(actItems(true)[0]?.title).toBe('Go on with live updates')
})

test('what was found leads to its page, its names spelled out', () => {
  const items = itemsOf({
    hosts: [{ id: '7', hostname: 'db-7\u202e', state: 'stuck' }],
    patches: [{ id: '3', name: 'livepatch_12', build: '' }],
    causes: [
      { id: '1', comm: 'vhost-N', unit: null, function: null },
      { id: '2', comm: 'billing', unit: 'billing.service', function: '__x64_sys_vfork' },
    ],
  })
  expect(items.map(({ title, detail, href }) => [title, detail, href])).toEqual([
    ['db-7\\u202e', 'Stuck', '/hosts/7'],
    ['livepatch_12', '', '/patches/3'],
    ['vhost-N', '', '/blockers/1'],
    ['billing in __x64_sys_vfork', 'billing.service', '/blockers/2'],
  ])
})
