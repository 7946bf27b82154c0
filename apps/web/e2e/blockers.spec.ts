import { capturedReport } from './captured-report.ts'
import { expect, expectAccessible, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { heldFor, ReportingHost } from './reporting-host.ts'
import { sessionFile, stack } from './stack.ts'

test.use({ storageState: sessionFile })

test('one cause is one row that leads to all its hosts, and to a text for a ticket', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const stuck = capturedReport('stuck-user', '01-stuck')
  const held = heldFor(stuck, 41 * 60)
  // A task family that no other test has: these four hosts and none else.
  const transition = held.transition ?? null
  const blocked = {
    ...held,
    transition: transition && {
      ...transition,
      blocking: transition.blocking.map((task) => ({ ...task, comm: 'ledger', unit: 'ledger.service' })),
    },
  }
  for (const name of ['ledger-1', 'ledger-2', 'ledger-3', 'ledger-4']) {
    await (await ReportingHost.enroll(name)).report(stuck, blocked)
  }

  await page.goto('/blockers')
  await expect(page.getByRole('main')).toContainText(/\d+ hosts are held by \d+ causes?/)
  const row = page.getByRole('listitem').filter({ hasText: 'ledger.service' })
  await expect(row).toHaveCount(1)
  await expect(row).toContainText('4 hosts')
  await expect(row).toContainText('41 min')
  await expect(row).toContainText('The kernel says')
  await expect(row).toContainText('What frees it')
  await expectAccessibleInBothThemes(page)

  await row.getByRole('link', { name: 'All 4 hosts of this cause' }).click()
  await expect(page).toHaveURL(/\/hosts\?cause=\d+$/)
  for (const name of ['ledger-1', 'ledger-4']) {
    await expect(page.getByRole('link', { name }).first()).toBeVisible()
  }
  await page.goBack()
  await row.getByRole('link', { name: /ledger in/ }).click()
  await expect(page.getByRole('heading', { name: /^ledger in/, level: 1 })).toBeVisible()
  await expect(page.getByText('What frees it')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'What they share' })).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await page.getByRole('button', { name: 'Copy for ticket' }).click()
  const ticket = await page.evaluate(() => navigator.clipboard.readText())
  expect(ticket).toContain('4 hosts held by one cause: ledger in')
  expect(ticket).toContain(`${stack().baseUrl}/hosts?cause=`)
  expect(ticket).toContain('Never:')

  for (const path of ['/blockers', new URL(page.url()).pathname]) {
    await page.goto(path)
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 844 })
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    }
    await expectAccessible(page)
  }
})

test('a cause that is not there is a page with a way on', async ({ page }) => {
  for (const id of ['999999', 'abc']) {
    await page.goto(`/blockers/${id}`)
    await expect(page.getByRole('heading', { name: 'There is no such cause' })).toBeVisible()
  }
  await expectAccessibleInBothThemes(page)
})

test('causes can be asked about the past, and the page says so', async ({ page }) => {
  await page.goto(`/blockers?at=${new Date(Date.now() - 40 * 86_400_000).toISOString()}`)
  await expect(page.getByText('You are looking at')).toBeVisible()
  await expect(page.getByText('No cause held a host then.')).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await page.getByRole('link', { name: 'Back to now' }).click()
  await expect(page).toHaveURL(/\/blockers$/)
  await expect(page.getByText('You are looking at')).toHaveCount(0)
})
