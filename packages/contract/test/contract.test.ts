import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  heartbeat,
  hostReport,
  hostStates,
  instant,
  labelKey,
  labels,
  labelValue,
  severityOf,
  stateReasons,
  text,
} from '../src/index.ts'
import { aMigratedReport, aMovingReport, anAttempt, anEvent, aReport, aTask } from './a-report.ts'

describe('version 1 of the report', () => {
  const fixture = JSON.parse(readFileSync(new URL('report.v1.json', import.meta.url), 'utf8'))

  test('as it was first sent is accepted, and comes out as it went in', () => {
    expect(hostReport.parse(fixture)).toEqual(fixture)
  })

  test('is what agents make of real kernels', () => {
    const goldens = new URL('../../../apps/agent/test/captures/expected/', import.meta.url)
    const names = readdirSync(goldens).filter((name) => name.endsWith('.json'))
    expect(names.length).toBeGreaterThan(10)
    for (const name of names) {
      const report = { sequence: 1, ...JSON.parse(readFileSync(new URL(name, goldens), 'utf8')) }
      expect(hostReport.safeParse(report).error?.issues ?? [], name).toEqual([])
    }
  })

  test('refuses an unknown field at every level', () => {
    for (const path of [
      [],
      ['agent'],
      ['host'],
      ['host', 'os'],
      ['kernel'],
      ['sources', 0],
      ['patches', 0],
      ['transition'],
      ['transition', 'tasks'],
      ['transition', 'blocking', 0],
      ['reboot'],
      ['events', 0],
      ['attempts', 0],
    ]) {
      const report = structuredClone(fixture)
      let place = report
      for (const key of path) place = place[key]
      place.unheardOf = 1
      expect(hostReport.safeParse(report).success, path.join('.')).toBe(false)
    }
  })

  test('the factories of the tests make valid reports', () => {
    for (const report of [
      aReport(),
      aMigratedReport(),
      aMovingReport({ blocking: [aTask()] }, { attempts: [anAttempt()], events: [anEvent()] }),
      aMovingReport({ remaining: null }),
    ])
      expect(hostReport.parse(report)).toEqual(report)
  })
})

describe('text', () => {
  test.each(['a\u0000', '\uD800', '\uDC00x', `${'x'.repeat(9)}y`])(
    'that PostgreSQL or the limit cannot hold is refused: %j',
    (value) => {
      expect(text(9).safeParse(value).success).toBe(false)
    },
  )

  test.each(['', 'a\nb', '\u{1F980}', '\u202e', '\u0007'])(
    'with control characters and emoji is taken: %j',
    (value) => {
      expect(text(9).safeParse(value).success).toBe(true)
    },
  )
})

describe('instants', () => {
  test.each(['1970-01-01T00:00:00Z', '2028-02-29T23:59:59.999Z', '9999-12-31T23:59:59.999999999Z'])(
    '%s is taken',
    (value) => expect(instant.safeParse(value).success).toBe(true),
  )
  test.each([
    '2026-02-29T00:00:00Z',
    '2026-02-31T00:00:00Z',
    '2026-11-23T24:00:00Z',
    '1969-12-31T23:59:59Z',
    '2026-11-23T08:00:00+01:00',
    `2026-11-23T08:00:00.${'0'.repeat(40)}Z`,
  ])('%s is not', (value) => expect(instant.safeParse(value).success).toBe(false))
})

test.each([
  ['total', { total: 2 ** 31, migrated: 0, remaining: 0 }],
  ['remaining', { total: 0, migrated: 0, remaining: 2 ** 31 }],
])('a count that the database cannot keep is refused: %s', (_name, tasks) => {
  const report = aMovingReport()
  Object.assign(report.transition?.tasks ?? {}, tasks)
  expect(hostReport.safeParse(report).success).toBe(false)
})

test.each([hostReport.shape.sequence, heartbeat.shape.sequence])('a sequence ends at 2^52', (sequence) => {
  expect(sequence.safeParse(2 ** 52).success).toBe(true)
  expect(sequence.safeParse(2 ** 52 + 1).success).toBe(false)
})

describe('labels are what Kubernetes selectors can name', () => {
  test.each(['env', 'example.com/team', 'a', 'A_b.c-d'])('key %s', (key) =>
    expect(labelKey.safeParse(key).success).toBe(true),
  )
  test.each(['', '-a', 'a-', 'a b', '__proto__', '/a', 'a/', 'x'.repeat(64), 'env\n'])(
    'not the key %j',
    (key) => expect(labelKey.safeParse(key).success).toBe(false),
  )
  test.each(['', 'prod', 'v1.2_3'])('value %j', (value) =>
    expect(labelValue.safeParse(value).success).toBe(true),
  )
  test.each([' ', 'a=b', 'prod\n', 'x'.repeat(64)])('not the value %j', (value) =>
    expect(labelValue.safeParse(value).success).toBe(false),
  )

  test('at most 64', () => {
    const many = (n: number) =>
      Object.fromEntries(Array.from({ length: n }, (_, index) => [`k${index}`, 'v']))
    expect(labels.safeParse(many(64)).success).toBe(true)
    expect(labels.safeParse(many(65)).success).toBe(false)
  })
})

test('each reason belongs to one state, and every state has a place in the order', () => {
  const reasons = Object.values(stateReasons).flat()
  expect(new Set(reasons).size).toBe(reasons.length)
  expect(hostStates.map(severityOf)).toEqual(hostStates.map((_, index) => index))
  expect(Object.keys(stateReasons).toSorted()).toEqual(hostStates.toSorted())
})

test('a heartbeat is described to Ajv as zod has it', () => {
  const schema = z.toJSONSchema(heartbeat, { target: 'draft-7' })
  expect(
    z.object({ definitions: z.object({ Heartbeat: z.unknown() }) }).parse(schema).definitions.Heartbeat,
  ).toMatchObject({
    additionalProperties: false,
    required: ['sequence', 'stateHash'],
  })
})
