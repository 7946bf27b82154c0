import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { expect, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { freePort } from './free-port.ts'

const web = fileURLToPath(new URL('..', import.meta.url))
let baseUrl = ''
let dashboard: ChildProcess

/** A dashboard of its own whose API is not there: port 9 discards, and nothing listens on it. */
test.beforeAll(async () => {
  const port = await freePort()
  baseUrl = `http://localhost:${port}`
  const next = createRequire(`${web}package.json`).resolve('next/dist/bin/next')
  dashboard = spawn(process.execPath, [next, 'start', web, '-p', String(port)], {
    env: { ...process.env, GRAFTWATCH_API_URL: 'http://127.0.0.1:9' },
    stdio: 'ignore',
  })
  await expect
    .poll(() =>
      fetch(`${baseUrl}/sign-in`).then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200)
})
test.afterAll(() => dashboard.kill('SIGTERM'))

// biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern which fixtures a function needs
test.use({ baseURL: async ({}, use) => use(baseUrl) })

test('without the API every page says so, with the way out, and programs get a problem', async ({
  page,
  request,
}) => {
  for (const path of [
    '/',
    '/hosts/1',
    '/hosts/1/attempts/1',
    '/transitions',
    '/blockers',
    '/blockers/1',
    '/patches',
    '/patches/1',
    '/patches/compare?a=1&b=2',
  ]) {
    await page.goto(path)
    await expect(page.getByText('The Graftwatch API does not answer.')).toBeVisible()
    await expect(page.getByText('API_UNREACHABLE')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible()
    await expect(page.locator('[data-connection]')).toHaveText('no connection')
    await expectAccessibleInBothThemes(page)
  }
  await page.goto('/sign-in')
  await expect(page.getByText('The Graftwatch API does not answer.')).toBeVisible()
  await page.getByLabel('Email').fill('ada@example.com')
  await page.getByLabel('Password').fill('a password')
  await page.keyboard.press('Enter')
  await expect(page.getByText('The dashboard cannot reach the Graftwatch API.')).toBeVisible()
  await expect(page.getByLabel('Email')).toHaveValue('ada@example.com')

  const answer = await request.get('/v1/overview')
  expect(answer.status()).toBe(502)
  expect(answer.headers()['content-type']).toBe('application/problem+json')
  expect(await answer.json()).toMatchObject({ status: 502, code: 'API_UNREACHABLE' })
})
