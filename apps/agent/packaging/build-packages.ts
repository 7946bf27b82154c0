import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { bundle, version } from './bundle.mjs'
import type { PackageFacts, Program } from './contents.ts'
import { deb } from './deb.ts'
import { executable, pinnedNode } from './executable.ts'
import { rpm } from './rpm.ts'

/** What was built, by file name. */
export interface Built {
  files: Map<string, Buffer>
  /** The executables before they were packed, by processor. */
  executables: Map<'x64' | 'arm64', Buffer>
  /** What is not there or not as it could be, in sentences. */
  notes: string[]
}

const architectures = ['x64', 'arm64'] as const

/**
 * Every form the agent is handed out in: the single file, an executable for each processor whose Node is installed, and of each of
 * them a .deb and a .rpm; and SHA256SUMS over all. The same sources, Node and `epochSeconds` give the same bytes.
 */
export async function buildPackages(epochSeconds: number): Promise<Built> {
  const files = new Map<string, Buffer>()
  const executables: Built['executables'] = new Map()
  const notes: string[] = []
  const add = (program: Program, arch: PackageFacts['arch']): void => {
    for (const pack of [deb, rpm]) {
      const { name, content } = pack(program, { version, epochSeconds, arch })
      files.set(name, content)
    }
  }
  const single = await bundle('esm')
  files.set('graftwatch-agent.mjs', single)
  add({ name: 'graftwatch-agent.mjs', content: single }, null)
  const inner = (await bundle('cjs')).toString('utf8')
  for (const arch of architectures) {
    const node = pinnedNode(arch)
    if (node === null) {
      notes.push(`No executable for ${arch}: npm installs the Node of this machine's processor alone.`)
      continue
    }
    const { content, isStripped } = await executable(inner, node)
    if (!isStripped)
      notes.push(
        `The executable for ${arch} is 17 MB larger than it need be: there is no strip (binutils) here.`,
      )
    executables.set(arch, content)
    files.set(`graftwatch-agent-linux-${arch}.gz`, gzipSync(content, { level: 6 }))
    add({ name: 'graftwatch-agent', content }, arch)
  }
  const sums = [...files].map(
    ([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`,
  )
  files.set('SHA256SUMS', Buffer.from(sums.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join('')))
  return { files, executables, notes }
}
