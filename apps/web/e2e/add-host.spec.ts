import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import { capturedReport } from './captured-report.ts'
import { expect, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { ReportingHost } from './reporting-host.ts'
import { sessionFile, stack } from './stack.ts'

const agent = fileURLToPath(new URL('../../agent/bin/graftwatch-agent.mjs', import.meta.url))

test.use({ storageState: sessionFile })

async function makeLine(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Make a line' }).click()
  const line = page.getByText(/GRAFTWATCH_TOKEN=\S{16,} sh$/)
  await expect(line).toBeVisible()
  return /GRAFTWATCH_TOKEN=(\S+)/.exec(await line.innerText())?.[1] ?? ''
}

/** The agent itself, on the machine of the test, with the environment that the line gives it. */
async function runAgent(token: string): Promise<void> {
  const state = mkdtempSync(join(tmpdir(), 'graftwatch-agent-'))
  try {
    const env = {
      PATH: process.env.PATH,
      GRAFTWATCH_URL: stack().baseUrl,
      GRAFTWATCH_TOKEN: token,
      GRAFTWATCH_STATE_DIR: state,
    }
    await promisify(execFile)(process.execPath, [agent, 'enroll'], { env })
    await promisify(execFile)(process.execPath, [agent, 'once'], { env })
  } finally {
    rmSync(state, { recursive: true, force: true })
  }
}

test('one line, a real agent with its token, and the page says who has come and leads there', async ({
  page,
}) => {
  // An agent of its own starts twice, and three states are looked at in both themes.
  test.setTimeout(120_000)
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto('/')
  await page
    .getByRole('navigation', { name: 'Main', exact: true })
    .getByRole('link', { name: 'Add hosts' })
    .click()
  await expect(page.getByRole('heading', { name: 'Add hosts', level: 1 })).toBeVisible()
  await expectAccessibleInBothThemes(page)

  await page.getByLabel('Labels').fill('env')
  await page.getByRole('button', { name: 'Make a line' }).click()
  await expect(page.getByText('“env” is no label. Write key=value, such as env=prod.')).toBeVisible()
  await expect(page.getByLabel('Labels')).toBeFocused()
  await page.getByLabel('Labels').fill('env=prod, rack=4')
  const token = await makeLine(page)
  await expect(page.getByText('at most 100 hosts until')).toBeVisible()
  await expect(page.getByText('Waiting for the first report…')).toBeVisible()
  await expectAccessibleInBothThemes(page)

  await runAgent(token)
  const arrivals = page.getByRole('region', { name: 'Who has come' })
  await expect(arrivals.getByText(/arrived (now|\d+ s ago)/)).toBeVisible()
  await expect(arrivals.getByText('1 of 100 used')).toBeVisible()
  await expect(arrivals.getByText('Waiting for')).toHaveCount(0)
  await expectAccessibleInBothThemes(page)

  const another = await ReportingHost.enroll('arrives-1', { token })
  await expect(arrivals.getByText('Its first report is on the way.')).toBeVisible()
  await another.report(capturedReport('applied', '00-applied'))
  await expect(arrivals.getByText(/klp, \S+ enabled\.$/)).toBeVisible()
  // A secret belongs into no address, and is gone with the page.
  expect(asked.filter((url) => url.includes(token))).toEqual([])
  expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toContain(token)

  await arrivals.getByRole('link', { name: 'Open host arrives-1' }).click()
  await expect(page.getByRole('heading', { name: 'arrives-1', level: 1 })).toBeVisible()
  await expect(page.getByText('rack=4')).toBeVisible()
  await page.goBack()
  await expect(page.getByRole('button', { name: 'Make a line' })).toBeVisible()
})

test('each way in has the same token, by the keyboard, and the address names the way', async ({ page }) => {
  await page.goto('/add?form=ansible')
  const asked = page.waitForResponse((answer) => answer.url().endsWith('/v1/enrollment-tokens'))
  await page.getByRole('button', { name: 'Make a line' }).click()
  const { token } = (await (await asked).json()) as { token: string }
  const text = page.getByRole('textbox', { name: /^What to paste/ })
  await expect(text).toHaveValue(new RegExp(`graftwatch_token: "${token}"`))
  await page.getByRole('tab', { name: 'Ansible' }).focus()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('tab', { name: 'cloud-init' })).toBeFocused()
  await expect(text).toHaveValue(new RegExp(`^#cloud-config[^]*GRAFTWATCH_TOKEN=${token}\n`))
  await page.keyboard.press('ArrowRight')
  await expect(text).toHaveValue(/kind: DaemonSet/)
  await expect(page.getByText('kubectl delete namespace graftwatch')).toBeVisible()
  await expect(page).toHaveURL(/\/add\?form=daemonset$/)
  await expectAccessibleInBothThemes(page)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy for DaemonSet' }).click()
  await expect(page.getByText('Copied')).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(token)
})

test('after a minute without anybody the page names the usual causes', async ({ page }) => {
  // An answer brings the server's clock with it, which here stands still; so there is one answer only.
  await page.route('**/v1/events', (route) => route.abort())
  await page.clock.install()
  await page.goto('/add')
  await makeLine(page)
  await expect(page.getByText('0 of 100 used')).toBeVisible()
  await page.clock.fastForward(50_000)
  await expect(page.getByText('the five usual causes')).toHaveCount(0)
  await page.clock.fastForward(15_000)
  await expect(page.getByText('the five usual causes')).toBeVisible()
  await expect(page.getByText('sudo graftwatch-agent doctor')).toBeVisible()
  await expectAccessibleInBothThemes(page)
})
