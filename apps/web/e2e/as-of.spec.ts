import { capturedReport } from './captured-report.ts'
import { expect, expectAccessible, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { heldFor, ReportingHost } from './reporting-host.ts'
import { sessionFile } from './stack.ts'

test.use({ storageState: sessionFile })

/** History takes 15 s to settle: waits until the API can say what was true at an instant of now. */
async function settle(page: import('@playwright/test').Page): Promise<string> {
  const at = new Date().toISOString()
  await expect
    .poll(async () => (await page.request.get(`/v1/overview?asOf=${at}`)).status(), { timeout: 30_000 })
    .toBe(200)
  return at
}

test('every page shows what was true then, says so, and leads back to now', async ({ page }) => {
  const stuck = capturedReport('stuck-user', '01-stuck')
  const host = await ReportingHost.enroll('then-1')
  await host.report(stuck, heldFor(stuck, 1200))
  const at = await settle(page)
  // Nobody holds it any more; the past still knows who did.
  await host.report(capturedReport('stuck-user', '02-released'))

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
  const host = await ReportingHost.enroll('lanes-1')
  await host.report(capturedReport('none', '00-no-patch'))
  await host.report(capturedReport('applied', '00-applied'))
  await page.goto(`/hosts/${host.id}`)
  const cursor = page.getByRole('slider', { name: 'Instant the page shows' })
  await expect(cursor).toHaveAttribute('aria-valuetext', /^now, migrated$/)
  await expectAccessibleInBothThemes(page)

  await expect(async () => {
    await page.reload()
    await expect(page.getByRole('link', { name: '‹ Earlier' })).toBeVisible({ timeout: 500 })
  }).toPass()
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
