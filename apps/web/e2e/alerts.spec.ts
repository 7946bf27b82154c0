import { complete, ruleAtOnce, stall, watchedHost } from './alerting.ts'
import { expect, expectAccessible, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { sessionFile, stack } from './stack.ts'

test.use({ storageState: sessionFile })
// Long journeys, with a look at each step in both themes.
test.describe.configure({ timeout: 120_000 })

test.beforeEach(async ({ page }) => ruleAtOnce(page.request, 'Stuck-at-once'))

const phone = { width: 390, height: 844 }

test('a stall fires by itself on the page, is taken and commented on, and ends with its host', async ({
  page,
}) => {
  const host = await watchedHost('alert-1')
  await page.goto('/alerts')
  await expect(page.getByRole('heading', { name: 'Alerts', level: 1 })).toBeVisible()
  await expect(page.locator('[data-connection="live"]')).toBeVisible()
  const row = page.getByRole('listitem').filter({ hasText: /^1 host.*alert-1 held by one cause/s })
  await expect(row).toHaveCount(0)

  await stall(host)
  await expect(row).toContainText('Stuck-at-once')
  await expect(row).toContainText('for 20 min')
  await expect(row).toContainText('No: the old code keeps serving')
  await expect(row).toContainText('nobody yet')
  await expect(row.getByRole('link', { name: 'its cause' })).toBeVisible()
  await expect(row.getByRole('img', { name: '80 of 81 tasks migrated' })).toBeVisible()
  await expect(page).toHaveTitle(/^\d+ firing · Alerts/)
  await expect(
    page
      .getByRole('navigation', { name: 'Main', exact: true })
      .getByRole('link', { name: /^Alerts ?, \d+ firing$/ }),
  ).toBeVisible()
  await expectAccessibleInBothThemes(page)

  await row.getByRole('link', { name: /^alert-1 held by one cause/ }).click()
  await expect(page.getByRole('heading', { name: /^alert-1 held by one cause/, level: 1 })).toBeVisible()
  await expect(page.getByText('What frees it')).toBeVisible()
  const hosts = page.getByRole('table', { name: 'Hosts of this alert, longest held first' })
  await expect(hosts.getByRole('row', { name: /alert-1.*Stuck.*1 of 81 tasks remain.*20 min/ })).toBeVisible()
  await page.getByRole('button', { name: 'Acknowledge…' }).click()
  const dialog = page.getByRole('dialog', { name: 'You have this alert' })
  await dialog.getByLabel('Note').fill('waiting for the nightly run')
  await expectAccessibleInBothThemes(page)
  await dialog.getByRole('button', { name: 'Acknowledge' }).click()
  await expect(page.getByText(/Ada Lovelace has it, .*: waiting for the nightly run\./)).toBeVisible()
  const story = page.getByRole('region', { name: 'What happened' })
  await expect(story.getByText('Ada Lovelace took it')).toBeVisible()

  await story.getByRole('button', { name: 'Add comment' }).click()
  await expect(story.getByText('Write something first.')).toBeVisible()
  await story.getByLabel('Comment').fill('<b>y</b>\u202eevil')
  await story.getByRole('button', { name: 'Add comment' }).click()
  await expect(story.getByText('<b>y</b>\\u202eevil')).toBeVisible()
  await expect(story.getByLabel('Comment')).toHaveValue('')
  await page.getByRole('button', { name: 'Give it back' }).click()
  await expect(page.getByText('Nobody has it yet.')).toBeVisible()
  await expectAccessibleInBothThemes(page)

  // Nobody asks: the page must say so by itself.
  let loads = 0
  page.on('load', () => {
    loads += 1
  })
  await complete(host)
  await expect(page.getByText(/^Resolved .* it was about 1 host\./)).toBeVisible()
  await expect(page.getByRole('button', { name: /Silence/ })).toHaveCount(0)
  await expect(hosts.getByRole('row', { name: /alert-1.*ended/ })).toBeVisible()
  expect(loads).toBe(0)
  await expectAccessibleInBothThemes(page)

  await page.goto('/alerts?status=resolved')
  await expect(row.first()).toContainText('fired for')
  await expectAccessible(page)
})

test('an alert is silenced on a phone in two taps', async ({ browser }) => {
  const host = await watchedHost('alert-2')
  const context = await browser.newContext({
    baseURL: stack().baseUrl,
    storageState: sessionFile,
    viewport: phone,
    hasTouch: true,
    isMobile: true,
  })
  const page = await context.newPage()
  await page.goto('/alerts')
  await stall(host, 'ledger')
  const silence = page.getByRole('button', { name: /^Silence alert-2 held/ })
  await expect(silence).toBeVisible()
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth)
  expect(await wide()).toBeLessThanOrEqual(phone.width)
  await silence.tap()
  await expectAccessibleInBothThemes(page)
  await page.getByRole('button', { name: 'For 4 hours' }).tap()

  const row = page.getByRole('listitem').filter({ hasText: /^1 host.*alert-2 held by one cause/s })
  await expect(row).toContainText(/silenced until \d+ \w+ \d\d:\d\d UTC/)
  await page.getByRole('navigation', { name: 'Alerting' }).getByRole('link', { name: 'Silences' }).click()
  const kept = page.getByRole('row').filter({ hasText: 'Being looked at' }).first()
  await expect(kept).toContainText('ends in 3 h 59 min')
  await expect(kept).toContainText('1 alert')
  await expect(kept.getByRole('link', { name: /^alert-2 held by one cause/ })).toBeVisible()
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 })
    expect(await wide()).toBeLessThanOrEqual(width)
  }
  await expectAccessibleInBothThemes(page)

  await kept.getByRole('button', { name: 'End now: Being looked at' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End silence' }).click()
  await expect(kept).toContainText('early, by Ada Lovelace')
  await complete(host)
  await context.close()
})

