import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test as base, expect, type Page } from '@playwright/test'
import type axe from 'axe-core'
import { stack } from './stack.ts'

type Fixtures = {
  /** What the browser complained about: errors, refusals of the content security policy, other origins asked. */
  complaints: string[]
}

/** A page on the stack under test that fails its test when the browser complains. */
export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern which fixtures a function needs
  baseURL: async ({}, use) => use(stack().baseUrl),
  complaints: [
    async ({ page, baseURL }, use) => {
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        // A refused sign-in is an answer, which the browser also logs.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
          complaints.push(message.text())
        }
      })
      page.on('request', (request) => {
        const { origin, protocol } = new URL(request.url())
        if (protocol.startsWith('http') && origin !== baseURL) complaints.push(`asked ${request.url()}`)
      })
      await use(complaints)
      expect(complaints).toEqual([])
    },
    { auto: true },
  ],
})
export { expect }

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

type RunOnly = { type: 'tag' | 'rule'; values: string[] }

async function expectNoViolation(page: Page, runOnly: RunOnly): Promise<void> {
  // Half a megabyte of script: a page that has it already need not read it again.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource)
  // What is on its way from one color to another has neither.
  await page.evaluate(() => {
    for (const each of document.getAnimations()) if (each instanceof CSSTransition) each.finish()
  })
  const { violations } = await page.evaluate(
    (only) =>
      (window as unknown as { axe: typeof axe }).axe.run({ runOnly: only, resultTypes: ['violations'] }),
    runOnly,
  )
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`),
  ).toEqual([])
}

/** No violation of WCAG 2.2 A and AA, in the theme the page has now. */
export const expectAccessible = (page: Page): Promise<void> =>
  expectNoViolation(page, {
    type: 'tag',
    values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  })

/** {@link expectAccessible} in the light theme; in the dark one only what depends on colors. The page then stays dark. */
export async function expectAccessibleInBothThemes(page: Page): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' })
  await expectAccessible(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  await expectNoViolation(page, { type: 'rule', values: ['color-contrast', 'link-in-text-block'] })
}
