import { capturedReport } from './captured-report.ts'
import { expect, expectAccessible, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { heldFor, ReportingHost } from './reporting-host.ts'
import { sessionFile, stack } from './stack.ts'

test.use({ storageState: sessionFile })

test('an enrolled host that never reported says what to look at', async ({ page }) => {
  const host = await ReportingHost.enroll('new-1')
  await page.goto(`/hosts/${host.id}`)
  await expect(page.getByRole('heading', { name: 'Waiting for the first report' })).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await host.report(capturedReport('none', '00-no-patch'))
  await expect(page.getByRole('heading', { name: 'Waiting for the first report' })).toHaveCount(0)
  await expect(page.getByText('No live patch is loaded on this host.')).toBeVisible()
  await expectAccessibleInBothThemes(page)
})

test('a migrated host names its patch, its functions and its sources', async ({ page }) => {
  const host = await ReportingHost.enroll('web-1')
  await host.report(capturedReport('applied', '00-applied'))
  await page.goto(`/hosts/${host.id}`)
  await expect(page.getByText('is on: every task runs the patched code.')).toBeVisible()
  await expect(page.getByText('cmdline_proc_show')).toBeVisible()
  await expect(page.getByRole('region', { name: 'Sources' }).getByText('klp', { exact: true })).toBeVisible()
  await expectAccessibleInBothThemes(page)
})

test('a kernel without live patching is unsupported, and nothing is promised', async ({ page }) => {
  const none = capturedReport('none', '00-no-patch')
  const host = await ReportingHost.enroll('old-1')
  await host.report(none, {
    sources: none.sources.map((source) => (source.name === 'klp' ? { ...source, status: 'absent' } : source)),
  })
  await page.goto(`/hosts/${host.id}`)
  await expect(page.getByText('This kernel is built without live patching')).toBeVisible()
  await expectAccessibleInBothThemes(page)
})

test('hostile names stay text: long, right to left, control characters, markup', async ({ page }) => {
  const hostname = `ip-10-120-44-201.eu-central-1.compute.internal.prod.example-payments.com-node-a7`
  const stuck = capturedReport('stuck-user', '01-stuck')
  const held = heldFor(stuck, 300)
  const host = await ReportingHost.enroll(hostname)
  await host.report(stuck, {
    ...held,
    ...(held.transition == null
      ? {}
      : {
          transition: {
            ...held.transition,
            blocking: held.transition.blocking.map((task) => ({
              ...task,
              comm: '<b>x</b>\n\u202eevil',
              unit: `docker-${'a'.repeat(64)}.scope`,
            })),
          },
        }),
  })
  for (const width of [1440, 390, 320]) {
    await page.setViewportSize({ width, height: 900 })
    for (const path of ['/', '/hosts', `/hosts/${host.id}`]) {
      await page.goto(path)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    }
  }
  await expect(page.getByText('<b>x</b>\\n\\u202eevil').first()).toBeVisible()
  await expectAccessible(page)
})

test('a host that is not there is a page with a way on', async ({ page }) => {
  for (const id of ['999999', 'abc']) {
    await page.goto(`/hosts/${id}`)
    await expect(page.getByRole('heading', { name: 'There is no such host' })).toBeVisible()
  }
  await expectAccessibleInBothThemes(page)
  await page.goto('/nowhere')
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible()
  await expectAccessible(page)
})

test('an admin removes a host, and its key ends at once', async ({ page }) => {
  const applied = capturedReport('applied', '00-applied')
  const host = await ReportingHost.enroll('gone-1')
  await host.report(applied)
  await page.goto(`/hosts/${host.id}`)
  const agent = page.getByRole('region', { name: 'Agent' })
  await agent.getByRole('button', { name: 'Remove host…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Remove gone-1' })
  await expect(dialog).toContainText('install.sh | sudo sh -s -- --remove')
  await expectAccessibleInBothThemes(page)
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await agent.getByRole('button', { name: 'Remove host…' }).click()
  await dialog.getByRole('button', { name: 'Remove host' }).click()
  await expect(page).toHaveURL(`${stack().baseUrl}/hosts`)
  await expect(page.getByRole('heading', { name: 'Hosts', level: 1 })).toBeVisible()
  await expect(page.getByRole('link', { name: 'gone-1' })).toHaveCount(0)
  await expect(host.report(applied)).rejects.toThrow(/answered 401/)
})

test('a patch whose module is not loaded is never said to be run by every task', async ({ page }) => {
  const applied = capturedReport('applied', '00-applied')
  const host = await ReportingHost.enroll('waits-1')
  await host.report(applied, {
    patches: applied.patches.map((patch) => ({
      ...patch,
      objects: [{ name: 'mpls_router', patched: false, loaded: false, functions: [] }],
    })),
  })
  await page.goto(`/hosts/${host.id}`)
  await expect(page.getByText('is enabled; nothing to patch until mpls_router loads.')).toBeVisible()
  await expect(page.getByText('every task runs the patched code')).toHaveCount(0)
})

test('the demo fleet is marked on every page and an admin removes it', async ({ page }) => {
  const host = await ReportingHost.enroll('demo-1', { demo: true })
  await host.report(capturedReport('applied', '00-applied'))
  await page.goto(`/hosts/${host.id}`)
  const banner = page.getByRole('complementary', { name: 'Demo fleet' })
  await expect(banner).toContainText('1 simulated host is shown')
  await page.goto('/')
  await banner.getByRole('button', { name: 'Remove demo' }).click()
  const dialog = page.getByRole('dialog', { name: 'Remove the demo fleet' })
  await expectAccessibleInBothThemes(page)
  await dialog.getByRole('button', { name: 'Keep it' }).click()
  await expect(banner).toBeVisible()
  await banner.getByRole('button', { name: 'Remove demo' }).click()
  await dialog.getByRole('button', { name: 'Remove demo' }).click()
  await expect(banner).toHaveCount(0)
  await expect(page.getByRole('link', { name: 'demo-1' })).toHaveCount(0)
  expect(new URL(page.url()).origin).toBe(stack().baseUrl)
})
