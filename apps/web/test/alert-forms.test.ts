import { expect, test } from 'vitest'
import { refusalOf } from '../src/api/refusal.ts'
import type { Silence } from '../src/api/types.ts'
import { newChannel, readChannelForm } from '../src/words/channel-form.ts'
import { newRule, readRuleForm } from '../src/words/rule-form.ts'
import { ruleWhen } from '../src/words/rules.ts'
import { readSilenceForm } from '../src/words/silence-form.ts'
import { silencesSentence } from '../src/words/silences.ts'
import { parseSpan, spanText } from '../src/words/span.ts'

function formOf(fields: Record<string, string | string[]>): FormData {
  const form = new FormData()
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values].flat()) form.append(name, value)
  }
  return form
}

test('spans are read as Prometheus writes them, and written so that they are read back', () => {
  for (const seconds of [0, 1, 59, 60, 900, 3661, 86_400, 90_061]) {
    expect(parseSpan(spanText(seconds))).toBe(seconds)
  }
  expect([parseSpan('1h 30m'), parseSpan('0')]).toEqual([5400, 0])
  for (const wrong of ['', '15', 'm', '15 minutes', '1.5h', '-1m', '30m1h'])
    expect(parseSpan(wrong)).toBeNull()
})

const ruleFields = {
  name: 'stuck-payments',
  condition: 'stuck',
  enabled: 'on',
  selector: 'team=payments',
  severity: 'page',
  forSeconds: '30m',
  forWithoutSignalsSeconds: '',
  keepFiringSeconds: '0',
  groupBy: 'team, env',
  summary: '{{ hosts }} hosts',
  description: '',
  runbookUrl: '',
}

test('a rule is read from its form; what cannot be read is said at its field', () => {
  expect(readRuleForm(formOf(ruleFields))).toEqual({
    rule: {
      ...newRule,
      name: 'stuck-payments',
      selector: 'team=payments',
      severity: 'page',
      forSeconds: 1800,
      forWithoutSignalsSeconds: null,
      keepFiringSeconds: 0,
      groupBy: ['team', 'env'],
      summary: '{{ hosts }} hosts',
    },
  })
  const read = readRuleForm(formOf({ ...ruleFields, name: '', forSeconds: 'soon', summary: ' ' }))
  expect('refusal' in read && Object.keys(read.refusal)).toEqual(['name', 'forSeconds', 'summary'])
})

test('what a rule waits for is one sentence', () => {
  expect(ruleWhen({ ...newRule, changesModules: true, forWithoutSignalsSeconds: null })).toBe(
    'a transition of a patch that changes modules makes no progress, for 15 min',
  )
  expect(ruleWhen({ ...newRule, selector: 'env=prod' })).toBe(
    'a transition makes no progress, for 15 min (30 min where the kernel wakes nobody), on env=prod',
  )
})

test('the fields of a refusal are those of the form, also inside of what was asked, each with the remedy', () => {
  const problem = {
    type: 'about:blank',
    title: 'Bad Request',
    status: 400,
    code: 'VALIDATION_FAILED',
    detail: 'Refused.',
    remedy: 'Mend it.',
    errors: [
      { field: '/rule/selector', message: 'at 5' },
      { field: '/groupBy/0', message: 'no key' },
    ],
  }
  expect(refusalOf(problem, 'rule')).toEqual({
    selector: 'At 5. Mend it.',
    groupBy: 'No key. Mend it.',
    form: 'Refused. Mend it.',
  })
  expect(refusalOf(problem)).toMatchObject({ rule: 'At 5. Mend it.' })
})

const now = Date.parse('2026-11-26T04:40:00.000Z')
const silenceFields = {
  kind: 'silence',
  selector: '',
  ruleId: '',
  reason: 'upgrade',
  startsAt: '',
  endsAt: '',
}

test('a silence lasts from its beginning, in UTC, and never ends before it begins', () => {
  expect(readSilenceForm(formOf({ ...silenceFields, lives: '3600' }), now)).toMatchObject({
    request: { startsAt: null, endsAt: '2026-11-26T05:40:00.000Z', ruleId: null },
  })
  expect(
    readSilenceForm(formOf({ ...silenceFields, startsAt: '2026-11-27T22:00', lives: '14400' }), now),
  ).toMatchObject({ request: { startsAt: '2026-11-27T22:00:00.000Z', endsAt: '2026-11-28T02:00:00.000Z' } })
  expect(readSilenceForm(formOf({ ...silenceFields, lives: '', endsAt: '2026-11-26T04:00' }), now)).toEqual({
    refusal: { endsAt: 'It would have ended before it begins.' },
  })
  expect(readSilenceForm(formOf({ ...silenceFields, reason: '', lives: '' }), now)).toEqual({
    refusal: { reason: 'Say why, for whoever misses a message.', endsAt: 'Say when it ends.' },
  })
})

test('what is kept quiet is said with when that ends', () => {
  const silence = (state: Silence['state'], endsAt: string) => ({ state, endsAt }) as Silence
  expect(silencesSentence([], now)).toBe('Nothing is silenced.')
  expect(
    silencesSentence(
      [
        silence('active', '2026-11-26T06:40:00.000Z'),
        silence('active', '2026-11-26T05:20:00.000Z'),
        silence('planned', '2026-11-27T05:20:00.000Z'),
      ],
      now,
    ),
  ).toBe('2 silences are active; the first ends in 40 min. 1 more is planned.')
})

test('a channel is read by its type; a secret that is not typed is not sent', () => {
  const form = formOf({
    name: 'on-call',
    severities: ['show', 'page'],
    sendResolved: 'on',
    heartbeatSeconds: '1m',
    url: 'https://hooks.example.com',
    secret: '',
  })
  expect(readChannelForm('webhook', form)).toEqual({
    channel: {
      ...newChannel('webhook'),
      name: 'on-call',
      enabled: false,
      severities: ['page', 'show'],
      heartbeatSeconds: 60,
      target: { type: 'webhook', url: 'https://hooks.example.com' },
    },
  })
  const mail = formOf({ name: 'mail', severities: 'page', port: 'smtp', to: 'a@example.com, b@example.com' })
  expect(readChannelForm('email', mail)).toEqual({ refusal: { port: 'Enter a port, such as 587.' } })
})
