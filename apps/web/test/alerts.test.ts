import { expect, test } from 'vitest'
import type { AlertDetail, AlertSummary, AlertsPage, Delivery } from '../src/api/types.ts'
import { alertTicket, handoverNote } from '../src/words/alert-ticket.ts'
import { deliveryOutcome, noteSentence, timelineOf } from '../src/words/alert-timeline.ts'
import { actNowText, alertsSentence, signatureText, silentWords } from '../src/words/alerts.ts'
import { silenceEnds } from '../src/words/silence-ends.ts'

const now = '2026-11-26T04:40:00.000Z'

const anAlert = (changes: Partial<AlertSummary> = {}): AlertSummary => ({
  id: '7',
  rule: { id: '1', name: 'stuck' },
  condition: 'stuck',
  severity: 'ticket',
  status: 'firing',
  summary: '38 hosts held by one cause',
  labels: { alertname: 'stuck' },
  since: '2026-11-26T03:59:00.000Z',
  dueAt: null,
  firingAt: '2026-11-26T04:14:00.000Z',
  resolvedAt: null,
  hosts: 38,
  silentHosts: 0,
  examples: [{ id: '3', hostname: 'db-7', state: 'stuck', since: '2026-11-26T03:59:00.000Z' }],
  acknowledged: null,
  silencedUntil: null,
  actNow: { now: false, why: 'No: the old code keeps serving.' },
  firstStep: 'Wait two rounds.',
  signature: {
    id: '9',
    function: 'vhost_worker',
    kind: 'kthread',
    comm: 'vhost-N',
    unit: null,
    direction: 'patching',
  },
  drill: false,
  demo: false,
  ...changes,
})

const aPage = (items: AlertSummary[], changes: Partial<AlertsPage> = {}): AlertsPage => ({
  items,
  nextCursor: null,
  firing: items.filter(({ status, drill }) => status === 'firing' && !drill).length,
  pending: 0,
  now,
  ...changes,
})

const aDelivery = (changes: Partial<Delivery> = {}): Delivery => ({
  id: '1',
  channel: { id: '1', name: 'ops', type: 'webhook' },
  alertId: '7',
  kind: 'firing',
  status: 'delivered',
  createdAt: now,
  deliveredAt: now,
  attempts: [{ at: now, milliseconds: 120, status: 202, answer: 'ok' }],
  nextAttemptAt: null,
  overtaken: false,
  ...changes,
})

const taken = { by: 'Ada', at: '2026-11-26T04:20:00.000Z', note: 'moving a guest' }

test('the first line says how many fire, whether to get up, and whether somebody has them', () => {
  expect(alertsSentence(aPage([]))).toBe('No alert fires.')
  expect(alertsSentence(aPage([], { pending: 2 }))).toBe('No alert fires. 2 are pending.')
  expect(alertsSentence(aPage([anAlert()]))).toBe('1 alert fires: nobody has to get up, nobody has it yet.')
  expect(alertsSentence(aPage([anAlert({ acknowledged: taken })]))).toContain('Ada has it.')
  expect(
    alertsSentence(
      aPage([anAlert({ actNow: { now: true, why: 'x' } }), anAlert({ acknowledged: taken })], { pending: 1 }),
    ),
  ).toBe('2 alerts fire: 1 to get up for, 1 not taken yet. 1 more is pending.')
  // Not all are on this page: nothing is said of those that are not.
  expect(alertsSentence(aPage([anAlert()], { firing: 80 }))).toBe('80 alerts fire.')
  expect(alertsSentence(aPage([anAlert({ drill: true })]))).toBe('No alert fires.')
})

test('hosts that fell silent are said, and names that would turn a line around are spelled out', () => {
  expect(silentWords(anAlert())).toBeNull()
  expect(silentWords(anAlert({ silentHosts: 3 }))).toBe('no word from 3 of them')
  expect(silentWords(anAlert({ hosts: 1, silentHosts: 1 }))).toBe('no word from it since')
  const signature = { ...anAlert().signature, comm: 'a\u202eb' } as AlertSummary['signature']
  expect(signatureText(anAlert({ signature }))).toBe('kernel thread a\\u202eb in vhost_worker')
  expect(signatureText(anAlert({ signature: null }))).toBeNull()
  expect(actNowText(anAlert())).toBe('No: the old code keeps serving.')
})

