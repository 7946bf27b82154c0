import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hostReport } from '@graftwatch/contract/report'
import { afterEach, expect } from 'vitest'
import { hostFiles } from '../src/host-files.ts'
import type { PackagePrograms } from '../src/packages/package-programs.ts'
import { createReader, type Reading } from '../src/report.ts'
import { createTree, type HostTree } from './host-tree.ts'

/** Hosts with package databases, for the tests of what these tell. */

let trees: HostTree[] = []
afterEach(() => {
  for (const tree of trees) tree.remove()
  trees = []
})

/** Removed after the test. */
export function aTree(...parts: Record<string, string>[]): HostTree {
  const tree = createTree(Object.assign({}, ...parts))
  trees.push(tree)
  return tree
}

const noPrograms: PackagePrograms = {
  livePatchPackages: async () => null,
  kernelPackage: async () => null,
  loadedPatches: async () => null,
  rpmOwners: async () => null,
  dpkgOwners: async () => null,
}

/** Readings of one host with these answers of programs, each checked against the contract. */
export function aReader(tree: HostTree, programs: Partial<PackagePrograms> = {}) {
  const reader = createReader({
    files: hostFiles(tree.root),
    labels: {},
    now: () => Date.parse('2026-11-23T09:00:00.000Z'),
    packagePrograms: { ...noPrograms, ...programs },
  })
  return async (): Promise<Reading> => {
    const reading = await reader.read()
    hostReport.parse({ ...reading, sequence: 1 })
    return reading
  }
}

/**
 * Compares with the golden report; UPDATE_EXPECTED=1 writes it, and its diff is the review. Mechanisms that these hosts do not
 * have are left out.
 */
export function expectReport(reading: Reading, name: string): void {
  const report = {
    ...reading,
    stateHash: '0000000000000000',
    agent: { ...reading.agent, version: '0.0.0', runtime: 'node' },
    sources: reading.sources
      .filter(({ name }) => name === 'klp' || name === 'packages')
      .map((source) => ({ ...source, durationMs: 0 })),
  }
  const file = new URL(`captures/expected/${name}`, import.meta.url)
  if (process.env.UPDATE_EXPECTED) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  expect(report).toEqual(JSON.parse(readFileSync(file, 'utf8')))
}

export const sourceOf = (reading: Reading) => reading.sources.find(({ name }) => name === 'packages')

/** A program that always answers the same, and the paths it was asked for. */
export function noting(answer: string) {
  const asked: (readonly string[])[] = []
  const answers = async (paths: readonly string[]): Promise<string> => {
    asked.push(paths)
    return answer
  }
  return { asked, answers }
}

/** Of a shop's own patch; null when no package is known to have brought it. */
export const packageOfAcme = ({ patches }: Reading): string | null | undefined =>
  patches.find(({ name }) => name === 'acme')?.package

/** A paragraph of dpkg's status file. */
export const stanza = (name: string, version: string, status = 'install ok installed'): string =>
  `Package: ${name}\nStatus: ${status}\nArchitecture: amd64\nVersion: ${version}\nDescription: text\n longer text\n\n`

/** A kernel as a distribution installs it: an image and a directory of modules. */
export const kernel = (release: string): Record<string, string> => ({
  [`boot/vmlinuz-${release}`]: 'image',
  [`lib/modules/${release}/modules.dep`]: '',
})

/** The kernel of {@link debian}. */
export const running = '6.1.0-41-amd64'
export const debian = (status: string): Record<string, string> => ({
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  'sys/kernel/livepatch/': '',
  'proc/sys/kernel/osrelease': `${running}\n`,
  'proc/sys/kernel/version': '#1 SMP PREEMPT_DYNAMIC Debian 6.1.158-1 (2025-11-09)\n',
  'var/lib/dpkg/status': status,
})
export const debianKernel = stanza(`linux-image-${running}`, '6.1.158-1')

export function writeBytes(tree: HostTree, path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(join(tree.root, path)), { recursive: true })
  writeFileSync(join(tree.root, path), bytes)
}

/** A 64-bit ELF file that is nothing but a `.modinfo` section with this build. */
export function moduleOfBuild(srcVersion: string): Uint8Array {
  const modinfo = Buffer.from(`license=GPL\0srcversion=${srcVersion}\0livepatch=Y\0`)
  const names = Buffer.from('\0.modinfo\0.shstrtab\0')
  const bytes = Buffer.alloc(64 + 3 * 64)
  bytes.write('\u007fELF\u0002\u0001', 'latin1')
  bytes.writeBigUInt64LE(64n, 40)
  bytes.writeUInt16LE(64, 58)
  bytes.writeUInt16LE(3, 60)
  bytes.writeUInt16LE(2, 62)
  const put = (index: number, name: number, at: number, size: number): void => {
    bytes.writeUInt32LE(name, 64 + index * 64)
    bytes.writeBigUInt64LE(BigInt(at), 64 + index * 64 + 24)
    bytes.writeBigUInt64LE(BigInt(size), 64 + index * 64 + 32)
  }
  put(1, 1, bytes.length, modinfo.length)
  put(2, 10, bytes.length + modinfo.length, names.length)
  return Buffer.concat([bytes, modinfo, names])
}
