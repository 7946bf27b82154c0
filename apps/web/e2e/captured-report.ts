import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HostReport } from '@graftwatch/contract'

const agent = fileURLToPath(new URL('../../agent/', import.meta.url))

/** What the agent reports of a real kernel: one moment of a capture, read as one of the captured readers. */
export function capturedReport(
  capture: string,
  moment: string,
  reader: 'root' | 'nobody' = 'root',
): HostReport {
  const folder = mkdtempSync(join(tmpdir(), 'graftwatch-capture-'))
  try {
    execFileSync('tar', ['-xzf', join(agent, 'test/captures', `${capture}.tar.gz`), '-C', folder])
    const tree = join(folder, capture, 'snapshots', moment, reader)
    const said = execFileSync(process.execPath, [join(agent, 'src/entry.ts'), 'snapshot', '--root', tree], {
      env: { PATH: process.env.PATH, GRAFTWATCH_STATE_DIR: join(folder, 'state') },
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    })
    return JSON.parse(said) as HostReport
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
