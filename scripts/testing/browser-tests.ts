import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { OperatorError } from '@graftwatch/db'
import { findBrowser } from './browser.ts'
import { runNode, type Tally } from './run.ts'

/** Playwright, which starts and ends a stack of its own; what keeps it from running is a failure. */
export async function runBrowserTests(parameters: string[] = []): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'graftwatch-playwright-'))
  const report = join(folder, 'report.json')
  try {
    const browser = await findBrowser()
    const run = [
      'node_modules/@playwright/test/cli.js',
      'test',
      '--config',
      'apps/web/playwright.config.ts',
      '--reporter=list,json',
    ]
    const env = {
      ...process.env,
      GRAFTWATCH_BROWSER: browser,
      PLAYWRIGHT_JSON_OUTPUT_FILE: report,
      PLAYWRIGHT_HTML_OPEN: 'never',
      HOME: writable(homedir()) ? homedir() : folder,
    }
    const { ok } = await runNode([...run, ...parameters], { env })
    return readPlaywrightReport(() => readFileSync(report, 'utf8'), ok)
  } catch (error) {
    console.error(error instanceof OperatorError ? error.message : error)
    return { passed: 0, failed: 1 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function readPlaywrightReport(read: () => string, ok: boolean): Tally {
  try {
    const { expected, flaky, unexpected } = JSON.parse(read()).stats as Record<
      'expected' | 'flaky' | 'unexpected',
      number
    >
    return { passed: expected + flaky, failed: unexpected === 0 && !ok ? 1 : unexpected }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
