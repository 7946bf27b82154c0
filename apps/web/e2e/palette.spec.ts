import { capturedReport } from './captured-report.ts'
import { expect, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { heldFor, ReportingHost } from './reporting-host.ts'
import { sessionFile } from './stack.ts'

test.use({ storageState: sessionFile })

test('the palette leads to a host, a cause and a patch by a few letters, with the keyboard alone', async ({
  page,
}) => {
  const stuck = capturedReport('stuck-user', '01-stuck')
  const host = await ReportingHost.enroll('palette-7')
  await host.report(stuck, heldFor(stuck, 600))
  await page.goto('/transitions')
  await expect(page.locator('[data-connection="live"]')).toBeVisible()
  const scripts: string[] = []
  page.on('request', (request) => {
    if (request.resourceType() === 'script') scripts.push(request.url())
  })
  await page.keyboard.press('Control+k')
  const palette = page.getByRole('dialog', { name: 'Command palette' })
  const input = palette.getByRole('combobox')
  await expect(input).toBeFocused()
  // It costs nothing before it is asked for.
  expect(scripts.length).toBeGreaterThan(0)
  await expect(palette.getByRole('group', { name: 'Pages' })).toBeVisible()
  await expectAccessibleInBothThemes(page)

  await page.keyboard.type('palette-7')
  const found = palette.getByRole('option', { name: /palette-7/ })
  await expect(found).toHaveAttribute('aria-selected', 'true')
  await expectAccessibleInBothThemes(page)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'palette-7', level: 1 })).toBeVisible()
  await expect(palette).toBeHidden()

  await page.keyboard.press('Control+k')
  await expect(palette.getByRole('group', { name: 'Recent' }).getByRole('option')).toHaveText([/palette-7/])
  await page.keyboard.type('vfork')
  await expect(palette.getByRole('group', { name: 'Causes' }).getByRole('option').first()).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/blockers\/\d+$/)

  await page.keyboard.press('Control+k')
  await page.keyboard.type(stuck.transition?.patch ?? '')
  await expect(palette.getByRole('group', { name: 'Patches' }).getByRole('option').first()).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/patches\/\d+$/)

  // What was found before is found without the server, which the palette says.
  await page.route('**/v1/search*', (route) => route.abort())
  await page.keyboard.press('Control+k')
  await page.keyboard.type('palette')
  await expect(palette.getByRole('option', { name: /palette-7/ })).toBeVisible()
  await expect(palette.getByText('The server does not answer')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(palette).toBeHidden()
})

test('acts of the palette do what they say', async ({ page }) => {
  await page.goto('/patches')
  const palette = page.getByRole('dialog', { name: 'Command palette' })
  const act = async (name: string) => {
    await page.getByRole('button', { name: 'Search' }).click()
    await palette.getByRole('combobox').fill(name)
    await palette.getByRole('option', { name: new RegExp(name) }).click()
  }
  await act('Dark theme')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await expect(page.getByRole('button', { name: 'Theme: dark' })).toBeVisible()
  await act('Theme as the system')
  await expect(page.getByRole('button', { name: 'Theme: as the system' })).toBeVisible()
  await act('Pause live updates')
  await expect(page.getByText(/^Paused/)).toBeVisible()
  await act('Go on with live updates')
  await expect(page.getByText(/^Paused/)).toHaveCount(0)
  await act('Keyboard shortcuts')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
})

test('single keys go, filter and move, until they are switched off', async ({ page }) => {
  const host = await ReportingHost.enroll('keys-7')
  await host.report(capturedReport('applied', '00-applied'))
  await page.goto('/')
  await expect(page.locator('[data-connection="live"]')).toBeVisible()
  await page.keyboard.press('g')
  await page.keyboard.press('t')
  await expect(page.getByRole('heading', { name: 'Transitions', level: 1 })).toBeVisible()
  await page.keyboard.press('g')
  await page.keyboard.press('p')
  await expect(page.getByRole('heading', { name: 'Patches', level: 1 })).toBeVisible()
  await expect(page.getByLabel('Search patches by name')).toBeVisible()
  await page.keyboard.press('/')
  await expect(page.getByLabel('Search patches by name')).toBeFocused()
  // Letters are text there.
  await page.keyboard.type('gt')
  await expect(page).toHaveURL(/q=gt/)
  await page.getByLabel('Search patches by name').fill('')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('row')).not.toHaveCount(0)
  await page.keyboard.press('j')
  await expect(page.locator('[data-live-list] a:focus')).toHaveCount(1)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/patches\/\d+$/)

  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(sheet.getByText('Show updates that wait')).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await sheet.getByRole('checkbox').uncheck()
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
  await page.reload()
  await expect(page.locator('[data-connection="live"]')).toBeVisible()
  await page.keyboard.press('p')
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog', { name: 'Command palette' })).toBeVisible()
  await expect(page.getByText(/^Paused/)).toHaveCount(0)
})
