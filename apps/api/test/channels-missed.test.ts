import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Api, baseUrl, startApi } from './api.ts'
import { anAlert, type Receiver, startReceiver, startTeller, type Teller, told } from './channels-receiver.ts'

/** What a channel hears of that was told before it was there, and of what ended while it was off. */

const patience = { timeout: 15_000, interval: 20 }
let api: Api
let teller: Teller
let receiver: Receiver
beforeAll(async () => {
  api = await startApi({ sweeps: false })
  teller = await startTeller(api)
})
afterAll(async () => {
  await teller.close()
  await api.close()
})
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(async () => {
  await api.pool.query('delete from channel; delete from alert')
  await receiver.close()
})

const ops = (fields: Record<string, unknown> = {}) => ({
  name: 'ops',
  allowPrivate: true,
  target: { type: 'webhook', url: receiver.url },
  ...fields,
})
const write = async (id: string, fields: Record<string, unknown> = {}) => {
  const headers = { ...teller.headers, origin: baseUrl }
  const answer = await api.app.inject({
    method: 'PUT',
    url: `/v1/channels/${id}`,
    headers,
    payload: ops(fields),
  })
  expect(answer.statusCode, answer.body).toBe(200)
}
/** As the evaluator would write and tell it. */
const end = async (id: string) => {
  await api.pool.query(`update alert set status = 'resolved', resolved_at = now() where id = $1`, [id])
  await teller.tell(told('resolved', id))
}
const heard = () =>
  receiver.received.map(({ text }) => JSON.parse(text)).map(({ kind, alert }) => `${kind} ${alert.id}`)
/** Also that it is written down: what is on its way when a channel is switched off may come twice. */
const hears = async (...all: string[]) => {
  await expect.poll(() => heard().toSorted(), patience).toEqual(all.toSorted())
  const waiting = async () => (await api.pool.query(`select from delivery where status = 'waiting'`)).rowCount
  await expect.poll(waiting, patience).toBe(0)
}

test('a channel that is made while alerts fire is told of those it is for, once', async () => {
  const fits = await anAlert(api.pool, 'firing', { env: 'prod' })
  await anAlert(api.pool, 'firing', { env: 'test' })
  await anAlert(api.pool, 'pending', { env: 'prod' })
  const silenced = await anAlert(api.pool, 'firing', { env: 'prod' })
  await api.pool.query(`update alert set silenced_until = now() + interval '1 hour' where id = $1`, [
    silenced,
  ])
  const { id } = await teller.addChannel(ops({ selector: 'env=prod' }))
  await hears(`firing ${fits}`)
  await write(id, { selector: 'env=prod', name: 'other' })
  // Its route is wider now, and it hears of what that brings alone.
  const wider = await anAlert(api.pool, 'firing', { env: 'stage' })
  await write(id, { selector: 'env in (prod,stage)' })
  await hears(`firing ${fits}`, `firing ${wider}`)
})

test('one that was off hears on what fires and what ended meanwhile, so that no incident stays open', async () => {
  const { id } = await teller.addChannel(ops())
  const [ended, still] = [await anAlert(api.pool), await anAlert(api.pool)]
  await teller.tell(told('firing', ended), told('firing', still))
  await hears(`firing ${ended}`, `firing ${still}`)
  await write(id, { enabled: false })
  const [fresh, over] = [await anAlert(api.pool), await anAlert(api.pool)]
  await teller.tell(told('firing', fresh), told('firing', over))
  await end(over)
  await end(ended)
  await write(id)
  await hears(`firing ${ended}`, `firing ${still}`, `resolved ${ended}`, `firing ${fresh}`)
  await write(id, { enabled: false })
  await write(id)
  await end(fresh)
  await hears(
    `firing ${ended}`,
    `firing ${still}`,
    `resolved ${ended}`,
    `firing ${fresh}`,
    `resolved ${fresh}`,
  )
})

test('what was given up as it was switched off is told when it is on again, if it is still so', async () => {
  receiver.answer = (response) => void response.writeHead(503).end()
  const { id } = await teller.addChannel(ops())
  const [still, over] = [await anAlert(api.pool), await anAlert(api.pool)]
  await teller.tell(told('firing', still), told('firing', over))
  await write(id, { enabled: false })
  await end(over)
  receiver.received.length = 0
  receiver.answer = (response) => void response.end()
  await write(id)
  await hears(`firing ${still}`)
})
