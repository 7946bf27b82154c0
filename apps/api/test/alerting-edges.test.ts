import { expect, test } from 'vitest'
import { ago, aHost, call, completed, judged, listed, setUpAlerting, stuck, tell } from './alerting-stage.ts'

/** What is told at the edges of an alert's life. */
setUpAlerting()

/** What is told of alerts of one condition. */
const toldOf = async (condition: string) =>
  (await judged()).flatMap(({ kind, message }) => (message.alert?.condition === condition ? [kind] : []))

test('a silence of an alert that went names its successor and no other alert', async () => {
  const [host, other] = [await aHost(), await aHost()]
  await tell(host, stuck(400, 'soon-gone'))
  await judged()
  const [pending] = (await listed('?status=pending')).items
  const made = await call('POST', '/v1/silences', {
    alertId: pending?.id ?? expect.fail(),
    reason: 'known',
    endsAt: ago(-3600),
  })
  expect(made.json(), made.body).toMatchObject({ alertId: pending?.id })
  await tell(host, completed())
  await judged()
  expect((await call('GET', `/v1/alerts/${pending?.id}`)).statusCode).toBe(404)
  await tell(other, stuck(1200, 'another-cause'))
  expect(await toldOf('stuck')).toEqual(['firing'])
  await tell(host, stuck(1200, 'soon-gone'))
  expect(await toldOf('stuck')).toEqual([])
  await call('POST', `/v1/silences/${made.json().id}/end`)
  expect(await toldOf('stuck')).toEqual(['firing'])
  for (const each of [host, other]) await tell(each, completed())
  await judged()
})
