import { existsSync } from 'node:fs'
import { OperatorError } from '@graftwatch/db'
import { chromium } from '@playwright/test'
import { runNode, runProgram } from './run.ts'

const installed = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** A Chromium to test with: one that is here, else Playwright's, else the distribution's. */
export async function findBrowser(): Promise<string> {
  const { GRAFTWATCH_BROWSER: wanted } = process.env
  if (wanted) {
    if (existsSync(wanted)) return wanted
    throw new OperatorError(`GRAFTWATCH_BROWSER is ${wanted}, and there is nothing.`)
  }
  const here = () => [chromium.executablePath(), ...installed].find((path) => path && existsSync(path))
  const found = here()
  if (found) return found

  console.log('- no browser here; asking Playwright for one')
  await runNode(['node_modules/@playwright/test/cli.js', 'install', 'chromium'], {
    quiet: true,
    limitMs: 60_000,
  })
  if (here()) return here() as string

  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('- Playwright has none; installing chromium with apt')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await runProgram('apt-get', ['update', '-qq'], { env, quiet: true, limitMs: 120_000 })
    await runProgram('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
      env,
      quiet: true,
      limitMs: 240_000,
    })
    if (here()) return here() as string
  }
  throw new OperatorError(
    'No browser could be found or installed. Install Chromium or Chrome, or set GRAFTWATCH_BROWSER to the path of one, and start again.',
  )
}
