import { capturedReport } from './captured-report.ts'
import { expect, test } from './fixtures.ts'
import { heldFor, ReportingHost } from './reporting-host.ts'
import { sessionFile } from './stack.ts'

test.use({ storageState: sessionFile })

test('the keyboard alone leads from the overview to the task that holds a host and back', async ({
  page,
}) => {
  const stuck = capturedReport('stuck-user', '01-stuck')
  const host = await ReportingHost.enroll('keys-1')
  // Longer than any other test's, so that it is among the worst that the overview names.
  await host.report(stuck, heldFor(stuck, 40 * 3600))

  const tabTo = async (name: string | RegExp) => {
    for (let press = 0; press < 80; press++) {
      await page.keyboard.press('Tab')
      const focused = page.locator(':focus')
      const text = `${(await focused.getAttribute('aria-label')) ?? ''} ${await focused.innerText()}`
      if (typeof name === 'string' ? text.includes(name) : name.test(text)) return
    }
    throw new Error(`Tab never reached ${name}`)
  }

  await page.goto('/')
  await tabTo('Skip to content')
  await page.keyboard.press('Enter')
  await tabTo('keys-1')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'keys-1', level: 1 })).toBeVisible()
  await tabTo(/^\s*billing 170/)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#task-170$/)
  await page.goBack()
  await page.goBack()
  await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible()
})

test('a time shows the whole instant on focus, and Escape takes it away', async ({ page }) => {
  const host = await ReportingHost.enroll('times-1')
  await host.report(capturedReport('applied', '00-applied'))
  await page.goto(`/hosts/${host.id}`)
  const time = page.locator('main time[tabindex="0"]').first()
  await time.focus()
  const tip = page.getByRole('tooltip')
  await expect(tip).toContainText('UTC')
  await expect(time).toHaveAttribute('aria-describedby', 'time-tip')
  await page.keyboard.press('Escape')
  await expect(tip).toBeHidden()
})

test('the theme is kept, and the server sends it', async ({ page }) => {
  await page.goto('/')
  const toggle = page.getByRole('button', { name: /^Theme:/ })
  await expect(toggle).toHaveAccessibleName('Theme: as the system')
  const body = page.locator('body')
  const before = await body.evaluate((body) => getComputedStyle(body).color)
  await toggle.press('Enter')
  await expect(toggle).toHaveAccessibleName('Theme: dark')
  expect(await body.evaluate((body) => getComputedStyle(body).color)).not.toBe(before)
  expect(await (await page.request.get('/')).text()).toContain('data-theme="dark"')
})
