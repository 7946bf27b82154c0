import { createTestDatabase, type TestDatabase } from '@graftwatch/db/test-database'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Api, startApi } from './api.ts'
import {
  aMessage,
  deliveriesOf,
  type Receiver,
  startReceiver,
  startTeller,
  type Teller,
  told,
} from './channels-receiver.ts'

/** From a transaction that tells something to a receiver that hears it, over real sockets. */

const patience = { timeout: 15_000, interval: 20 }
let database: TestDatabase
let api: Api
let teller: Teller
let receiver: Receiver
let alerts = 100
const nextAlert = () => {
  alerts += 1
  return String(alerts)
}

beforeAll(async () => {
  database = await createTestDatabase()
  api = await startApi({}, database)
  teller = await startTeller(api)
})
afterAll(async () => {
  await teller.close()
  await api.close()
  await database.drop()
})
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(async () => {
  await api.pool.query('delete from channel')
  await receiver.close()
})

const webhook = (name: string, fields: Record<string, unknown> = {}) =>
  teller.addChannel({ name, target: { type: 'webhook', url: `${receiver.url}/${name}` }, ...fields })

const kindsAt = (path: string) =>
  receiver.received.filter((one) => one.path === path).map(({ text }) => JSON.parse(text).kind)

describe('who is told', () => {
  test('those whose severities and selector fit, and what resolved only those who were told it fired', async () => {
    await webhook('all', { severities: ['page', 'ticket', 'show'] })
    await webhook('prod', { selector: 'env in (prod,stage)' })
    await webhook('test', { selector: 'env=test' })
    await webhook('tickets', { severities: ['ticket'] })
    await webhook('off', { enabled: false })
    await webhook('quiet', { sendResolved: false })
    const alert = nextAlert()
    expect(await teller.tell(told('firing', alert))).toBe(3)
    // The route changes after it fired: who was told is told the end.
    await api.pool.query(`update channel set selector = 'env=test' where name = 'prod'`)
    await api.pool.query(`update channel set selector = '' where name = 'test'`)
    expect(await teller.tell(told('resolved', alert))).toBe(2)
    await expect.poll(() => receiver.received.length, patience).toBe(5)
    expect(kindsAt('/all')).toEqual(['firing', 'resolved'])
    expect(kindsAt('/prod')).toEqual(['firing', 'resolved'])
    expect(kindsAt('/quiet')).toEqual(['firing'])
  })

  test('nobody is told of a simulated fleet, and of nothing that was rolled back', async () => {
    const { id } = await webhook('one')
    const alert = nextAlert()
    const demo = told('firing', alert, { demo: true })
    expect(await teller.tell(demo)).toBe(0)
    await expect(teller.tell(told('firing', alert), told('firing', 'no id'))).rejects.toThrow('invalid input')
    expect(await deliveriesOf(api, id)).toEqual([])
  })
})

