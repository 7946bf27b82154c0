import { defineConfig, devices } from '@playwright/test'

/** Debian's or the machine's own browser; without it Playwright looks for the one it installed. */
const executablePath = process.env.GRAFTWATCH_BROWSER
const asRoot = process.getuid?.() === 0

export default defineConfig({
  testDir: './e2e',
  outputDir: './test-results',
  globalSetup: './e2e/global-setup.ts',
  // One stack, one database: what one test does to the fleet, the next one sees.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: process.env.CI !== undefined,
  reporter: 'list',
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1440, height: 900 },
    // A trace films every step and takes a third of the time; of one test: npm run e2e -- --trace on NAME
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [
        '--disable-background-networking',
        '--disable-component-update',
        ...(asRoot ? ['--no-sandbox'] : []),
      ],
    },
  },
  projects: [
    { name: 'first admin', testMatch: 'set-up.spec.ts' },
    {
      name: 'dashboard',
      testIgnore: 'set-up.spec.ts',
      dependencies: ['first admin'],
    },
  ],
})
