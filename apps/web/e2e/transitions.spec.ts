import { capturedReport } from './captured-report.ts'
import { expect, expectAccessible, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { afterCompletion, heldFor, ReportingHost } from './reporting-host.ts'
import { sessionFile } from './stack.ts'

test.use({ storageState: sessionFile })

const heldSeconds = 47 * 60

test('what has stopped is at the top of the transitions, with who holds it and for how long', async ({
  page,
}) => {
  const stuck = capturedReport('stuck-user', '01-stuck')
  const oldest = await ReportingHost.enroll('moves-1')
  await oldest.report(stuck, heldFor(stuck, 3 * heldSeconds))
  const newest = await ReportingHost.enroll('moves-2')
  await newest.report(stuck, heldFor(stuck, 30))

  await page.goto('/transitions')
  await expect(page.getByRole('main')).toContainText(/\d+ transitions are running/)
  const rows = page.getByRole('table', { name: /longest without progress first/ }).getByRole('row')
  const held = rows.filter({ hasText: 'moves-1' })
  await expect(held).toContainText('2 h 21 min')
  await expect(held).toContainText('billing')
  await expect(held).toContainText('__x64_sys_vfork')
  await expect(held).toContainText('80 / 81 · 1 left')
  // The tail has no rate, so nothing says when it will end.
  await expect(held).not.toContainText('~')
  const names = await rows.getByRole('link', { name: /^moves-/ }).allInnerTexts()
  expect(names).toEqual(['moves-1', 'moves-2'])
  await expectAccessibleInBothThemes(page)

  await page.getByRole('list', { name: 'States' }).getByRole('link', { name: 'Stuck' }).click()
  await expect(page).toHaveURL(/state=stuck/)
  await expect(rows.filter({ hasText: 'moves-2' })).toHaveCount(0)
  await page.getByLabel('Search hosts by name').pressSequentially('moves-1')
  await expect(page).toHaveURL(/state=stuck&q=moves-1/)
  await expect(rows).toHaveCount(2)
  await page.getByLabel('Search hosts by name').fill('nobody-has-this-name')
  await expect(page.getByText('No running transition matches this filter.')).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await page.getByRole('link', { name: /^Show all \d+ transitions?$/ }).click()
  await expect(rows.filter({ hasText: 'moves-2' })).toBeVisible()

  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  }
  await expectAccessible(page)
})

test('hostile names stay text on every page of the fleet, also on a phone', async ({ page }) => {
  const stuck = capturedReport('stuck-user', '01-stuck')
  const { transition = null, ...held } = heldFor(stuck, 300)
  const host = await ReportingHost.enroll(
    'ip-10-120-44-202.eu-central-1.compute.internal.prod.example-payments.com-node-a8',
  )
  await host.report(stuck, {
    ...held,
    transition: transition && {
      ...transition,
      blocking: transition.blocking.map((task) => ({
        ...task,
        comm: '<b>y</b>\n\u202eevil',
        unit: `docker-${'b'.repeat(64)}.scope`,
      })),
    },
  })
  for (const path of ['/transitions', '/blockers', '/patches', `/hosts/${host.id}/attempts/1`]) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    for (const width of [1440, 390, 320]) {
      await page.setViewportSize({ width, height: 900 })
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    }
    if (path !== '/patches') await expect(page.getByText('<b>y</b>\\n\\u202eevil').first()).toBeVisible()
    await expectAccessible(page)
  }
})

test('the evidence of an attempt stays: how the tasks fell, what held it, how it ended', async ({ page }) => {
  const stuck = capturedReport('stuck-user', '01-stuck')
  const host = await ReportingHost.enroll('moves-3')
  await host.report(stuck, heldFor(stuck, heldSeconds))
  await page.goto('/transitions?q=moves-3')
  await page
    .getByRole('row')
    .getByRole('link')
    .filter({ has: page.getByRole('img') })
    .click()
  await expect(page.getByRole('heading', { name: /^Attempt 1 to load/ })).toBeVisible()
  await expect(
    page.getByText('It is running: 1 of 81 tasks remains, held by billing in __x64_sys_vfork.'),
  ).toBeVisible()
  await expect(page.getByRole('img', { name: /^1 task remained at the first reading/ })).toBeVisible()
  await expect(page.getByText('holds the task')).toBeVisible()
  await page.getByText('as a table').click()
  await expect(page.getByRole('table', { name: 'Remaining tasks by time from the start' })).toBeVisible()
  await expectAccessibleInBothThemes(page)

  await host.report(
    capturedReport('stuck-user', '02-released'),
    afterCompletion(stuck.transition?.patch ?? '', heldSeconds),
  )
  await expect(page.getByText(/^Completed after 47 min/).first()).toBeVisible()
  await expect(page.getByText('What held it last')).toBeVisible()
  await expectAccessibleInBothThemes(page)

  await page.goto(`/hosts/${host.id}/attempts/999`)
  await expect(page.getByRole('heading', { name: 'There is no such attempt' })).toBeVisible()
})

test('no row moves under the pointer: updates wait, say so, and come when it leaves', async ({ page }) => {
  const stuck = capturedReport('stuck-user', '01-stuck')
  const still = await ReportingHost.enroll('pointer-1')
  await still.report(stuck, heldFor(stuck, 4 * heldSeconds))
  await page.goto('/transitions?q=pointer-')
  const row = page.getByRole('row').filter({ hasText: 'pointer-1' })
  await expect(page.locator('[data-connection="live"]')).toBeVisible()
  await row.hover()
  const before = await row.boundingBox()

  // Longer without progress than the row under the pointer: it belongs above it.
  const above = await ReportingHost.enroll('pointer-2')
  await above.report(stuck, heldFor(stuck, 5 * heldSeconds))
  await expect(page.getByRole('button', { name: 'Apply' })).toBeVisible()
  await expect(page.getByRole('row').filter({ hasText: 'pointer-2' })).toHaveCount(0)
  expect(await row.boundingBox()).toEqual(before)
  await expectAccessibleInBothThemes(page)

  await page.mouse.move(0, 0)
  await expect(page.getByRole('row').filter({ hasText: 'pointer-2' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Apply' })).toHaveCount(0)

  // The keyboard's focus in a list holds it as well; a key shows what waits, another pauses.
  await page.keyboard.press('j')
  await expect(page.locator('[data-live-list] :focus')).toHaveText('pointer-2')
  const third = await ReportingHost.enroll('pointer-3')
  await third.report(stuck, heldFor(stuck, 6 * heldSeconds))
  await expect(page.getByRole('button', { name: 'Apply' })).toBeVisible()
  await page.keyboard.press('.')
  await expect(page.getByRole('row').filter({ hasText: 'pointer-3' })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('p')
  // What any host of the fleet does may wait from the first moment on.
  await expect(page.getByText(/^Paused/)).toBeVisible()
  const chip = page.locator('[data-connection]')
  await expect(chip).toHaveText(/^paused/)
  const fourth = await ReportingHost.enroll('pointer-4')
  await fourth.report(stuck, heldFor(stuck, 7 * heldSeconds))
  await expect(page.getByRole('button', { name: 'Apply' })).toBeVisible()
  await expect(page.getByRole('row').filter({ hasText: 'pointer-4' })).toHaveCount(0)
  // Nothing newer than what waits is on the screen, and the page says from when it is.
  await expect(chip).toHaveText(/^paused · data from \d\d:\d\d$/)
  await chip.click()
  await expect(chip).toHaveText('live')
  await expect(page.getByRole('row').filter({ hasText: 'pointer-4' })).toBeVisible()
  await expect(page.getByText(/^Paused/)).toHaveCount(0)
})
