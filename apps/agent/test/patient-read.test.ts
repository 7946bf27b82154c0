import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type HostFiles, hostFiles } from '../src/host-files.ts'
import { createPatientReader } from '../src/patient-read.ts'

let folder: string
let ends: (() => void)[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graftwatch-patient-'))
  ends = []
})
afterEach(() => {
  for (const end of ends) end()
  rmSync(folder, { recursive: true })
})

/** A pipe, of which a read blocks until something is written: as the kernel's own locks make a read of a stack block. */
function aBlockedFile(): { files: HostFiles; release: () => void } {
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  const writer = openSync(path, constants.O_RDWR)
  ends.push(() => closeSync(writer))
  const tree = hostFiles(folder)
  return {
    files: {
      ...tree,
      open: (name) =>
        name === 'pipe' ? { descriptor: openSync(path, constants.O_RDWR), isFile: false } : tree.open(name),
    },
    release: () => void writeSync(writer, 'late\n'),
  }
}

test('a read that blocks is given up, holds nothing else, and is not joined by another until it ends', async () => {
  const { files, release } = aBlockedFile()
  const reader = createPatientReader(20)
  let turns = 0
  const ticking = setInterval(() => turns++, 1)
  expect(await reader.text(files, 'pipe')).toBeNull()
  clearInterval(ticking)
  expect(turns).toBeGreaterThan(0)
  const other = { ...files, open: () => expect.fail('another read was begun') }
  expect(await reader.text(other, 'other')).toBeNull()

  const next = async (): Promise<string | null> => {
    release()
    return reader.text(files, 'pipe')
  }
  await expect.poll(next).toContain('late')
})

test('what is not there is null', async () => {
  expect(await createPatientReader().text(hostFiles(folder), 'proc/1/stack')).toBeNull()
})
