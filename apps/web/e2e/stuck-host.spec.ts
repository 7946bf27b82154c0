import { capturedReport } from './captured-report.ts'
import { expect, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { afterCompletion, heldFor, ReportingHost } from './reporting-host.ts'
import { sessionFile } from './stack.ts'

test.use({ storageState: sessionFile })

const heldSeconds = 47 * 60

test('a stuck host is found on the overview, its page names task and function, and the strip completes by itself', async ({
  page,
}) => {
  const stuck = capturedReport('stuck-user', '01-stuck')
  const host = await ReportingHost.enroll('db-7')
  await host.report(stuck, heldFor(stuck, heldSeconds))

  await page.goto('/')
  const attention = page
    .getByRole('region', { name: 'Needs attention' })
    .getByRole('listitem')
    .filter({ hasText: 'db-7' })
  await expect(attention.getByRole('link', { name: 'db-7' })).toBeVisible()
  await expect(attention.getByText('billing in __x64_sys_vfork')).toBeVisible()
  // One age under one word: in the headline, in the list, and on the host's page.
  await expect(attention).toContainText('no progress for 47 min')
  // Hosts of other tests may have been stuck for longer.
  await expect(page.getByRole('main')).toContainText(
    /without progress for [^.]+, on \S+ in __x64_sys_vfork\./,
  )
  await expectAccessibleInBothThemes(page)
  await attention.getByRole('link', { name: 'db-7' }).click()

  await expect(page.getByRole('heading', { name: 'db-7', level: 1 })).toBeVisible()
  await expect(page).toHaveTitle(/^db-7 · Stuck/)
  const strip = page.getByRole('img', {
    name: '80 of 81 tasks in the patched universe, 1 still in the original one.',
  })
  await expect(strip).toBeVisible()
  await expect(page.getByText('2 idle, not visible')).toBeVisible()
  await expect(page.getByText('No progress for 47 min')).toHaveCount(2)
  const tasks = page.getByRole('table', { name: /Blocking tasks/ })
  await expect(
    tasks.getByRole('row', {
      name: /billing 170.*process.*D.*__x64_sys_vfork.*__do_sys_vfork in the stack.*billing-helper 173/,
    }),
  ).toBeVisible()
  await expect(page.getByText('What the kernel said')).toBeVisible()
  await expect(page.getByText('What frees it')).toBeVisible()
  await expect(page.getByRole('listitem').filter({ hasText: '__do_sys_vfork' }).last()).toContainText(
    'is __x64_sys_vfork in the patch',
  )
  await expectAccessibleInBothThemes(page)

  // The child is gone, the kernel is done: the page must say so without being asked.
  let loads = 0
  page.on('load', () => {
    loads += 1
  })
  const patch = stuck.transition?.patch ?? ''
  await host.report(capturedReport('stuck-user', '02-released'), afterCompletion(patch, heldSeconds))
  await expect(page.getByText('✓ complete')).toBeVisible()
  await expect(page.getByText('81 / 81')).toBeVisible()
  await expect(page.getByRole('img', { name: 'Complete: 81 tasks in the patched universe.' })).toBeVisible()
  await expect(page.getByText('is on: every task runs the patched code.')).toBeVisible()
  await expect(tasks).toHaveCount(0)
  expect(loads).toBe(0)
  await expectAccessibleInBothThemes(page)

  // The strip belongs to that visit: who comes later finds a settled host.
  await page.reload()
  await expect(page.getByText('is on: every task runs the patched code.')).toBeVisible()
  await expect(page.getByText('✓ complete')).toHaveCount(0)
})

test('tasks that may not be read are never shown as none remaining', async ({ page }) => {
  const blind = capturedReport('stuck-user', '01-stuck', 'nobody')
  expect(blind.transition?.confidence).toBe('none')
  const host = await ReportingHost.enroll('blind-1')
  await host.report(blind, heldFor(blind, 600))

  await page.goto(`/hosts/${host.id}`)
  await expect(page.getByText('No task can be read here')).toBeVisible()
  await expect(page.getByText('Who holds it is not known')).toBeVisible()
  await expect(page.getByText('— / —')).toBeVisible()
  await expect(page.getByRole('img', { name: /tasks in the/ })).toHaveCount(0)
  const text = await page.getByRole('main').innerText()
  expect(text).not.toMatch(/\b0 remain|\b0 of 0\b|0 \/ 0|complete/i)
  await expectAccessibleInBothThemes(page)

  await page.goto('/')
  await expect(page.getByRole('img', { name: 'tasks not readable' }).first()).toBeVisible()
})
