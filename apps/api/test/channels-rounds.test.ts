import { createTestDatabase, type TestDatabase } from '@graftwatch/db/test-database'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { beat } from '../src/channels/heartbeats.ts'
import { Outbox } from '../src/channels/outbox.ts'
import { tellRound } from '../src/channels/rounds.ts'
import { type Api, configFor, startApi } from './api.ts'
import {
  anAlert,
  deliveriesOf,
  type Receiver,
  startReceiver,
  startTeller,
  type Teller,
  told,
} from './channels-receiver.ts'

/** What is told again and again: alerts to an Alertmanager, heartbeats to whoever waits for them. Two replicas. */

const patience = { timeout: 15_000, interval: 20 }
let database: TestDatabase
let one: Api
let two: Api
let teller: Teller
let receiver: Receiver
beforeAll(async () => {
  database = await createTestDatabase()
  one = await startApi({ sweeps: false }, database)
  two = await startApi({ sweeps: false }, database)
  teller = await startTeller(one)
})
afterAll(async () => {
  await teller.close()
  await one.close()
  await two.close()
  await database.drop()
})
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(async () => {
  await database.pool.query('delete from channel; delete from alert')
  await receiver.close()
})

const alertmanager = () =>
  teller.addChannel({
    name: 'am',
    target: { type: 'alertmanager', url: receiver.url, user: 'ada', password: 'pw' },
  })

interface Sent {
  labels: Record<string, string>
  annotations: Record<string, string>
  endsAt: string
  generatorURL: string
}
const posts = (): Sent[][] => receiver.received.map(({ text }) => JSON.parse(text))

test('an Alertmanager hears again of all that fires, silenced or not, in one request, one in an interval over all replicas', async () => {
  const { id } = await alertmanager()
  const ids = await Promise.all([anAlert(database.pool), anAlert(database.pool), anAlert(database.pool)])
  await teller.tell(...ids.map((alert) => told('firing', alert, { fingerprint: `f-${alert}` })))
  await expect
    .poll(async () => (await deliveriesOf(one, id)).every(({ status }) => status === 'delivered'), patience)
    .toBe(true)
  await database.pool.query(`update alert set status = 'resolved' where id = $1`, [ids[0]])
  await database.pool.query(`update alert set silenced_until = now() + interval '1 hour' where id = $1`, [
    ids[1],
  ])
  const outboxes = [1, 2].map(() => new Outbox(database.pool, configFor(database), one.app.log))
  await Promise.all(outboxes.map((outbox) => outbox.start()))
  for (const outbox of [...outboxes, ...outboxes, ...outboxes]) await outbox.askRound(id, 1)
  await expect.poll(() => posts().some((alerts) => alerts.length === 2), patience).toBe(true)
  const round = posts().find((alerts) => alerts.length === 2)
  expect(round?.map(({ labels }) => labels.graftwatch_fingerprint).sort()).toEqual(
    [`f-${ids[1]}`, `f-${ids[2]}`].sort(),
  )
  for (const { endsAt } of round ?? []) expect(Date.parse(endsAt)).toBeGreaterThan(Date.now() + 200_000)
  expect(receiver.received[0]?.headers.authorization).toBe(
    `Basic ${Buffer.from('ada:pw').toString('base64')}`,
  )
  expect(receiver.received[0]?.path).toBe('/api/v2/alerts')
  const { rows } = await database.pool.query(
    `select count(*)::int as n, count(distinct singleton_on)::int as slots from pgboss.job where name = 'channel-rounds'`,
  )
  expect(rows[0].n).toBe(rows[0].slots)
  await Promise.all(outboxes.map((outbox) => outbox.close()))
})

test('what resolved while a round was on its way is told to have resolved once more after it', async () => {
  const { id } = await alertmanager()
  const alert = await anAlert(database.pool)
  await teller.tell(told('firing', alert, { fingerprint: 'f-1' }))
  await expect.poll(() => deliveriesOf(one, id), patience).toMatchObject([{ status: 'delivered' }])
  const heard: string[] = []
  await tellRound(database.pool, id, async (_channel, outgoing) => {
    heard.push(...outgoing.map(({ message }) => message.kind))
    if (heard.length > 1) return true
    await database.pool.query(`update alert set status = 'resolved' where id = $1`, [alert])
    await teller.tell(told('resolved', alert, { fingerprint: 'f-1' }))
    return true
  })
  expect(heard).toEqual(['repeated', 'resolved'])
})

test('heartbeats: one an interval however many replicas beat, signed, and none while nobody judges', async () => {
  const { id, secret } = await teller.addChannel({
    name: 'switch',
    heartbeatSeconds: 30,
    target: { type: 'webhook', url: receiver.url },
  })
  const jobs = new Outbox(database.pool, configFor(database), one.app.log)
  await jobs.start()
  // These replicas judge nothing, so they are silent by themselves.
  expect(await deliveriesOf(one, id)).toEqual([])
  const made = await Promise.all(Array.from({ length: 6 }, () => beat(database.pool, jobs)))
  expect(made.reduce((sum, n) => sum + n, 0)).toBe(1)
  await expect.poll(() => receiver.received.length, patience).toBe(1)
  const [beatSent] = receiver.received
  expect(
    new Webhook(secret ?? '').verify(beatSent?.text ?? '', beatSent?.headers as Record<string, string>),
  ).toMatchObject({
    kind: 'heartbeat',
    alert: null,
  })
  await database.pool.query(`update channel set heartbeat_at = now() - interval '31 s'`)
  expect(await beat(database.pool, jobs)).toBe(1)
  expect(await beat(database.pool, jobs)).toBe(0)
  await expect.poll(() => receiver.received.length, patience).toBe(2)
  await jobs.close()
})

test('a process that judges hosts beats by itself, and what it sends is counted', async () => {
  const alive = await startApi({}, database)
  await teller.addChannel({
    name: 'switch',
    heartbeatSeconds: 3600,
    target: { type: 'webhook', url: receiver.url },
  })
  await expect.poll(() => receiver.received.length, patience).toBe(1)
  const metricsOf = async () =>
    (await Promise.all([one, two, alive].map(({ app }) => app.inject({ url: '/metrics' })))).map(
      ({ body }) => body,
    )
  const counted = (bodies: string[]) =>
    bodies
      .flatMap((body) => [
        ...body.matchAll(/^graftwatch_deliveries_total\{type="webhook",result="delivered"\} (\d+)$/gm),
      ])
      .reduce((sum, [, n]) => sum + Number(n), 0)
  await expect.poll(async () => counted(await metricsOf()), patience).toBeGreaterThanOrEqual(1)
  // A reading of the fleet is kept for a while, and may be of before it was sent.
  const waiting = async () =>
    (await metricsOf()).map(
      (body) => /^graftwatch_deliveries_waiting\{type="webhook"\} (\d+)$/m.exec(body)?.[1],
    )
  await expect.poll(waiting, patience).toEqual(['0', '0', '0'])
  await alive.close()
})
