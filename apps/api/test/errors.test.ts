import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { problemCodes } from '../src/http/problem.ts'

const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (.+) \| (.+) \|$/gm)]

test('docs/errors.md has every code with its status, a cause and a remedy, and no other', () => {
  const told = rows.map(([, code, status]) => `${code} ${status}`)
  const known = Object.entries(problemCodes).map(([code, { status }]) => `${code} ${status}`)
  expect(told.toSorted()).toEqual(known.toSorted())
  for (const [, code, , cause = '', remedy = ''] of rows) {
    expect(cause.length, code).toBeGreaterThan(20)
    expect(remedy.length, code).toBeGreaterThan(6)
  }
})
