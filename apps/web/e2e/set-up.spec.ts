import { capturedReport } from './captured-report.ts'
import { expect, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { ReportingHost } from './reporting-host.ts'
import { admin, sessionFile, stack } from './stack.ts'

test('the first admin is created with the code from the terminal, and lands on an empty fleet that says how to begin', async ({
  page,
}) => {
  await page.goto('/')
  await expect(page).toHaveURL(/\/sign-in\?next=%2F$/)
  await expect(page.getByText('Nobody is registered yet')).toBeVisible()

  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(`/setup#code=${stack().setupCode}`)
  await expect(page.getByLabel('Set-up code')).toHaveValue(stack().setupCode)
  // The code must be in no address: not in one that is asked for, nor in the one that stays in the history.
  expect(asked.filter((url) => url.includes(stack().setupCode))).toEqual([])
  await expect(page).toHaveURL(`${stack().baseUrl}/setup`)
  await expectAccessibleInBothThemes(page)

  await page.getByLabel('Email').fill(admin.email)
  await page.getByLabel('Name').fill(admin.name)
  await page.getByLabel('Password').fill('too short')
  await page.getByRole('button', { name: 'Create admin' }).click()
  await expect(page.getByText('The password has 9 characters, it needs 12.')).toBeVisible()
  await expect(page.getByLabel('Email')).toHaveValue(admin.email)

  await page.getByLabel('Password').fill(admin.password)
  await page.getByLabel('Set-up code').fill('not the code')
  await page.getByRole('button', { name: 'Create admin' }).click()
  await expect(page.getByText('Open the link that the last start of Graftwatch printed')).toBeVisible()
  await expect(page.getByLabel('Set-up code')).toBeFocused()
  await expectAccessibleInBothThemes(page)

  await page.getByLabel('Set-up code').fill(stack().setupCode)
  await page.getByRole('button', { name: 'Create admin' }).click()
  await expect(page.getByText('No host reports here yet.')).toBeVisible()
  await expectAccessibleInBothThemes(page)

  // The line made on the next page holds a token that enrolls a host; the overview fills by itself.
  await page.getByRole('link', { name: 'Make the line' }).click()
  await page.getByRole('button', { name: 'Make a line' }).click()
  const line = page.getByText(/GRAFTWATCH_TOKEN=\S{16,} sh$/)
  await expect(line).toContainText(`curl -fsS ${stack().baseUrl}/install.sh | sudo GRAFTWATCH_URL=`)
  const token = /GRAFTWATCH_TOKEN=(\S+)/.exec(await line.innerText())?.[1] ?? ''
  await page.goto('/')
  await expect(page.getByRole('heading', { name: 'Add the first host' })).toBeVisible()
  const host = await ReportingHost.enroll('first-1', { token })
  const none = capturedReport('none', '00-no-patch')
  await host.report(none, {
    sources: none.sources.map((source) => (source.name === 'klp' ? { ...source, status: 'absent' } : source)),
  })
  await expect(page.getByText('The only host’s kernel has no live patching.')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Add hosts' })).toBeVisible()
  await expectAccessibleInBothThemes(page)

  // Two hosts of its own: the fleet no longer needs to be told how to begin.
  await ReportingHost.enroll('second-1')
  await expect(page.getByRole('link', { name: 'second-1' }).first()).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Add hosts' })).toHaveCount(0)

  await page.context().storageState({ path: sessionFile })
})

test('a second set-up is refused with the way on', async ({ page }) => {
  await page.goto(`/setup#code=${stack().setupCode}`)
  await expect(page.getByRole('heading', { name: 'Already set up' })).toBeVisible()
  await page.getByRole('link', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
})
