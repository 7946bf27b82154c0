import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

const env = { PGHOST: '127.0.0.1', GRAFTWATCH_SECRET: 'a secret of at least thirty-two characters' }

test('counts of tasks are kept as long as questions about the past reach back', () => {
  expect(readConfig(env).retention).toEqual({ eventDays: 400, sampleDays: 400 })
  expect(readConfig({ ...env, GRAFTWATCH_RETENTION_EVENT_DAYS: '800' }).retention).toEqual({
    eventDays: 800,
    sampleDays: 800,
  })
  const short = { GRAFTWATCH_RETENTION_EVENT_DAYS: '90', GRAFTWATCH_RETENTION_SAMPLE_DAYS: '89' }
  expect(() => readConfig({ ...env, ...short })).toThrow(ConfigError)
  expect(() => readConfig({ ...env, ...short })).toThrow(/SAMPLE_DAYS {2}is less than the 90 days/)
})

test('a token of /metrics that is short enough to guess is refused by name', () => {
  expect(readConfig(env).metricsToken).toBeNull()
  const token = 'sixteen-letters!'
  expect(readConfig({ ...env, GRAFTWATCH_METRICS_TOKEN: token }).metricsToken).toBe(token)
  expect(() => readConfig({ ...env, GRAFTWATCH_METRICS_TOKEN: token.slice(1) })).toThrow(
    /GRAFTWATCH_METRICS_TOKEN {2}needs at least 16 characters\. Make one/,
  )
})
