import { describe, expect, test } from 'vitest'
import {
  burnDownPath,
  burnDownShape,
  countTicks,
  logHeight,
  logSecondTicks,
  secondTicks,
  tableRows,
} from '../src/components/burn-down-shape.ts'
import { burnDownSentence, elsewhereSentence } from '../src/words/burn-down.ts'

const start = Date.parse('2026-11-23T14:00:00.000Z')
const at = (second: number): string => new Date(start + second * 1000).toISOString()
const shapeOf = (
  samples: [number, number | null][],
  until: number,
  outcome: 'completed' | 'reversed' | null = null,
) =>
  burnDownShape({
    samples: samples.map(([second, remaining]) => ({ at: at(second), remaining })),
    startedAt: at(0),
    until: at(until),
    outcome,
  })

describe('a burn-down', () => {
  test('shades each span without a new low that is longer than a minute, also when tasks come back', () => {
    const shape = shapeOf(
      [
        [0, 412],
        [2, 40],
        [50, 3],
        [90, 5],
        [100, 3],
        [300, 2],
      ],
      330,
    )
    expect(shape.stalls).toEqual([{ from: 50, to: 300 }])
    expect(shape).toMatchObject({ first: 412, low: 2, lowSecond: 300, last: 2, most: 412 })
  })
  test('goes on without a new low until now', () => {
    expect(
      shapeOf(
        [
          [0, 412],
          [4, 3],
        ],
        724,
      ).stalls,
    ).toEqual([{ from: 4, to: 724 }])
  })
  test('gives zero a place on its logarithmic axis, and the last three more room than the first hundred', () => {
    expect(logHeight(0, 412)).toBe(0)
    expect(logHeight(412, 412)).toBe(1)
    expect(logHeight(3, 412) - logHeight(0, 412)).toBeGreaterThan(logHeight(412, 412) - logHeight(312, 412))
  })
  test('goes in steps, and not at all through what nobody could read', () => {
    const shape = shapeOf(
      [
        [0, 3],
        [1, 1],
        [3, null],
        [7, 1],
      ],
      15,
    )
    expect(burnDownPath(shape, { width: 40, height: 10 })).toBe('M0 0H10V5H20M30 5H40')
    expect(shape.unseen).toEqual([{ from: 3, to: 7 }])
  })
  test('invents nothing before the first reading', () => {
    expect(shapeOf([[15, 3]], 40).unseen).toEqual([{ from: 0, to: 15 }])
  })
  test('ends at zero when the attempt completed, whenever the last reading was', () => {
    const shape = shapeOf(
      [
        [0, 80],
        [1, 4],
      ],
      3,
      'completed',
    )
    expect(burnDownPath(shape, { width: 3, height: 1 })).toMatch(/H3V1H3$/)
    expect(burnDownSentence(shape, 'completed')).toBe('Completed after 3 s: no task remained of 80.')
  })
  test('draws nothing where no task could be read', () => {
    const shape = shapeOf([[0, null]], 600)
    expect(burnDownPath(shape, { width: 10, height: 10 })).toBe('')
    expect(burnDownSentence(shape, null)).toBe('How many tasks remained could not be read.')
    expect(burnDownSentence(shapeOf([], 600), null)).toBe('How many tasks remained could not be read.')
  })
})

describe('the sentence of a burn-down', () => {
  test('says how it fell and for how long nothing moved', () => {
    expect(
      burnDownSentence(
        shapeOf(
          [
            [0, 412],
            [4, 3],
          ],
          724,
        ),
        null,
      ),
    ).toBe('Remaining tasks fell from 412 to 3 within 4 s, and no new low came in the 12 min after.')
    expect(
      burnDownSentence(
        shapeOf(
          [
            [0, 412],
            [4, 3],
          ],
          75,
          'reversed',
        ),
        'reversed',
      ),
    ).toBe(
      'Remaining tasks fell from 412 to 3 within 4 s, and no new low came in the 1 min 11 s after. The attempt was reversed after 1 min 15 s.',
    )
    expect(
      burnDownSentence(
        shapeOf(
          [
            [0, 80],
            [1, 2],
            [240, 1],
          ],
          300,
          'completed',
        ),
        'completed',
      ),
    ).toBe('Completed after 5 min: no task remained of 80. It stood still once, for 3 min 59 s.')
  })
  test('names other hosts only where there are enough', () => {
    expect(elsewhereSentence({ elsewhere: null })).toBeNull()
    expect(elsewhereSentence({ elsewhere: { completed: 31, medianSeconds: 3, p95Seconds: 75 } })).toBe(
      'On other hosts it completed after a median of 3 s, 95 of 100 within 1 min 15 s (n = 31).',
    )
  })
})

describe('the axes', () => {
  test('mark few round counts, and always none and the most', () => {
    expect(countTicks(412)).toEqual([0, 1, 3, 10, 30, 100, 412])
    expect(countTicks(1)).toEqual([0, 1])
    expect(countTicks(3)).toEqual([0, 1, 3])
  })
  test('mark at most six round times, however long it took', () => {
    expect(secondTicks(3)).toEqual([0, 1, 2, 3])
    expect(secondTicks(2_820)).toEqual([0, 600, 1200, 1800, 2400])
    expect(logSecondTicks(2_820)).toEqual([0, 3, 10, 30, 300, 900])
    expect(logSecondTicks(3)).toEqual([0, 1, 3])
    for (const seconds of [1, 59, 3_601, 86_400, 40 * 86_400]) {
      expect(secondTicks(seconds).length).toBeLessThanOrEqual(6)
    }
  })
  test('the table keeps the last reading', () => {
    const points = Array.from({ length: 500 }, (_, second) => ({ second, remaining: 500 - second }))
    const rows = tableRows(points)
    expect(rows.length).toBeLessThanOrEqual(41)
    expect(rows.at(-1)?.second).toBe(499)
  })
})