test('a silence by selector and a maintenance window are planned; what cannot be is said where it is', async ({
  page,
}) => {
  await page.goto('/alerts/silences')
  await page.getByRole('button', { name: 'Silence…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Silence, or plan a window' })
  await dialog.getByRole('button', { name: 'Silence' }).click()
  await expect(dialog.getByText('Say why, for whoever misses a message.')).toBeVisible()
  await dialog.getByLabel('Reason').fill('firmware of rack 4')
  await dialog.getByLabel('Hosts').fill('rack=4,(')
  await dialog.getByRole('button', { name: 'Silence' }).click()
  await expect(dialog.getByText(/^Character \d+: /)).toBeVisible()
  await expect(dialog.getByLabel('Hosts')).toBeFocused()
  await expectAccessibleInBothThemes(page)
  await dialog.getByLabel('Hosts').fill('rack=4')
  await dialog.getByLabel('Kind').selectOption('maintenance')
  const begins = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16)
  await dialog.getByLabel('Begins (UTC)').fill(begins)
  await dialog.getByLabel('Lasts').selectOption('until a time')
  await dialog.getByLabel('Ends (UTC)').fill(new Date(Date.now() + 90_000_000).toISOString().slice(0, 16))
  await dialog.getByRole('button', { name: 'Silence' }).click()
  await expect(dialog).toBeHidden()
  const row = page.getByRole('row').filter({ hasText: 'firmware of rack 4' })
  await expect(row).toContainText('Maintenance window')
  await expect(row).toContainText(/begins in 23 h/)
  await expectAccessibleInBothThemes(page)
})

test('a rule is tried on the last days before it is saved; a wrong selector or template is refused with its place', async ({
  page,
}) => {
  await page.goto('/alerts/rules')
  await expect(page.getByRole('main')).toContainText(/\d+ rules watch the fleet; \d+ get somebody up/)
  await expectAccessibleInBothThemes(page)
  await page.getByRole('link', { name: 'Make rule' }).click()
  await page.getByLabel('Name').fill('Stuck-in-prod')
  await page.getByLabel('On hosts').fill('env=prod,,')
  await page.getByLabel('Held for').fill('soon')
  await page.getByLabel('Summary').fill('{{ hosts_text }} held by {{ cuase }}')
  await page.getByRole('button', { name: 'Try it' }).click()
  await expect(page.getByText('Write a span such as 15m, 1h30m, 2d or 0.')).toBeVisible()
  await expect(page.getByLabel('Held for')).toBeFocused()
  await page.getByLabel('Held for').fill('10m')
  await page.getByRole('button', { name: 'Try it' }).click()
  await expect(page.getByText(/^Character 10: /)).toBeVisible()
  await expect(page.getByLabel('On hosts')).toBeFocused()
  await expectAccessibleInBothThemes(page)
  await page.getByLabel('On hosts').fill('env=prod')
  await page.getByRole('button', { name: 'Save rule' }).click()
  await expect(page.getByText(/^Line 1, character \d+: .*cuase/)).toBeVisible()
  await expect(page.getByLabel('Summary')).toBeFocused()

  await page.getByLabel('Summary').fill('{{ hosts_text }} held by {{ cause }}')
  await page.getByLabel('Over', { exact: true }).selectOption('the last 30 days')
  await page.getByRole('button', { name: 'Try it' }).click()
  const dry = page.getByRole('region', { name: 'Dry run' })
  await expect(dry).toContainText(/It would have raised (no alert|\d+ alerts?) in 30 days\./)
  await expect(dry).toContainText(/It watches \d+ hosts? today/)
  await expect(dry).toContainText(/held by .+ in \w+/)
  await expectAccessibleInBothThemes(page)
  await page.getByRole('button', { name: 'Save rule' }).click()
  await expect(page).toHaveURL(/\/alerts\/rules$/)
  const row = page.getByRole('row').filter({ hasText: 'Stuck-in-prod' })
  await expect(row).toContainText('a transition makes no progress, for 10 min')
  await expect(row).toContainText('on env=prod')
  await row.getByRole('switch').click()
  await expect(row.getByRole('switch')).toHaveAttribute('aria-checked', 'false')
  await row.getByRole('link', { name: 'Stuck-in-prod' }).click()
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  }
  await page.getByRole('button', { name: 'Remove…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove rule' }).click()
  await expect(page).toHaveURL(/\/alerts\/rules$/)
  await expect(row).toHaveCount(0)
})

