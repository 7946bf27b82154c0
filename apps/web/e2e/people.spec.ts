import type { Browser, Page } from '@playwright/test'
import { expect, expectAccessible, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { admin, sessionFile, stack } from './stack.ts'

test.use({ storageState: sessionFile })

type Person = { name: string; email: string; role: string; password: string }
const grace = {
  name: 'Grace Hopper',
  email: 'grace@example.com',
  role: 'operator',
  password: 'a bug in the relay',
}
const alan = {
  name: 'Alan Turing',
  email: 'alan@example.com',
  role: 'viewer',
  password: 'on computable numbers',
}

/** A browser of somebody else's, signed in. */
async function pageOf(
  browser: Browser,
  { email, password }: Pick<Person, 'email' | 'password'>,
): Promise<Page> {
  const context = await browser.newContext({ baseURL: stack().baseUrl })
  const answer = await context.request.post('/v1/auth/sign-in/email', {
    data: { email, password },
    headers: { origin: stack().baseUrl },
  })
  expect(answer.status(), await answer.text()).toBe(200)
  return await context.newPage()
}

const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })

async function addPerson(page: Page, person: Person): Promise<void> {
  await page.goto('/settings/users')
  await page.getByRole('button', { name: 'Add person…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add a person' })
  await dialog.getByLabel('Name').fill(person.name)
  await dialog.getByLabel('Email').fill(person.email)
  await dialog.getByLabel('Role').selectOption(person.role)
  await dialog.getByLabel('First password').fill(person.password)
  await dialog.getByRole('button', { name: 'Add person' }).click()
  await expect(dialog).toBeHidden()
  await expect(rowOf(page, person.email)).toContainText(person.role)
}

test('an admin adds people; what is refused keeps what was typed and says why', async ({ page }) => {
  await page.goto('/')
  await page
    .getByRole('navigation', { name: 'Main', exact: true })
    .getByRole('link', { name: 'Settings' })
    .click()
  await expect(page.getByText('1 person may sign in: 1 admin.')).toBeVisible()
  await expectAccessibleInBothThemes(page)

  await page.getByRole('button', { name: 'Add person…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add a person' })
  await expectAccessibleInBothThemes(page)
  await dialog.getByLabel('Name').fill('Ada again')
  await dialog.getByLabel('Email').fill(admin.email)
  await dialog.getByLabel('First password').fill('short')
  await dialog.getByRole('button', { name: 'Add person' }).click()
  await expect(dialog.getByText('The password has 5 characters, it needs 12.')).toBeVisible()
  await dialog.getByLabel('First password').fill('long enough, this')
  await dialog.getByRole('button', { name: 'Add person' }).click()
  await expect(dialog.getByText('Somebody has it already. Change that person')).toBeVisible()
  await expect(dialog.getByLabel('Name')).toHaveValue('Ada again')
  await expect(dialog.getByLabel('Email')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('button', { name: 'Add person…' })).toBeFocused()

  for (const person of [grace, alan]) await addPerson(page, person)
  await expect(page.getByText('3 people may sign in: 1 admin, 1 operator and 1 viewer.')).toBeVisible()
})

test('the last admin stays, in the words of the server', async ({ page }) => {
  await page.goto('/settings/users')
  await page.getByRole('button', { name: `Remove ${admin.name}` }).click()
  const dialog = page.getByRole('dialog', { name: `Remove ${admin.name}` })
  await dialog.getByRole('button', { name: 'Remove person' }).click()
  await expect(dialog.getByRole('alert')).toHaveText(
    'Nobody else is admin and may sign in. Make somebody else admin first.',
  )
  await expectAccessibleInBothThemes(page)
})

