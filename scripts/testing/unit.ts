import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runNode, type Tally } from './run.ts'

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  testResults: { status: string; assertionResults: { status: string }[] }[]
}

/** Everything vitest runs; a file that does not even load counts as one failure, and so does a run that breaks off. */
export async function runUnitTests(filters: string[] = []): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'graftwatch-vitest-'))
  const report = join(folder, 'report.json')
  try {
    const vitest = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config',
      'scripts/vitest.config.ts',
      ...filters,
    ]
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const { ok } = await runNode([...vitest, ...reporters], { env: { ...process.env, NODE_ENV: 'test' } })
    return readVitestReport(() => readFileSync(report, 'utf8'), ok)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function readVitestReport(read: () => string, ok: boolean): Tally {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(read()) as VitestReport
    const unloaded = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
    ).length
    const failed = numFailedTests + unloaded
    return { passed: numPassedTests, failed: failed === 0 && !ok ? 1 : failed }
  } catch {
    return { passed: 0, failed: 1 }
  }
}
