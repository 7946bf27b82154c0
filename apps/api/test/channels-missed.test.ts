import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { Evaluator } from '../src/alerting/evaluator.ts'
import { Jobs } from '../src/channels/jobs.ts'
import { tellChannels } from '../src/channels/tell.ts'
import { tellMissed } from '../src/channels/tell-missed.ts'
import { forgetAlerts } from '../src/sweep/retention.ts'
import { type Api, baseUrl, startApi } from './api.ts'
import { anAlert, type Receiver, startReceiver, startTeller, type Teller, told } from './channels-receiver.ts'

/** What a channel hears of that was told before it was there, or while it was off, silenced or led elsewhere. */

const patience = { timeout: 15_000, interval: 20 }
let api: Api
let teller: Teller
let jobs: Jobs
let evaluator: Evaluator
let receiver: Receiver
beforeAll(async () => {
  api = await startApi({ sweeps: false })
  teller = await startTeller(api)
  jobs = new Jobs(api.database.config, api.app.log)
  await jobs.open()
  evaluator = new Evaluator(api.pool, {
    baseUrl,
    log: api.app.log,
    tell: (client, all) => tellChannels(jobs, client, all),
    tellMissed: (client) => tellMissed({ outbox: jobs, baseUrl }, client),
  })
})
afterAll(async () => {
  await jobs.close()
  await teller.close()
  await api.close()
})
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(async () => {
  await api.pool.query('delete from channel; delete from alert; delete from silence')
  await receiver.close()
})

const ops = (fields: Record<string, unknown> = {}) => ({
  name: 'ops',
  allowPrivate: true,
  target: { type: 'webhook', url: receiver.url },
  ...fields,
})
/** All that is to be told is told: what waits is sent, or was given up. */
const settled = async () => {
  while ((await evaluator.pass())?.hasMore);
  const waiting = async () => (await api.pool.query(`select from delivery where status = 'waiting'`)).rowCount
  await expect.poll(waiting, patience).toBe(0)
}
const make = async (fields: Record<string, unknown> = {}) => {
  const { id } = await teller.addChannel(ops(fields))
  await settled()
  return id
}
const call = async (method: 'PUT' | 'POST', url: string, payload: object) =>
  await api.app.inject({ method, url, payload, headers: { ...teller.headers, origin: baseUrl } })
const write = async (id: string, fields: Record<string, unknown> = {}) => {
  const answer = await call('PUT', `/v1/channels/${id}`, ops(fields))
  expect(answer.statusCode, answer.body).toBe(200)
}
const writeAndTell = async (id: string, fields: Record<string, unknown> = {}) => {
  await write(id, fields)
  await settled()
}
/** As the evaluator would write and tell it. */
const end = async (id: string) => {
  await api.pool.query(`update alert set status = 'resolved', resolved_at = now() where id = $1`, [id])
  await teller.tell(told('resolved', id))
}
const heardBy = ({ received }: Receiver) =>
  received.map(({ text }) => JSON.parse(text)).map(({ kind, alert }) => `${kind} ${alert.id}`)
const heard = () => heardBy(receiver).toSorted()
const unanswered = () => {
  receiver.answer = (response) => void response.destroy()
}
const refused = () => {
  receiver.answer = (response) => void response.writeHead(503).end()
}
const answered = () => {
  receiver.received.length = 0
  receiver.answer = (response) => void response.end()
}
/** A message was tried, and what came of it is written down. */
const tried = async () => {
  const attempts = async () => (await api.pool.query(`select from delivery where attempts <> '[]'`)).rowCount
  await expect.poll(attempts, patience).toBe(1)
}

test('a channel that is made while alerts fire is told of those it is for, once', async () => {
  const fits = await anAlert(api.pool, 'firing', { env: 'prod' })
  await anAlert(api.pool, 'firing', { env: 'test' })
  await anAlert(api.pool, 'pending', { env: 'prod' })
  const over = await anAlert(api.pool, 'firing', { env: 'prod' })
  await api.pool.query('update alert set hosts = 0, empty_at = now() where id = $1', [over])
  const id = await make({ selector: 'env=prod' })
  expect(heard()).toEqual([`firing ${fits}`])
  await writeAndTell(id, { selector: 'env=prod', name: 'other' })
  // Its route is wider now, and it hears of what that brings alone.
  const wider = await anAlert(api.pool, 'firing', { env: 'stage' })
  await writeAndTell(id, { selector: 'env in (prod,stage)' })
  expect(heard()).toEqual([`firing ${fits}`, `firing ${wider}`])
})

test('one that was off hears of what fires and what ended meanwhile, so that no incident stays open', async () => {
  const id = await make()
  const [ended, still] = [await anAlert(api.pool), await anAlert(api.pool)]
  await teller.tell(told('firing', ended), told('firing', still))
  await settled()
  await write(id, { enabled: false })
  const [fresh, over] = [await anAlert(api.pool), await anAlert(api.pool)]
  await teller.tell(told('firing', fresh), told('firing', over))
  await end(over)
  await end(ended)
  await write(id, { enabled: false, name: 'edited' })
  await writeAndTell(id)
  const all = [`firing ${ended}`, `firing ${fresh}`, `firing ${still}`, `resolved ${ended}`]
  expect(heard()).toEqual(all.toSorted())
  await write(id, { enabled: false })
  await writeAndTell(id)
  await end(fresh)
  await settled()
  expect(heard()).toEqual([...all, `resolved ${fresh}`].toSorted())
})

