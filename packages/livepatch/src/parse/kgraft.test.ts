import { describe, expect, test } from 'vitest'
import { likelyMoving, movingPatch, parseKgraftFlag, parseKgraftState, restingState } from './kgraft.ts'

const newer = [
  'Function              Object                Sympos  State',
  'sys_newuname          vmlinux                    0      2',
  'a_function_whose_name_is_longer_than_its_column ext4 3 5',
  '',
].join('\n')

describe('the table of functions', () => {
  test('of newer trees has a position, which an author may leave at 0', () => {
    expect(parseKgraftState(newer)).toEqual({
      functions: [
        { name: 'sys_newuname', object: 'vmlinux', position: 1, state: 'applied' },
        {
          name: 'a_function_whose_name_is_longer_than_its_column',
          object: 'ext4',
          position: 3,
          state: 'skipped',
        },
      ],
      isCut: false,
    })
  })

  test('of older trees has none', () => {
    const text =
      'Function              Object                State\npipe_read             vmlinux                   1\n'
    expect(parseKgraftState(text)?.functions).toEqual([
      { name: 'pipe_read', object: 'vmlinux', position: null, state: 'applying' },
    ])
  })

  test('is cut at a page, inside a line, which then says nothing', () => {
    const line = (n: number) =>
      `function_${String(n).padStart(4, '0')}         vmlinux                    0      2\n`
    const whole = `Function              Object                Sympos  State\n${Array.from({ length: 100 }, (_, n) => line(n)).join('')}`
    const cut = parseKgraftState(whole.slice(0, 4095))
    expect(cut?.isCut).toBe(true)
    expect(cut?.functions.length).toBe(Math.floor((4095 - 58) / line(0).length))
    expect(cut?.functions.every(({ state }) => state === 'applied')).toBe(true)
  })

  test('is cut by a larger page too, which leaves no newline at its end', () => {
    const text = 'Function Object State\nf vmlinux 2\ng vmlin'
    expect(parseKgraftState(text)).toMatchObject({ functions: [{ name: 'f' }], isCut: true })
  })

  test('is refused whole, rather than half understood', () => {
    expect(parseKgraftState('')).toBeNull()
    expect(parseKgraftState('Function State\nx 2\n')).toBeNull()
    const [heading] = newer.split('\n')
    for (const line of ['x vmlinux 0 6', 'x vmlinux 2', 'x vmlinux 0 2 9', ''])
      expect(parseKgraftState(`${heading}\n${line}\ny vmlinux 0 2\n`)).toBeNull()
  })
})

test('a flag is 1 while the task has not migrated; anything else is no flag', () => {
  expect(['1\n', '0\n', '1', '-1\n', 'Y\n', '', '11\n'].map(parseKgraftFlag)).toEqual([
    true,
    false,
    true,
    null,
    null,
    null,
    null,
  ])
})

const functions = (...states: number[]) =>
  parseKgraftState(`Function Object State\n${states.map((state) => `f vmlinux ${state}\n`).join('')}`)
    ?.functions ?? []
const patch = (name: string, states: number[], replace: boolean | null = false) => ({
  name,
  replace,
  isCut: false,
  functions: functions(...states),
})

describe('which patch is in transition', () => {
  test('the one being applied, whatever it replaces', () => {
    expect(movingPatch([patch('old', [3, 2]), patch('young', [1, 5], true)])).toEqual({
      name: 'young',
      direction: 'patching',
    })
  })

  test('else the one all of whose functions revert', () => {
    expect(movingPatch([patch('young', [2]), patch('old', [3, 5])])).toEqual({
      name: 'old',
      direction: 'unpatching',
    })
  })

  test('nobody knows, when all functions are skipped', () => {
    expect(movingPatch([patch('skipped', [5, 5])])).toBeNull()
    expect(movingPatch([])).toBeNull()
  })

  test('one that is being replaced is not being reverted', () => {
    expect(movingPatch([patch('old', [3, 3]), patch('young', [5], true)])).toBeNull()
    expect(movingPatch([patch('old', [3, 2]), patch('young', [2, 2], true)])).toBeNull()
  })

  test('and without a word from its functions the log names it, or a table that was cut, or silence', () => {
    const silent = patch('silent', [5])
    const cut = { ...patch('cut', [2]), isCut: true }
    const patches = [patch('applied', [2]), silent, cut]
    expect(likelyMoving(patches, 'applied')?.name).toBe('applied')
    expect(likelyMoving(patches, 'gone')).toBe(cut)
    expect(likelyMoving([silent, patch('applied', [2])], null)).toBe(silent)
    expect(likelyMoving([], null)).toBeNull()
  })
})

test.each([
  [[2, 2], false, 'applied'],
  [[2, 5], false, 'applied'],
  [[5, 5], false, 'applied'],
  [[3, 3], true, 'applied'],
  [[4, 4], true, 'leftover'],
  [[4, 5], false, 'disabled'],
  [[0, 5], false, 'pending'],
  [[], false, 'pending'],
] as const)('functions in %j, replaced %s: %s', (states, isReplaced, state) => {
  expect(restingState(functions(...states), isReplaced)).toBe(state)
})
