import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { sessionFile, stack } from './stack.ts'

test.use({ storageState: sessionFile })

/** A receiver of webhooks; what came, by its kind. */
let receiver: Server
const came: string[] = []

test.beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => {
      body += piece
    })
    request.on('end', () => {
      came.push(JSON.parse(body).kind)
      response.end('taken')
    })
  })
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
})
test.afterAll(() => {
  receiver.closeAllConnections()
  receiver.close()
})

test('a channel is made, refused with its field where it cannot be, tested, and told of a fire drill to its end', async ({
  page,
}) => {
  test.setTimeout(120_000)
  const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/graftwatch`
  await page.goto('/alerts/channels')
  await expect(page.getByText('Nobody is told: there is no channel.')).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await page.getByRole('link', { name: 'Make channel' }).click()
  for (const type of ['Slack', 'Email', 'PagerDuty', 'Alertmanager', 'Webhook']) {
    await page.getByRole('list', { name: 'Type' }).getByRole('link', { name: type }).click()
    await expect(page.getByRole('link', { name: type })).toHaveAttribute('aria-current', 'true')
  }
  const form = page.getByRole('form', { name: 'Channel' })
  await form.getByLabel('Name').fill('on-call')
  await form.getByLabel('Address', { exact: true }).fill(address)
  await form.getByLabel('Only with labels').fill('team=(')
  await form.getByRole('button', { name: 'Make channel' }).click()
  await expect(form.getByText(/^Character \d+: /)).toBeVisible()
  await form.getByLabel('Only with labels').fill('')
  await form.getByRole('button', { name: 'Make channel' }).click()
  await expect(form.getByText(/loopback/).first()).toBeVisible()
  await expect(form.getByLabel('Address', { exact: true })).toBeFocused()
  await expectAccessibleInBothThemes(page)
  await form.getByLabel('The address may be private, loopback or link-local').check()
  await form.getByRole('button', { name: 'Make channel' }).click()
  await expect(page.getByText('This is the only time it is shown.')).toBeVisible()
  await expect(page.getByText(/^whsec_\S{32,}$/)).toBeVisible()
  await page.getByRole('button', { name: 'Done' }).click()

  await expect(page.getByRole('heading', { name: 'on-call', level: 1 })).toBeVisible()
  await expect(page.getByText(/^whsec_/)).toHaveCount(0)
  await page.getByRole('button', { name: 'Test on-call' }).click()
  await expect(page.getByText(/^Delivered in \d+ ms, answered 200: taken$/)).toBeVisible()
  expect(came).toEqual(['test'])
  await form.getByLabel('Name').fill('on-call-night')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { name: 'on-call-night', level: 1 })).toBeVisible()
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  }
  await page.setViewportSize({ width: 1440, height: 900 })

  const drill = await page.request.post('/v1/drills', {
    data: { seconds: 10 },
    headers: { origin: stack().baseUrl },
  })
  expect(drill.status(), await drill.text()).toBe(201)
  await page.goto(`/alerts/${(await drill.json()).alertId}`)
  const story = page.getByRole('region', { name: 'What happened' })
  await expect(story.getByText(/Told on-call-night \(webhook\): it fires/)).toBeVisible()
  await expect(story.getByText(/^Delivered in \d+ ms, answered 200/).first()).toBeVisible()
  await expect(story.getByText(/Told on-call-night \(webhook\): it is resolved/)).toBeVisible({
    timeout: 30_000,
  })
  await expect.poll(() => came).toEqual(['test', 'firing', 'resolved'])
  await story
    .getByText(/^Delivered in/)
    .first()
    .click()
  await expect(story.getByText('taken').first()).toBeVisible()
  await expectAccessibleInBothThemes(page)

  await page.goto('/alerts/channels')
  await expect(
    page.getByText('1 channel is on. Every message of the last 24 hours arrived or is on its way.'),
  ).toBeVisible()
  const row = page.getByRole('row').filter({ hasText: 'on-call-night' })
  await expect(row).toContainText(/[23] delivered, the last/)
  await expectAccessibleInBothThemes(page)
  await row.getByRole('link', { name: 'on-call-night' }).click()
  await expect(
    page.getByRole('region', { name: 'Messages' }).getByText('it fires', { exact: true }),
  ).toBeVisible()
  await page.getByRole('button', { name: 'Remove…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove channel' }).click()
  await expect(page).toHaveURL(/\/alerts\/channels$/)
  await expect(row).toHaveCount(0)
})
