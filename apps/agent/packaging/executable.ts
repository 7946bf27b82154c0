import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeFlags } from './runtime.ts'

/** The mark in Node's binary that says whether an application was put into it. Source: Node's single-executable manual. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

interface Postject {
  inject(file: string, resource: string, data: Buffer, options: { sentinelFuse: string }): Promise<void>
}

/** The pinned Node for this kind of Linux, from npm; null when it is not installed, as for another processor than this one. */
export function pinnedNode(arch: 'x64' | 'arm64'): string | null {
  const path = fileURLToPath(new URL(`../../../node_modules/node-linux-${arch}/bin/node`, import.meta.url))
  return existsSync(path) ? path : null
}

/**
 * The agent as one executable that needs no Node.js: Node's own binary with the bundle inside. No code cache and no snapshot, so
 * that the same input gives the same bytes. Stripped where `strip` is there, which saves 17 MB and must come before: after, it
 * would cut the bundle off. Throws when the host's Node cannot make it.
 */
export async function executable(
  bundle: string,
  node: string,
): Promise<{ content: Buffer; isStripped: boolean }> {
  const folder = mkdtempSync(join(tmpdir(), 'graftwatch-executable-'))
  const file = (name: string): string => join(folder, name)
  try {
    writeFileSync(file('agent.cjs'), bundle)
    // Relative, since the name becomes part of the executable.
    const config = {
      main: 'agent.cjs',
      output: 'blob',
      disableExperimentalSEAWarning: true,
      execArgv: nodeFlags,
    }
    writeFileSync(file('sea.json'), JSON.stringify(config))
    const prepare = ['--experimental-sea-config', 'sea.json']
    const made = spawnSync(process.execPath, prepare, { cwd: folder, encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`Node could not prepare the executable: ${made.stderr}`)
    copyFileSync(node, file('agent'))
    chmodSync(file('agent'), 0o755)
    const isStripped = spawnSync('strip', ['--strip-all', file('agent')]).status === 0
    const { inject } = createRequire(import.meta.url)('postject') as Postject
    await inject(file('agent'), 'NODE_SEA_BLOB', readFileSync(file('blob')), { sentinelFuse: fuse })
    return { content: readFileSync(file('agent')), isStripped }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