describe('a webhook', () => {
  test('verifies with the public library, says who it is, and is noted as delivered', async () => {
    const { id, secret } = await webhook('signed')
    expect(secret).toMatch(/^whsec_/)
    const alert = nextAlert()
    await teller.tell(told('firing', alert))
    await expect.poll(() => receiver.received.length, patience).toBe(1)
    const [one] = receiver.received
    const message = new Webhook(secret ?? '').verify(one?.text ?? '', one?.headers as Record<string, string>)
    expect(message).toEqual(aMessage('firing', { id: alert }))
    await expect
      .poll(() => deliveriesOf(api, id), patience)
      .toMatchObject([
        {
          status: 'delivered',
          claimed: false,
          attempts: [[expect.any(String), expect.any(Number), 200, 'ok']],
        },
      ])
    const [stored] = await deliveriesOf(api, id)
    expect(one?.headers['webhook-id']).toBe(stored?.id)
  })

  test('that answers 500 and then asks to wait is tried again with the same id, not before', async () => {
    const { id, secret } = await webhook('flaky')
    receiver.answer = (response) => {
      const tries = receiver.received.length
      if (tries === 1) response.writeHead(500).end('broken')
      else if (tries === 2) response.writeHead(429, { 'retry-after': '3' }).end()
      else response.end('at last')
    }
    await teller.tell(told('firing', nextAlert()))
    await expect.poll(() => receiver.received.length, patience).toBe(3)
    await expect.poll(() => deliveriesOf(api, id), patience).toMatchObject([{ status: 'delivered' }])
    const [stored] = await deliveriesOf(api, id)
    expect(stored?.attempts.map(([, , status, answer]) => [status, answer])).toEqual([
      [500, 'broken'],
      [429, ''],
      [200, 'at last'],
    ])
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([stored?.id]),
    )
    const [, second, third] = receiver.received
    expect((third?.at ?? 0) - (second?.at ?? 0)).toBeGreaterThanOrEqual(3000)
    for (const { text, headers } of receiver.received)
      new Webhook(secret ?? '').verify(text, headers as Record<string, string>)
  })

  test('resolved never overtakes firing, and an update that waits gives way to what is newer', async () => {
    const { id } = await webhook('ordered')
    receiver.answer = (response) =>
      receiver.received.length === 1 ? response.writeHead(503).end() : response.end()
    const [one, other] = [nextAlert(), nextAlert()]
    await teller.tell(told('firing', one))
    await expect.poll(() => receiver.received.length, patience).toBe(1)
    await teller.tell(told('updated', one), told('updated', one), told('resolved', one))
    // Another alert does not wait for it.
    await teller.tell(told('firing', other))
    await expect
      .poll(() => deliveriesOf(api, id), patience)
      .toMatchObject([
        { kind: 'firing', status: 'delivered' },
        { kind: 'updated', status: 'delivered' },
        { kind: 'updated', status: 'delivered' },
        { kind: 'resolved', status: 'delivered' },
        { kind: 'firing', status: 'delivered' },
      ])
    const order = receiver.received.map(({ text }) => {
      const { kind, alert } = JSON.parse(text)
      return `${kind} ${alert.id}`
    })
    expect(order.filter((each) => each.endsWith(one))).toEqual([
      `firing ${one}`,
      `firing ${one}`,
      `resolved ${one}`,
    ])
    expect(order.indexOf(`firing ${other}`)).toBeLessThan(order.lastIndexOf(`firing ${one}`))
    const [, update] = await deliveriesOf(api, id)
    expect(update?.attempts.at(-1)?.[3]).toContain('something newer')
  })

  test('that refuses is given up after three attempts, and can be sent again', async () => {
    const { id } = await webhook('refuses')
    receiver.answer = (response) => void response.writeHead(410).end('no')
    const alert = nextAlert()
    await teller.tell(told('firing', alert))
    await expect.poll(() => deliveriesOf(api, id), patience).toMatchObject([{ status: 'dead' }])
    expect(receiver.received).toHaveLength(3)
    const [stored] = await deliveriesOf(api, id)
    receiver.answer = (response) => void response.end('yes')
    const { headers } = teller
    const url = `/v1/deliveries/${stored?.id}/resend`
    const answer = await api.app.inject({ method: 'POST', url, headers })
    expect(answer.json()).toMatchObject({ id: stored?.id, status: 'waiting' })
    await expect.poll(() => deliveriesOf(api, id), patience).toMatchObject([{ status: 'delivered' }])
    expect(new Set(receiver.received.map((one) => one.headers['webhook-id'])).size).toBe(1)
    const page = await api.app.inject({ url: `/v1/deliveries?channel=${id}`, headers })
    expect(page.json().items[0].attempts.map(({ answer: said }: { answer: string }) => said)).toEqual([
      'no',
      'no',
      'no',
      'Sent again by Admin.',
      'yes',
    ])
    await teller.tell(told('resolved', alert))
    await expect
      .poll(async () => (await deliveriesOf(api, id)).map(({ status }) => status), patience)
      .toEqual(['delivered', 'delivered'])
    const late = await api.app.inject({ method: 'POST', url, headers })
    expect(late.statusCode, late.body).toBe(400)
    expect(late.json().detail).toContain('since')
    await teller.tell(told('firing', nextAlert()))
    const { items } = (await api.app.inject({ url: `/v1/deliveries?channel=${id}`, headers })).json()
    expect(
      items.map(({ kind, overtaken }: { kind: string; overtaken: boolean }) => [kind, overtaken]),
    ).toEqual([
      ['firing', false],
      ['resolved', false],
      ['firing', true],
    ])
  })
})

