import { hostReport } from '@graftwatch/contract'
import { expect, test } from 'vitest'
import { syntheticIdentity, syntheticReport } from '../src/synthetic-report.ts'

const at = Date.parse('2026-11-23T08:00:00.000Z')

test('synthetic reports keep the contract, at rest and in transition', () => {
  for (const index of [0, 1, 999_999]) {
    for (const remaining of [undefined, 0, 1, 250]) {
      const report = syntheticReport({
        index,
        sequence: 1,
        at,
        tasks: 400,
        ...(remaining === undefined ? {} : { remaining }),
      })
      expect(hostReport.safeParse(report).error?.issues).toBeUndefined()
      expect(report.transition?.tasks.remaining).toBe(remaining)
    }
  }
})

test('the state hash tells hosts, boots and progress apart, and not sequences', () => {
  const hash = (more: object) => syntheticReport({ index: 7, sequence: 1, at, ...more }).stateHash
  expect(hash({ sequence: 2, at: at + 60_000 })).toBe(hash({}))
  const different = [{}, { index: 8 }, { boot: 1 }, { remaining: 0 }, { remaining: 3 }].map(hash)
  expect(new Set(different).size).toBe(different.length)
})

test('identities are unique and those of the reports', () => {
  expect(syntheticIdentity(5).machineId).not.toBe(syntheticIdentity(6).machineId)
  const { host } = syntheticReport({ index: 5, sequence: 1, at })
  expect(host).toMatchObject(syntheticIdentity(5))
})
