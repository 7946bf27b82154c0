/**
 * Pictures of the demo fleet, for the docs and for looking at:
 * GRAFTWATCH_PICTURES=some/folder npx playwright test --config apps/web/playwright.config.ts
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from './fixtures.ts'
import { sessionFile, stack } from './stack.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const wanted = process.env.GRAFTWATCH_PICTURES ?? 'apps/web/test-results'
const folder = isAbsolute(wanted) ? wanted : join(root, wanted)
const widths = [1440, 1024, 390]

test.use({ storageState: sessionFile })

let demo: ChildProcess
// biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern which fixtures a function needs
test.beforeAll(({}, info) => {
  demo = spawn(process.execPath, [join(root, 'packages/simulator/src/main.ts')], {
    env: {
      ...process.env,
      GRAFTWATCH_URL: stack().apiUrl,
      GRAFTWATCH_TOKEN: stack().demoToken,
      GRAFTWATCH_STATE_DIR: info.outputPath('demo'),
    },
    stdio: 'ignore',
  })
})
test.afterAll(() => demo.kill('SIGTERM'))

test('overview and host, in three widths and both themes @pictures', async ({ page }) => {
  test.setTimeout(180_000)
  await page.goto('/')
  const attention = page.getByRole('region', { name: 'Needs attention' })
  const worst = attention.getByRole('link', { name: 'db-7' })
  await expect(worst).toBeVisible({ timeout: 60_000 })
  const host = (await worst.getAttribute('href')) ?? '/'
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const [name, path] of [
        ['overview', '/'],
        ['host', host],
      ] as const) {
        await page.goto(path)
        await expect(page.locator('[data-connection="live"]')).toBeVisible()
        await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) })
      }
    }
  }
})
