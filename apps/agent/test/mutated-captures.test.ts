import { chmodSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostReport, reportLimitBytes } from '@graftwatch/contract/report'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostFiles } from '../src/host-files.ts'
import { createReader } from '../src/report.ts'
import { unpackCaptures } from './captures.ts'

const seed = Number(process.env.FAST_CHECK_SEED ?? Math.floor(Math.random() * 2 ** 31))
const limitMs = Number(process.env.FAST_CHECK_MS ?? (process.env.CI === 'true' ? 30_000 : 5000))
console.info(`readings of damaged captures: FAST_CHECK_SEED=${seed} FAST_CHECK_MS=${limitMs}`)

/** Every plain file of a tree, links left out. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesIn(path) : entry.isFile() ? [path] : []
  })
}

interface Damage {
  /** Which file, and where in it, from 0 to 1. */
  file: number
  at: number
  kind: 'bytes' | 'cut' | 'insert' | 'flip' | 'repeat'
  bytes: Uint8Array
}

const fraction = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const damage: fc.Arbitrary<Damage> = fc.record({
  file: fraction,
  at: fraction,
  kind: fc.constantFrom('bytes', 'cut', 'insert', 'flip', 'repeat'),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
})

function damaged(whole: Buffer, { at, kind, bytes }: Damage): Buffer {
  const head = whole.subarray(0, Math.floor(at * whole.length))
  const tail = whole.subarray(head.length)
  switch (kind) {
    case 'bytes':
      return Buffer.from(bytes)
    case 'cut':
      return head
    case 'insert':
      return Buffer.concat([head, bytes, tail])
    case 'flip':
      return Buffer.concat([head, Buffer.from([(tail[0] ?? 0) ^ (bytes[0] ?? 1)]), tail.subarray(1)])
    case 'repeat':
      return Buffer.concat(Array.from({ length: 100 }, () => tail))
  }
}

test(
  'a real kernel’s files, damaged anywhere: a reading is a report, and a source that cannot read says so',
  async () => {
    const captures = unpackCaptures(['stuck-user', 'stacked'])
    const trees = captures.trees
      .filter(({ view }) => view === 'root')
      .map(({ root }) => ({ root, files: filesIn(root) }))
    for (const { files } of trees)
      for (const file of files) if ((lstatSync(file).mode & 0o200) === 0) chmodSync(file, 0o600)
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...trees),
          fc.array(damage, { minLength: 1, maxLength: 60 }),
          async ({ root, files }, damages) => {
            const originals = new Map<string, Buffer>()
            const reader = createReader({ files: hostFiles(root), labels: {} })
            try {
              for (const one of damages) {
                const file = files[Math.floor(one.file * files.length)] ?? ''
                const whole = originals.get(file) ?? readFileSync(file)
                originals.set(file, whole)
                writeFileSync(file, damaged(whole, one))
              }
              const report = { ...(await reader.read()), sequence: 1 }
              hostReport.parse(report)
              expect(JSON.stringify(report).length).toBeLessThan(reportLimitBytes)
              for (const source of report.sources)
                if (source.status === 'failed') expect(source.reason).toMatch(/\S/)
            } finally {
              reader.close()
              for (const [file, whole] of originals) writeFileSync(file, whole)
            }
          },
        ),
        { seed, numRuns: 100_000, interruptAfterTimeLimit: limitMs, markInterruptAsFailure: false },
      )
    } finally {
      captures.remove()
    }
  },
  limitMs + 60_000,
)