test('a ticket has what, where, since when, whether to get up and the remedy; a drill says so first', () => {
  const detail: AlertDetail = {
    alert: anAlert({ acknowledged: taken, drill: true }),
    description: 'line one\nline two',
    runbookUrl: null,
    remedy: {
      kernelSays: 'runs all the time',
      meaning: 'it never sleeps',
      safeStep: 'Move a guest.',
      check: null,
      risk: 'a migration storm',
      never: 'signal a kernel thread',
    },
    members: [],
    notes: [],
    deliveries: [],
    now,
  }
  const text = alertTicket(detail, 'https://gw.example.com')
  expect(text.split('\n')[0]).toBe('FIRE DRILL, simulated. 38 hosts held by one cause')
  expect(text).toContain(
    'Firing since 26 Nov 04:14 UTC; it began 26 Nov 03:59 UTC. As of 2026-11-26T04:40:00.000Z.',
  )
  expect(text).toContain('Hosts: db-7 and 37 more hosts')
  expect(text).toContain('Held by: kernel thread vhost-N in vhost_worker')
  expect(text).toContain('Ada has it since 26 Nov 04:20 UTC: moving a guest.')
  expect(text).toContain('Get up? No: the old code keeps serving.')
  expect(text).toContain('line one\nline two')
  expect(text).toContain('signal a kernel thread')
  expect(text.endsWith('https://gw.example.com/alerts/7')).toBe(true)
  const pending = anAlert({ status: 'pending', firingAt: null, dueAt: '2026-11-26T04:50:00.000Z' })
  expect(alertTicket({ ...detail, alert: pending }, '')).toContain(
    'Pending; it began 26 Nov 03:59 UTC, and it fires 26 Nov 04:50 UTC if it holds on. As of',
  )
})

test('a handover names what fires, who has it, until when it is quiet, and counts what it does not name', () => {
  const page = aPage([anAlert({ acknowledged: taken, silencedUntil: '2026-11-26T08:00:00.000Z' })], {
    firing: 3,
  })
  const note = handoverNote(page, 'https://gw.example.com')
  expect(note).toContain('Handover, 26 Nov 04:40 UTC. 3 alerts fire.')
  expect(note).toContain('[ticket] 38 hosts held by one cause')
  expect(note).toContain(
    'Ada has it since 26 Nov 04:20 UTC: moving a guest. Silenced until 26 Nov 08:00 UTC.',
  )
  expect(note).toContain('2 more alerts: https://gw.example.com/alerts')
  expect(handoverNote(aPage([]), 'https://gw.example.com')).toBe(
    'Handover, 26 Nov 04:40 UTC. No alert fires.',
  )
})

test('the timeline is one story of notes and messages, newest first', () => {
  const detail = {
    notes: [
      { at: '2026-11-26T04:14:00.000Z', kind: 'fired', by: null, text: null, hosts: 2 },
      { at: '2026-11-26T04:20:00.000Z', kind: 'acknowledged', by: 'Ada', text: 'mine', hosts: null },
    ],
    deliveries: [aDelivery({ createdAt: '2026-11-26T04:14:01.000Z' })],
  } as unknown as AlertDetail
  const entries = timelineOf(detail)
  expect(entries.map((entry) => ('note' in entry ? noteSentence(entry.note) : 'told'))).toEqual([
    'Ada took it',
    'told',
    'Fired for 2 hosts',
  ])
})

test('a message says how it fared, with the last answer', () => {
  const failed = { at: now, milliseconds: 5000, status: null, answer: 'no answer within 5 s' }
  expect(deliveryOutcome(aDelivery())).toBe('Delivered in 120 ms, answered 202')
  expect(
    deliveryOutcome(
      aDelivery({ attempts: [failed, { at: now, milliseconds: 80, status: 200, answer: '' }] }),
    ),
  ).toBe('Delivered in 80 ms, answered 200, at the 2nd try')
  expect(deliveryOutcome(aDelivery({ status: 'dead', attempts: [failed] }))).toBe(
    'Given up after 1 try: no answer within 5 s',
  )
  expect(deliveryOutcome(aDelivery({ status: 'waiting', attempts: [] }))).toBe('Waits to be sent')
})

test('a silence of the night ends at eight of that morning, and in the day at eight of the next', () => {
  const at = (hours: number, minutes = 0) => new Date(2026, 10, 26, hours, minutes)
  const morning = (from: Date) => silenceEnds(from).at(-1)
  expect(morning(at(3))).toEqual({ word: 'Until today 08:00', endsAt: at(8).toISOString() })
  // An end within the hour is the first choice already.
  expect(morning(at(7, 30))?.word).toBe('Until tomorrow 08:00')
  expect(morning(at(14))?.endsAt).toBe(new Date(2026, 10, 27, 8).toISOString())
  expect(silenceEnds(at(14))[0]?.endsAt).toBe(at(15).toISOString())
})