test('many alerts at once all leave, each once, by three processes as by one', async () => {
  const { id } = await webhook('busy')
  const others = await Promise.all([startApi({}, database), startApi({}, database)])
  const many = Array.from({ length: 500 }, () => told('firing', nextAlert()))
  expect(await teller.tell(...many)).toBe(500)
  await expect
    .poll(
      async () => (await deliveriesOf(api, id)).filter(({ status }) => status !== 'delivered').length,
      patience,
    )
    .toBe(0)
  expect(receiver.received).toHaveLength(500)
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(500)
  await Promise.all(others.map((other) => other.close()))
})

describe('receivers that misbehave', () => {
  test('one that hangs keeps nobody waiting, and is given up on after 10 s', async () => {
    const slow = await startReceiver()
    slow.answer = () => {}
    const { id } = await teller.addChannel({ name: 'hangs', target: { type: 'webhook', url: slow.url } })
    await webhook('prompt')
    const many = Array.from({ length: 40 }, () => told('firing', nextAlert()))
    await teller.tell(...many)
    await expect.poll(() => receiver.received.length, patience).toBe(many.length)
    await expect
      .poll(async () => (await deliveriesOf(api, id)).flatMap(({ attempts }) => attempts), patience)
      .toContainEqual([
        expect.any(String),
        expect.any(Number),
        null,
        expect.stringContaining('no answer within 10 s'),
      ])
    await slow.close()
  })

  test('one that resets, one that redirects to loopback, one that answers 10 MB', async () => {
    const { id } = await webhook('wild')
    let step = 0
    receiver.answer = (response) => {
      step += 1
      if (step === 1) response.destroy()
      else if (step === 2) response.writeHead(307, { location: `http://0.0.0.0:${receiver.port}/` }).end()
      else {
        response.on('error', () => {})
        response.write(Buffer.alloc(10_000_000, 'x'))
      }
    }
    await teller.tell(told('firing', nextAlert()))
    await expect.poll(() => deliveriesOf(api, id), patience).toMatchObject([{ status: 'delivered' }])
    const [stored] = await deliveriesOf(api, id)
    expect(stored?.attempts.map(([, , status, answer]) => [status, answer.slice(0, 60)])).toEqual([
      [null, `127.0.0.1:${receiver.port}: it closed the connection.`],
      [null, '0.0.0.0 is not an address that anything can be sent to.'],
      [200, 'x'.repeat(60)],
    ])
    expect(stored?.attempts.at(-1)?.[3]).toHaveLength(500)
  })
})

test('what was told and not sent when everything was killed is sent by the next process', async () => {
  const { id } = await webhook('late')
  await api.close()
  await teller.tell(told('firing', nextAlert()), told('firing', nextAlert()))
  // As a process killed at work leaves them: one taken, and the jobs of both gone.
  await database.pool.query(`delete from pgboss.job`)
  await database.pool.query(
    `update delivery set claimed_until = now() + interval '1 s' where id = (select min(id) from delivery)`,
  )
  expect(receiver.received).toEqual([])
  api = await startApi({}, database)
  await expect.poll(() => receiver.received.length, patience).toBe(2)
  await expect
    .poll(() => deliveriesOf(api, id), patience)
    .toMatchObject([{ status: 'delivered' }, { status: 'delivered' }])
})
