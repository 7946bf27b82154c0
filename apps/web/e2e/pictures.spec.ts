/** The pictures of docs/images: GRAFTWATCH_PICTURES=docs/images npx playwright test --config apps/web/playwright.config.ts */
import { join } from 'node:path'
import { capturedReport } from './captured-report.ts'
import { expect, test } from './fixtures.ts'
import { heldFor, ReportingHost } from './reporting-host.ts'
import { sessionFile } from './stack.ts'

const folder = process.env.GRAFTWATCH_PICTURES ?? 'test-results'
const widths = [1440, 1024, 390]

test.use({ storageState: sessionFile })

test('overview and host, in three widths and both themes @pictures', async ({ page }) => {
  test.setTimeout(120_000)
  const stuck = capturedReport('stuck-user', '01-stuck')
  const applied = capturedReport('applied', '00-applied')
  const held = await ReportingHost.enroll('db-7')
  await held.report(stuck, heldFor(stuck, 47 * 60))
  for (let index = 1; index <= 20; index++) {
    await (await ReportingHost.enroll(`web-${String(index).padStart(2, '0')}`)).report(applied)
  }
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const [name, path] of [
        ['overview', '/'],
        ['host', `/hosts/${held.id}`],
      ] as const) {
        await page.goto(path)
        await expect(page.locator('[data-connection="live"]')).toBeVisible()
        await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) })
      }
    }
  }
})
