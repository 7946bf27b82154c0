import { capturedReport } from './captured-report.ts'
import { expect, expectAccessible, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { heldFor, ReportingHost } from './reporting-host.ts'
import { sessionFile, stack } from './stack.ts'

test.use({ storageState: sessionFile })

const stuck = capturedReport('stuck-user', '01-stuck')

/** A host that was stuck at an instant that is history by now and moves no more, and one that took a patch before it. */
const then = { at: '', host: {} as ReportingHost, lanes: {} as ReportingHost }

test.beforeAll(async ({ playwright }) => {
  then.host = await ReportingHost.enroll('then-1')
  await then.host.report(stuck, heldFor(stuck, 1200))
  then.lanes = await ReportingHost.enroll('lanes-1')
  await then.lanes.report(capturedReport('none', '00-no-patch'))
  await then.lanes.report(capturedReport('applied', '00-applied'))

  then.at = new Date().toISOString()
  const { baseUrl: baseURL } = stack()
  const reader = await playwright.request.newContext({ baseURL, storageState: sessionFile })
  // History takes 15 s to settle.
  await expect
    .poll(async () => (await reader.get(`/v1/overview?asOf=${then.at}`)).status(), { timeout: 30_000 })
    .toBe(200)
  await reader.dispose()
  // Nobody holds it any more; the past still knows who did.
  await then.host.report(capturedReport('stuck-user', '02-released'))
})

test('every page shows what was true then, says so, and leads back to now', async ({ page }) => {
  const { at, host } = then
  await page.goto(`/hosts?q=then-1`)
  await expect(page.getByRole('row', { name: /then-1/ })).not.toContainText('Stuck')
  await page.goto(`/hosts?q=then-1&at=${at}`)
  await expect(page.getByText('You are looking at')).toBeVisible()
  await expect(page.getByRole('row', { name: /then-1/ })).toContainText('Stuck')
  await page.getByLabel('Choose then-1').check()
  await expect(page.getByRole('region', { name: 'Chosen hosts' })).toContainText('This is the past')
  await expectAccessibleInBothThemes(page)

  // The link keeps the instant.
  await page.getByRole('link', { name: 'then-1' }).click()
  await expect(page).toHaveURL(/\/hosts\/\d+\?at=/)
  await expect(page.getByRole('main').getByText('Stuck', { exact: true }).first()).toBeVisible()
  await expect(page.getByRole('button', { name: 'Retire…' })).toHaveCount(0)
  await expectAccessibleInBothThemes(page)
  await page.getByRole('link', { name: 'Back to now' }).first().click()
  await expect(page.getByText('You are looking at')).toHaveCount(0)
  await expect(page.getByText('is on: every task runs the patched code.')).toBeVisible()

  await page.goto(`/?at=${at}`)
  await expect(page.getByRole('region', { name: 'Needs attention' })).toContainText('then-1')
  await expect(page.getByRole('main')).toContainText(
    /hosts? (was|were) fully migrated\. \d+ (was|were) stuck/,
  )
  await expectAccessibleInBothThemes(page)
  await page.setViewportSize({ width: 320, height: 800 })
  for (const path of [`/?at=${at}`, `/hosts?at=${at}`, `/hosts/${host.id}?at=${at}`]) {
    await page.goto(path)
    await expect(page.getByText('You are looking at')).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
  }
})

test('the instant is named in a form, and history that is not kept is said to be so', async ({ page }) => {
  await page.goto('/?columns=kept')
  await page.locator('summary', { hasText: 'Now' }).click()
  await page.getByLabel('What was true at').fill('2020-01-02T03:04')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Look at it' }).click()
  await expect(page).toHaveURL(/\?columns=kept&at=2020-01-02T03%3A04$/)
  await expect(page.getByText('2 Jan 2020 03:04 UTC').first()).toBeVisible()
  await expect(page.getByText('BEFORE_HISTORY')).toBeVisible()
  await page.getByRole('link', { name: 'Back to now' }).last().click()
  await expect(page.getByText('BEFORE_HISTORY')).toHaveCount(0)
})

test('the cursor of a host moves by keys, from change to change and on the lanes', async ({ page }) => {
  await page.goto(`/hosts/${then.lanes.id}`)
  const cursor = page.getByRole('slider', { name: 'Instant the page shows' })
  await expect(cursor).toHaveAttribute('aria-valuetext', /^now, migrated$/)
  await expectAccessibleInBothThemes(page)

  await expect(page.getByRole('link', { name: '‹ Earlier' })).toBeVisible()
  await page.keyboard.press('[')
  await expect(page).toHaveURL(/\?at=/)
  await expect(page.getByText('You are looking at')).toBeVisible()
  await page.keyboard.press(']')
  await expect(page).not.toHaveURL(/at=/)

  await cursor.focus()
  await page.keyboard.press('Home')
  await expect(cursor).toHaveAttribute('aria-valuetext', /UTC, nothing known$/)
  await page.keyboard.press('Escape')
  await expect(cursor).toHaveAttribute('aria-valuetext', /^now, migrated$/)
  await expect(page).not.toHaveURL(/at=/)
})