test('a viewer changes nothing, and is told whom to ask', async ({ browser }) => {
  const page = await pageOf(browser, alan)
  await page.goto('/')
  const navigation = page.getByRole('navigation', { name: 'Main', exact: true })
  await expect(navigation.getByRole('link', { name: 'Overview' })).toBeVisible()
  for (const name of ['Add hosts', 'Settings', 'Audit'])
    await expect(navigation.getByRole('link', { name })).toHaveCount(0)
  await page.goto('/add')
  await expect(page.getByRole('heading', { name: 'Your role may not add hosts' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Make a line' })).toHaveCount(0)
  await expectAccessibleInBothThemes(page)
  await page.goto('/settings')
  await expect(page.getByRole('heading', { name: 'Nothing here for your role' })).toBeVisible()
  await expectAccessibleInBothThemes(page)
  for (const path of ['/settings/users', '/settings/enrollment-tokens', '/settings/api-keys', '/audit']) {
    await page.goto(path)
    await expect(page.getByText(/^This needs the role (admin|operator); yours is viewer\.$/)).toBeVisible()
  }
  await expectAccessible(page)
  await page.context().close()
})

test('an operator makes and revokes tokens, and sees no people', async ({ browser }) => {
  const page = await pageOf(browser, grace)
  await page.goto('/settings')
  await expect(page).toHaveURL(/\/settings\/enrollment-tokens$/)
  await expect(page.getByRole('link', { name: 'People' })).toHaveCount(0)
  await page.getByRole('button', { name: 'Make token…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('rack 4')
  await dialog.getByLabel('Labels').fill('rack=4')
  await dialog.getByLabel('Hosts at most').fill('none')
  await dialog.getByRole('button', { name: 'Make token' }).click()
  await expect(dialog.getByText('Enter a number from 1 to 1000000, or nothing.')).toBeVisible()
  await dialog.getByLabel('Hosts at most').fill('3')
  await dialog.getByRole('button', { name: 'Make token' }).click()
  await expect(dialog.getByText('This is the only time it is shown.')).toBeVisible()
  await expect(dialog.getByText(/^gwe_\S{20,}$/)).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText(/^gwe_/)).toHaveCount(0)
  const row = rowOf(page, 'rack 4')
  await expect(row).toContainText('rack=4')
  await expect(row).toContainText('0 of 3')
  await expectAccessibleInBothThemes(page)
  await row.getByRole('button', { name: 'Revoke rack 4' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await expect(row).toContainText('revoked')
  await expect(row.getByRole('button')).toHaveCount(0)
  await page.context().close()
})

test('a key is shown once, works as far as its scopes go, and ends when it is revoked', async ({
  page,
  playwright,
}) => {
  await page.goto('/settings/api-keys')
  await expect(page.getByText('No program has a key.')).toBeVisible()
  await page.getByRole('button', { name: 'Make key…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/read hosts/).uncheck()
  await dialog.getByRole('button', { name: 'Make key' }).click()
  await expect(dialog.getByText('Choose at least one thing that it may do.')).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await dialog.getByLabel('Name').fill('exporter')
  await dialog.getByLabel(/read hosts/).check()
  await dialog.getByRole('button', { name: 'Make key' }).click()
  const key = await dialog.getByText(/^gwk_\S+$/).innerText()
  await dialog.getByRole('button', { name: 'Done' }).click()

  const program = await playwright.request.newContext({
    baseURL: stack().baseUrl,
    extraHTTPHeaders: { authorization: `Bearer ${key}` },
  })
  expect((await program.get('/v1/overview')).status()).toBe(200)
  expect((await program.get('/v1/users')).status()).toBe(403)
  await page.reload()
  const row = rowOf(page, 'exporter')
  await expect(row).toContainText('fleet:read')
  await expect(row).not.toContainText('never')
  await expectAccessibleInBothThemes(page)
  await row.getByRole('button', { name: 'Revoke exporter' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await expect(row).toContainText('revoked')
  expect((await program.get('/v1/overview')).status()).toBe(401)
  await program.dispose()
})

test('one sees where one is signed in, ends another session and changes the password', async ({
  browser,
}) => {
  const elsewhere = await pageOf(browser, alan)
  const page = await pageOf(browser, alan)
  await page.goto('/')
  await page.getByRole('button', { name: `Account of ${alan.email}` }).click()
  await page.getByRole('link', { name: 'Your account' }).click()
  await expect(page.getByText('(this one)')).toHaveCount(1)
  await expectAccessibleInBothThemes(page)
  await page
    .getByRole('button', { name: /^End the session/ })
    .first()
    .click()
  await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click()
  await expect(page.getByRole('dialog')).toBeHidden()
  await elsewhere.goto('/')
  await expect(elsewhere).toHaveURL(/\/sign-in/)

  await page.getByLabel('Current password').fill('not the password')
  await page.getByLabel('New password').fill('the halting problem')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByText('Is not right. Try again; an admin can set a new one.')).toBeVisible()
  await expect(page.getByLabel('Current password')).toBeFocused()
  await expect(page.getByLabel('New password')).toHaveValue('the halting problem')
  await page.getByLabel('Current password').fill(alan.password)
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByText('Changed. Your other sessions have ended.')).toBeVisible()
  await expect(page.getByText('you are signed in here alone.')).toBeVisible()
  await elsewhere.context().close()
  await page.context().close()
})

test('who is disabled is out at once, and the log says who did it', async ({ page, browser }) => {
  const theirs = await pageOf(browser, grace)
  await page.goto('/settings/users')
  await page.getByRole('button', { name: `Disable ${grace.name}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
  await expect(rowOf(page, grace.email)).toContainText('disabled')
  await expect(page.getByText('1 more is disabled.')).toBeVisible()
  await theirs.goto('/')
  await expect(theirs).toHaveURL(/\/sign-in/)
  await theirs.context().close()

  await page.goto('/audit')
  const newest = page.getByRole('row').filter({ hasText: 'changed a person' }).first()
  await expect(newest).toContainText(admin.name)
  await expect(newest).toContainText('disabled: false → true')
  await expectAccessibleInBothThemes(page)
  await page.getByLabel('What').selectOption('enrollment-token.revoke')
  await page.getByRole('button', { name: 'Filter' }).click()
  await expect(page).toHaveURL(/action=enrollment-token\.revoke/)
  await expect(page.getByRole('row').filter({ hasText: grace.name })).toContainText('rack 4')
  await expect(page.getByRole('row').filter({ hasText: 'changed a person' })).toHaveCount(0)
  await page.getByRole('link', { name: 'Show all' }).click()
  await page.getByRole('link', { name: grace.name }).first().click()
  await expect(page).toHaveURL(/\/audit\?actor=/)
  await expect(page.getByRole('row').filter({ hasText: admin.name })).toHaveCount(0)
})