test('ends keep no page from being told, and none is left out, however many there are', async () => {
  const id = await make()
  await write(id, { enabled: false })
  const page = await anAlert(api.pool)
  await api.pool.query(
    `with over as (insert into alert (rule_id, fingerprint, condition, severity, status, reason, labels, evidence, since, firing_at, told_at, resolved_at)
       select rule_id, gen_random_uuid()::text, condition, severity, 'resolved', '', '{}', evidence, now(), now(), now(), now()
       from alert, generate_series(1, 600) where id = $2 returning id)
     insert into delivery (channel_id, alert_id, kind, status, message) select $1, id, 'firing', 'delivered', '{}' from over`,
    [id, page],
  )
  await write(id)
  while ((await evaluator.pass())?.hasMore);
  const { rows } = await api.pool.query(
    `select kind, count(*)::int as n, min(id) as first from delivery where status = 'waiting' or attempts <> '[]' group by 1 order by 3`,
  )
  expect(rows).toMatchObject([
    { kind: 'firing', n: 1 },
    { kind: 'resolved', n: 600 },
  ])
})

test('an alert that became a page while the channel was off is told as one', async () => {
  const alert = await anAlert(api.pool)
  await api.pool.query(`update alert set severity = 'ticket' where id = $1`, [alert])
  const id = await make()
  await write(id, { enabled: false })
  await api.pool.query(`update alert set severity = 'page' where id = $1`, [alert])
  await writeAndTell(id)
  expect(receiver.received.map(({ text }) => JSON.parse(text).alert.severity)).toEqual(['ticket', 'page'])
})

test('an alert that was quiet as the channel was made is told when its silence ends, and to others not again', async () => {
  const others = await startReceiver()
  await make({ name: 'others', target: { type: 'webhook', url: others.url } })
  // A drill, which needs no host.
  const alert = await anAlert(api.pool)
  await api.pool.query(
    `update alert set told_hosts = 1, due_at = now(), drill_ends_at = now() + interval '1 hour' where id = $1`,
    [alert],
  )
  await teller.tell(told('firing', alert))
  const silence = { alertId: alert, reason: 'x', endsAt: new Date(Date.now() + 3_600_000).toISOString() }
  const made = await call('POST', '/v1/silences', silence)
  expect(made.statusCode, made.body).toBe(201)
  await make()
  expect(heard()).toEqual([])
  await call('POST', `/v1/silences/${made.json().id}/end`, {})
  await settled()
  expect(heard()).toEqual([`firing ${alert}`])
  expect(heardBy(others)).toEqual([`firing ${alert}`])
  await others.close()
})

test('a channel that leads elsewhere now tells the new receiver from the beginning, and the old one nothing more', async () => {
  const [alert, over] = [await anAlert(api.pool), await anAlert(api.pool)]
  const id = await make()
  const other = await startReceiver()
  const elsewhere = { target: { type: 'webhook', url: other.url } }
  await write(id, { ...elsewhere, enabled: false })
  await end(over)
  await writeAndTell(id, elsewhere)
  await end(alert)
  await settled()
  expect(heardBy(other)).toEqual([`firing ${alert}`, `resolved ${alert}`])
  expect(heard()).toEqual([`firing ${alert}`, `firing ${over}`].toSorted())
  await other.close()
})

test('what was given up as it was switched off is told when it is on again, if it is still so', async () => {
  refused()
  const id = await make()
  const [still, over] = [await anAlert(api.pool), await anAlert(api.pool)]
  await teller.tell(told('firing', still), told('firing', over))
  await write(id, { enabled: false })
  await end(over)
  answered()
  await writeAndTell(id)
  expect(heard()).toEqual([`firing ${still}`])
  const { rows } = await api.pool.query('select id from delivery where alert_id = $1', [over])
  const again = await call('POST', `/v1/deliveries/${rows[0].id}/resend`, {})
  expect([again.statusCode, again.json().detail]).toEqual([400, expect.stringContaining('is over')])
})

test('the end is told of what may have arrived, though no answer came, and not of what was refused', async () => {
  unanswered()
  const id = await make()
  const maybe = await anAlert(api.pool)
  await teller.tell(told('firing', maybe))
  await tried()
  await write(id, { enabled: false })
  await end(maybe)
  answered()
  await writeAndTell(id)
  expect(heard()).toEqual([`resolved ${maybe}`])

  refused()
  await api.pool.query('delete from delivery')
  const never = await anAlert(api.pool)
  await teller.tell(told('firing', never))
  await tried()
  await write(id, { enabled: false })
  answered()
  await writeAndTell(id, { severities: ['ticket'] })
  await end(never)
  await settled()
  expect(heard()).toEqual([])
})

test('an alert that fires longer than messages are kept is told once', async () => {
  const alert = await anAlert(api.pool)
  const id = await make()
  await api.pool.query(`update delivery set created_at = now() - interval '31 days'`)
  await forgetAlerts(api.pool, { eventDays: 30, sampleDays: 30 })
  await writeAndTell(id, { name: 'renamed' })
  expect(heard()).toEqual([`firing ${alert}`])
})
