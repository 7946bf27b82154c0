import { readFileSync } from 'node:fs'
import { capturedReport } from './captured-report.ts'
import { expect, expectAccessible, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { ReportingHost } from './reporting-host.ts'
import { sessionFile } from './stack.ts'

test.use({ storageState: sessionFile })

const applied = capturedReport('applied', '00-applied')

async function reporting(...names: string[]): Promise<ReportingHost[]> {
  const hosts: ReportingHost[] = []
  for (const name of names) {
    const host = await ReportingHost.enroll(name)
    await host.report(applied)
    hosts.push(host)
  }
  return hosts
}

test('a number on the overview leads to the hosts it counts', async ({ page }) => {
  await reporting('find-me-7')
  await page.goto('/')
  const legend = page.getByRole('region', { name: 'Hosts by state' }).getByRole('link', { name: /migrated/ })
  const said = /[\d,]+/.exec(await legend.last().innerText())?.[0]
  await legend.last().click()
  await expect(page).toHaveURL(/\/hosts\?state=migrated$/)
  await expect(page).toHaveTitle(/^Migrated · Hosts/)
  await expect(page.getByRole('main')).toContainText(new RegExp(`^Hosts\\s*${said} of [\\d,]+ hosts match`))
  await expect(page.getByRole('row', { name: /Unsupported|Stuck/ })).toHaveCount(0)
})

test('words are searched for as they are typed, tokens become conditions, and each can be taken off', async ({
  page,
}) => {
  await reporting('token-1', 'token-2')
  await page.goto('/hosts')
  // The page comes in pieces: what is typed into one that is replaced while it comes alive is lost.
  const field = page.getByLabel('Filter hosts')
  await expect(field).toHaveAttribute('data-alive', '')
  await field.pressSequentially('token-')
  await expect(field).toHaveValue('token-')
  await expect(page).toHaveURL(/\?q=token-$/)
  await expect(page.getByRole('row')).toHaveCount(3)
  await expect(field).toBeFocused()

  await field.pressSequentially(' state:migrated env=prod ')
  await expect(page).toHaveURL(/state=migrated&q=token-&selector=env%3Dprod$/)
  await expect(field).toHaveValue('token- ')
  await expect(page.getByRole('link', { name: 'Take off Migrated' })).toBeVisible()
  await expect(page.getByRole('row')).toHaveCount(3)
  await expect(page.getByRole('main')).toContainText('2 of')
  await expectAccessibleInBothThemes(page)

  await page.getByRole('link', { name: 'Take off label env=prod' }).click()
  await expect(page).toHaveURL(/state=migrated&q=token-$/)
  await page.goBack()
  await expect(page.getByRole('link', { name: 'Take off label env=prod' })).toBeVisible()
  await page.getByRole('link', { name: 'Show all' }).click()
  await expect(page).toHaveURL(/\/hosts$/)
})

test('a token that means nothing stays with its reason, and nothing is listed by less than was asked', async ({
  page,
}) => {
  await page.goto('/hosts?state=bogus')
  await expect(page.getByText('“bogus” is no state a host can have.')).toBeVisible()
  await expect(page.getByRole('table')).toHaveCount(0)
  await expectAccessibleInBothThemes(page)
  await page.getByRole('link', { name: 'Show all hosts' }).click()
  await expect(page.getByRole('table')).toBeVisible()

  await page.getByLabel('Filter hosts').fill('env in (prod')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status').filter({ hasText: 'env in (prod' })).toContainText('character 13')
  await expect(page.getByText('INVALID_INPUT')).toBeVisible()
})

test('the facets count, narrow and widen the list', async ({ page }) => {
  await reporting('facet-1')
  await page.goto('/hosts?q=facet-1')
  const kernel = page.getByRole('region', { name: 'Kernel' }).getByRole('link')
  await expect(kernel).toHaveText(/1$/)
  await kernel.click()
  await expect(page).toHaveURL(/kernel=/)
  await expect(kernel).toHaveAttribute('aria-current', 'true')
  await kernel.click()
  await expect(page).not.toHaveURL(/kernel=/)
})

test('columns and order stand in the address', async ({ page }) => {
  await reporting('sort-1', 'sort-2')
  await page.goto('/hosts?q=sort-')
  await page.getByRole('columnheader', { name: 'Host' }).getByRole('link').click()
  await expect(page).toHaveURL(/sort=hostname$/)
  await expect(page.getByRole('columnheader', { name: 'Host' })).toHaveAttribute('aria-sort', 'ascending')
  await page.getByRole('columnheader', { name: 'Host' }).getByRole('link').click()
  await expect(page).toHaveURL(/sort=-hostname$/)
  await expect(page.getByRole('row').nth(1)).toContainText('sort-2')

  await page.locator('summary', { hasText: 'Columns' }).click()
  await page.getByRole('checkbox', { name: 'Kernel' }).uncheck()
  await page.getByRole('checkbox', { name: 'System' }).check()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Show these' }).click()
  await expect(page.getByRole('columnheader', { name: 'System' })).toBeVisible()
  await expect(page.getByRole('columnheader', { name: 'Kernel' })).toHaveCount(0)
  await expect(page).toHaveURL(/sort=-hostname/)
})

test('chosen hosts are labelled, retired and returned, with their names said before', async ({ page }) => {
  await reporting('bulk-1', 'bulk-2', 'bulk-3')
  await page.goto('/hosts?q=bulk-&sort=hostname')
  await page.getByLabel('Choose bulk-1').check()
  await page.getByLabel('Choose bulk-3').click({ modifiers: ['Shift'] })
  const bar = page.getByRole('region', { name: 'Chosen hosts' })
  await expect(bar).toContainText('3 hosts chosen')
  await page.getByLabel('Choose bulk-2').uncheck()
  await expect(bar).toContainText('2 hosts chosen')
  await expectAccessibleInBothThemes(page)

  await bar.getByRole('button', { name: 'Label…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Labels' })
  await dialog.getByLabel('Set').fill('team=-x')
  await expect(dialog).toContainText('“-x” is no label value')
  await dialog.getByLabel('Set').fill('team=storage')
  await dialog.getByLabel('Remove').fill('env')
  await expect(dialog).toContainText('Sets team=storage and removes env on 2 hosts (bulk-1 and bulk-3).')
  await expectAccessibleInBothThemes(page)
  await dialog.getByRole('button', { name: 'Change labels' }).click()
  await expect(page.getByRole('row', { name: /bulk-1/ })).toContainText('team=storage')
  await expect(page.getByRole('row', { name: /bulk-2/ })).not.toContainText('team=storage')

  await bar.getByRole('button', { name: 'Retire…' }).click()
  const retire = page.getByRole('dialog', { name: 'Retire from the fleet' })
  await expect(retire).toContainText('2 hosts (bulk-1 and bulk-3)')
  await retire.getByLabel('Reason').fill('rack 4 is gone')
  await retire.getByRole('button', { name: 'Retire them' }).click()
  await expect(page.getByRole('row')).toHaveCount(2)
  await expect(bar).toHaveCount(0)

  await page.goto('/hosts?q=bulk-&retired=true')
  await page.getByLabel('Choose all rows of this page').check()
  await bar.getByRole('button', { name: 'Return…' }).click()
  await page.getByRole('button', { name: 'Return them' }).click()
  await expect(page.getByText('No host matches all of these conditions.')).toBeVisible()
  await page.goto('/hosts?q=bulk-')
  await expect(page.getByRole('row')).toHaveCount(4)
})

test('keys go from row to row, choose, and the whole page can be chosen', async ({ page }) => {
  await reporting('keyed-1', 'keyed-2')
  await page.goto('/hosts?q=keyed-&sort=hostname')
  await expect(page.locator('[data-connection="live"]')).toBeVisible()
  // The frame of the page listens before the rows have come.
  await expect(page.getByLabel('Choose keyed-1')).toBeVisible()
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  const bar = page.getByRole('region', { name: 'Chosen hosts' })
  await expect(bar).toContainText('1 host chosen')
  await expect(page.getByLabel('Choose keyed-1')).toBeChecked()
  for (const width of [1024, 390]) {
    await page.setViewportSize({ width, height: 800 })
    await bar.getByRole('button', { name: 'Choose none' }).click()
    await page.getByLabel('Choose all rows of this page').check()
    await expect(bar).toContainText('2 hosts chosen')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    await expectAccessible(page)
  }
})

test('every row of the list is a file away', async ({ page }) => {
  await reporting('export-1', 'export-2')
  await page.goto('/hosts?q=export-&sort=hostname')
  await page.locator('summary', { hasText: 'Export' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'All rows as CSV' }).click(),
  ])
  const text = readFileSync((await download.path()) ?? '', 'utf8')
  expect(text).toMatch(/export-1[\s\S]*export-2/)
})

