import { capturedReport } from './captured-report.ts'
import { expect, expectAccessible, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { ReportingHost } from './reporting-host.ts'
import { sessionFile } from './stack.ts'

test.use({ storageState: sessionFile })

test('a patch says where it runs, what it changes, and what sets it apart from another', async ({ page }) => {
  const applied = capturedReport('applied', '00-applied')
  const [patch] = applied.patches
  if (patch === undefined) throw new Error('This capture has no patch.')
  const name = 'livepatch_compare'
  const first = await ReportingHost.enroll('patched-1')
  await first.report(applied, { patches: [{ ...patch, name, srcVersion: 'AAAA', cves: ['CVE-2026-1111'] }] })
  const second = await ReportingHost.enroll('patched-2')
  await second.report(applied, {
    patches: [
      {
        ...patch,
        name,
        srcVersion: 'BBBB',
        cves: ['CVE-2026-1111', 'CVE-2026-2222'],
        objects: patch.objects.map((object) => ({
          ...object,
          functions: [...object.functions, { name: 'pipe_read', position: 1 }],
        })),
      },
    ],
  })

  await page.goto('/patches')
  await expect(page.getByRole('main')).toContainText(/\d+ patch(es have| has) been seen on this fleet/)
  await page.getByLabel('Search patches by name').pressSequentially('compare')
  await expect(page).toHaveURL(/q=compare/)
  const rows = page.getByRole('row').filter({ hasText: name })
  await expect(rows).toHaveCount(2)
  await expectAccessibleInBothThemes(page)
  const row = rows.filter({ hasText: 'AAAA' })
  await row.getByRole('link', { name: /^1 on/ }).click()
  await expect(page).toHaveURL(/\/hosts\?patch=livepatch_compare%40AAAA$/)
  await expect(page.getByRole('link', { name: 'patched-1' }).first()).toBeVisible()
  await expect(page.getByRole('link', { name: 'patched-2' })).toHaveCount(0)
  await page.goBack()
  await row.getByRole('link', { name }).first().click()
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible()
  await expect(page.getByText('It is fully on 1 host.')).toBeVisible()
  await expect(page.getByText('CVE-2026-1111')).toBeVisible()
  await expect(page.getByRole('region', { name: 'What it changes' })).toContainText('cmdline_proc_show')
  await expectAccessibleInBothThemes(page)

  await page
    .getByRole('region', { name: 'Compare with' })
    .getByRole('listitem')
    .filter({ hasText: 'BBBB' })
    .getByRole('link')
    .click()
  await expect(page).toHaveURL(/\/patches\/compare\?a=\d+&b=\d+$/)
  await expect(
    page.getByText(/^Two builds of livepatch_compare have \d+ functions? in common; 0 only in A/),
  ).toBeVisible()
  await expect(page.getByRole('region', { name: 'Functions' })).toContainText('pipe_read')
  await expect(page.getByRole('region', { name: 'CVEs' })).toContainText('CVE-2026-2222')
  await expectAccessibleInBothThemes(page)

  for (const path of ['/patches', page.url()]) {
    await page.goto(path)
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 844 })
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    }
    await expectAccessible(page)
  }
})

test('a patch that is not there is a page with a way on', async ({ page }) => {
  await page.goto('/patches/999999')
  await expect(page.getByRole('heading', { name: 'There is no such patch' })).toBeVisible()
  await page.goto('/patches/compare?a=1')
  await expect(page.getByText('One of the two patches is not there.')).toBeVisible()
  await expectAccessibleInBothThemes(page)
})
