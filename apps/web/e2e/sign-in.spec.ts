import { expect, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { admin } from './stack.ts'

test('a wrong password is refused in words, keeps what was typed, and the right one leads back to the page asked for', async ({
  page,
}) => {
  await page.goto('/hosts?state=stuck')
  await page.getByLabel('Email').fill(admin.email)
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Email or password is wrong.')).toBeVisible()
  await expect(page.getByLabel('Email')).toHaveValue(admin.email)
  await expect(page.getByLabel('Password')).toBeFocused()
  await expectAccessibleInBothThemes(page)

  await page.getByLabel('Password').fill(admin.password)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/hosts\?state=stuck$/)
})

test('signing out ends the session', async ({ page }) => {
  await page.goto('/sign-in')
  await page.getByLabel('Email').fill(admin.email)
  await page.getByLabel('Password').fill(admin.password)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: `Account of ${admin.email}` }).click()
  await expect(page.getByText('Role: admin')).toBeVisible()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(/\/sign-in$/)
  await page.goto('/')
  await expect(page).toHaveURL(/\/sign-in\?next=%2F$/)
})

// A browser drops the tab, and reads the backslash as a slash.
for (const elsewhere of [
  '//example.com/',
  '/.//example.com/',
  '/a/..//example.com/',
  '/%09/example.com/',
  '/%5Cexample.com/',
])
  test(`a sign-in link cannot lead to another site: ${elsewhere}`, async ({ page }) => {
    await page.goto(`/sign-in?next=${elsewhere}`)
    await page.getByLabel('Email').fill(admin.email)
    await page.getByLabel('Password').fill(admin.password)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()
  })