test('labels come from a file, and names that lead nowhere are named', async ({ page }) => {
  await reporting('import-1')
  await page.goto('/hosts?q=import-1')
  await page.getByRole('button', { name: 'Import labels…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Import labels' })
  await dialog.getByLabel('File').setInputFiles({
    name: 'labels.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('host,rack\nimport-1,r04\nnobody-1,r05\n'),
  })
  await dialog.getByRole('button', { name: 'Import' }).click()
  await expect(dialog).toContainText('2 rows read, 1 host changed.')
  await expect(dialog).toContainText('1 name no host has: nobody-1.')
  await expectAccessibleInBothThemes(page)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('row', { name: /import-1/ })).toContainText('rack=r04')
})

test('the list works on a phone and in 320 px', async ({ page }) => {
  await reporting('phone-1')
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 800 })
    await page.goto('/hosts?q=phone-1')
    await expect(page.getByRole('link', { name: 'phone-1' })).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  }
  await expectAccessibleInBothThemes(page)
  const bar = page.getByRole('navigation', { name: 'Main, on a phone' })
  await expect(bar.getByRole('link', { name: 'Hosts' })).toHaveAttribute('aria-current', 'page')
  await bar.getByRole('button', { name: 'More' }).click()
  await bar.getByRole('link', { name: 'Blockers' }).click()
  await expect(page).toHaveURL(/\/blockers$/)
  await expect(bar.getByRole('link', { name: 'Blockers' })).toBeHidden()
})