test('a fire drill goes from its button to its own end, and counts nowhere', async ({ page }) => {
  await page.goto('/alerts')
  await page.getByRole('button', { name: 'Fire drill…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Start a fire drill' })
  await dialog.getByLabel('Labels').fill('team')
  await dialog.getByRole('button', { name: 'Start drill' }).click()
  await expect(dialog.getByText('“team” is no label.')).toBeVisible()
  await dialog.getByLabel('Labels').fill('team=payments')
  await dialog.getByLabel('Fires for, in seconds').fill('5')
  await dialog.getByRole('button', { name: 'Start drill' }).click()
  await expect(dialog.getByLabel('Fires for, in seconds')).toBeFocused()
  await expectAccessibleInBothThemes(page)
  await dialog.getByLabel('Fires for, in seconds').fill('10')
  // Which of them are silent by now is not the drill's doing.
  const hosts = async () => {
    const { total, counts } = await (await page.request.get('/v1/overview')).json()
    return { total, stuck: counts.stuck, transitioning: counts.transitioning }
  }
  const before = await hosts()
  await dialog.getByRole('button', { name: 'Start drill' }).click()
  await expect(page).toHaveURL(/\/alerts\/\d+$/)
  await expect(page.getByText('It is a fire drill: no host is touched.')).toBeVisible()
  const story = page.getByRole('region', { name: 'What happened' })
  await expect(story.getByText('Fired for 1 host')).toBeVisible()
  expect(await hosts()).toEqual(before)
  await expectAccessibleInBothThemes(page)
  await expect(story.getByText('Resolved')).toBeVisible({ timeout: 20_000 })
})

test('a viewer sees what fires and what is watched, and no button that would be refused', async ({
  page,
  browser,
}) => {
  const host = await watchedHost('alert-3')
  await stall(host, 'reader')
  const viewer = { name: 'Vera Viewer', email: 'vera@example.com', password: 'looks and does not touch' }
  const origin = { origin: stack().baseUrl }
  const added = await page.request.post('/v1/users', { data: { ...viewer, role: 'viewer' }, headers: origin })
  expect(added.status(), await added.text()).toBe(201)
  const context = await browser.newContext({ baseURL: stack().baseUrl })
  await context.request.post('/v1/auth/sign-in/email', { data: viewer, headers: origin })
  const theirs = await context.newPage()
  await theirs.goto('/alerts')
  const link = theirs.getByRole('link', { name: /^alert-3 held by one cause/ })
  await expect(link).toBeVisible()
  const acts = theirs.getByRole('button', { name: /Acknowledge|Silence|drill|comment|Save|Try|End now/ })
  await expect(acts).toHaveCount(0)
  await expect(theirs.getByRole('link', { name: 'Channels' })).toHaveCount(0)
  await link.click()
  await expect(theirs.getByRole('heading', { name: /^alert-3 held by one cause/, level: 1 })).toBeVisible()
  await expect(acts).toHaveCount(0)
  await theirs.goto('/alerts/rules')
  await theirs.getByRole('link', { name: 'Silent' }).click()
  await expect(theirs.getByText('Operators and admins change rules.')).toBeVisible()
  await expect(theirs.getByLabel('On hosts')).toBeDisabled()
  await expect(acts).toHaveCount(0)
  await expectAccessibleInBothThemes(theirs)
  await theirs.goto('/alerts/channels')
  await expect(theirs.getByText(/^This needs the role operator/)).toBeVisible()
  await complete(host)
  await context.close()
  // Others count who may sign in.
  const { id } = (await added.json()) as { id: string }
  expect((await page.request.delete(`/v1/users/${id}`, { headers: origin })).status()).toBe(204)
})

test('the palette and a key lead to the alerts, and of the past the page says that it knows only now', async ({
  page,
}) => {
  await page.goto('/')
  // Keys are heard once the page runs.
  await expect(page.locator('[data-connection="live"]')).toBeVisible()
  await page.keyboard.press('g')
  await page.keyboard.press('a')
  await expect(page).toHaveURL(/\/alerts$/)
  await page.goto('/alerts?at=2026-11-20T03:10:00Z')
  await expect(page.getByText('This page knows only what is true now.')).toBeVisible()
  await page.goto('/alerts/999999999')
  await expect(page.getByRole('heading', { name: 'There is no such alert' })).toBeVisible()
  const host = await watchedHost('alert-soon')
  await stall(host, 'soon-due', 600)
  await page.goto('/alerts?status=pending')
  const soon = page.getByRole('listitem').filter({ hasText: 'alert-soon' })
  await expect(soon).toContainText(/fires in 9 min if it holds on/)
  await expectAccessibleInBothThemes(page)
  await complete(host)
  await expect(soon).toHaveCount(0)
})
