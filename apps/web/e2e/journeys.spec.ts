import { createHistoryIngest } from '@graftwatch/api/src/ingest/ingest-history.ts'
import { createPool } from '@graftwatch/db/pool'
import { syntheticIdentity, syntheticReport } from '@graftwatch/simulator'
import type { Page } from '@playwright/test'
import { capturedReport } from './captured-report.ts'
import { expect, test } from './fixtures.ts'
import { heldFor, ReportingHost } from './reporting-host.ts'
import { sessionFile, stack } from './stack.ts'

test.use({ storageState: sessionFile })

/** Presses Tab until what has the focus is called so. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let press = 0; press < 120; press += 1) {
    await page.keyboard.press('Tab')
    const focused = page.locator(':focus')
    const text = `${(await focused.getAttribute('aria-label')) ?? ''} ${await focused.innerText()}`.trim()
    if (name.test(text)) return
  }
  throw new Error(`Tab never reached ${name}`)
}

test('by keyboard alone: the worst host, its cause, all hosts of the cause, and a text for the ticket', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const stuck = capturedReport('stuck-user', '01-stuck')
  const held = heldFor(stuck, 26 * 3600)
  const transition = held.transition ?? null
  const blocked = {
    ...held,
    transition: transition && {
      ...transition,
      blocking: transition.blocking.map((task) => ({ ...task, comm: 'oldest', unit: 'oldest.service' })),
    },
  }
  for (const name of ['journey-1', 'journey-2', 'journey-3'])
    await (await ReportingHost.enroll(name)).report(stuck, blocked)

  await page.goto('/')
  await tabTo(page, /^journey-\d$/)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: /journey-\d/, level: 1 })).toBeVisible()
  await tabTo(page, /Same cause|same cause/)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/hosts\?cause=\d+$/)
  for (const name of ['journey-1', 'journey-2', 'journey-3'])
    await expect(page.getByRole('row', { name: new RegExp(name) })).toBeVisible()
  await page.getByRole('checkbox').first().focus()
  await page.keyboard.press('Space')
  await tabTo(page, /Copy for ticket/)
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('journey-2')
})

/** The last Tuesday that is over, at 03:10 UTC. */
function lastTuesday(): Date {
  const day = new Date()
  do day.setUTCDate(day.getUTCDate() - 1)
  while (day.getUTCDay() !== 2)
  return new Date(`${day.toISOString().slice(0, 10)}T03:10:00Z`)
}

test('what was true last Tuesday at 03:10', async ({ page }) => {
  const then = lastTuesday().getTime()
  const pool = createPool({ database: stack().database, applicationName: 'graftwatch-journeys', max: 1 })
  try {
    const history = createHistoryIngest(pool)
    const at = (minutes: number) => then + minutes * 60_000
    await history.begin(at(-120))
    const identity = { ...syntheticIdentity(7_000_001), hostname: 'tuesday-1' }
    const { hostId } = await history.enroll(identity, at(-120))
    const told = (sequence: number, minutes: number, remaining?: number) => {
      const report = syntheticReport({
        index: 7_000_001,
        sequence,
        at: at(minutes),
        startedAt: at(-40),
        ...(remaining !== undefined && { remaining }),
      })
      const { transition } = report
      return {
        ...report,
        host: { ...report.host, hostname: 'tuesday-1' },
        transition: transition && { ...transition, progressAt: transition.startedAt },
      }
    }
    await history.report([{ hostId, report: told(1, -110) }], at(-110))
    await history.report([{ hostId, report: told(2, -40, 3) }], at(-40))
    await history.report([{ hostId, report: told(3, -30, 3) }], at(-30))
    await history.report([{ hostId, report: told(4, 55) }], at(55))
  } finally {
    await pool.end()
  }

  await page.goto('/')
  await page.locator('summary', { hasText: 'Now' }).click()
  await page.getByLabel('What was true at').fill(new Date(then).toISOString().slice(0, 16))
  await page.getByRole('button', { name: 'Look at it' }).click()
  await expect(page.getByText('You are looking at')).toBeVisible()
  await expect(page.getByRole('main')).toContainText('stuck, without progress for 40 min, on billing')
  await page.getByRole('region', { name: 'Needs attention' }).getByRole('link', { name: 'tuesday-1' }).click()
  await expect(page).toHaveURL(/\/hosts\/\d+\?at=/)
  await expect(page.getByRole('main').getByText('Stuck', { exact: true }).first()).toBeVisible()
  await expect(page.getByRole('main')).toContainText('billing')
  await page.getByRole('link', { name: 'Back to now' }).first().click()
  await expect(page.getByText('You are looking at')).toHaveCount(0)
  await expect(page.getByText('is on: every task runs the patched code.')).toBeVisible()
})

test('a page is read again once it listens: what changed while it was on its way is on it', async ({
  page,
}) => {
  const again: string[] = []
  page.on('request', (request) => {
    const { rsc, 'next-router-prefetch': ahead } = request.headers()
    if (rsc === '1' && ahead === undefined) again.push(new URL(request.url()).pathname)
  })
  // Nothing reports here now, so that nothing but the opening of the stream can be the reason.
  for (const path of ['/patches', '/alerts', '/']) {
    await page.goto(path)
    await expect.poll(() => again).toContain(path)
  }
})
