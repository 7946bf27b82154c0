import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type HostReport, hostReport } from '@graftwatch/contract/report'
import { expect, test } from 'vitest'
import { hostFiles } from '../src/host-files.ts'
import { createReader } from '../src/report.ts'
import { clientsIn } from './clients.ts'
import { goldenHosts } from './golden/hosts.ts'
import { createTree, type TreeFiles } from './host-tree.ts'

/**
 * The whole report of each golden host. Expected reports are written by
 * `UPDATE_EXPECTED=1 vitest run --config scripts/vitest.config.ts apps/agent/test/golden.test.ts`, and their diff is the review.
 */

/** The report after the last of these changes, a reading each, 5 s apart. */
async function reportOf(changes: readonly TreeFiles[]): Promise<HostReport> {
  const tree = createTree()
  let now = Date.parse('2026-11-23T10:00:00.000Z')
  const vendorPrograms = clientsIn(tree.root)
  const reader = createReader({ files: hostFiles(tree.root), labels: {}, vendorPrograms, now: () => now })
  let report: HostReport | null = null
  try {
    for (const change of changes) {
      tree.write(change)
      now += 5000
      report = hostReport.parse({ ...(await reader.read()), sequence: 1 })
    }
  } finally {
    reader.close()
    tree.remove()
  }
  if (report === null) throw new Error('a golden host needs a reading')
  return report
}

/** Without what differs from build to build. */
const normalized = (report: HostReport): HostReport => ({
  ...report,
  stateHash: '0000000000000000',
  agent: { ...report.agent, version: '0.0.0', runtime: 'node' },
  sources: report.sources.map((source) => ({ ...source, durationMs: 0 })),
})

test.each(Object.entries(goldenHosts))('%s', async (name, changes) => {
  const report = normalized(await reportOf(changes))
  const file = join(import.meta.dirname, 'golden', `${name}.json`)
  if (process.env.UPDATE_EXPECTED) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  expect(report).toEqual(JSON.parse(readFileSync(file, 'utf8')))
})
