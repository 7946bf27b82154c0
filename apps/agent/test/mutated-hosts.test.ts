import { hostReport, reportLimitBytes } from '@graftwatch/contract/report'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostFiles } from '../src/host-files.ts'
import { createReader } from '../src/report.ts'
import { goldenHosts } from './golden/hosts.ts'
import { createTree, type HostTree, type TreeFiles } from './host-tree.ts'

const seed = Number(process.env.FAST_CHECK_SEED ?? Math.floor(Math.random() * 2 ** 31))
const limitMs = Number(process.env.FAST_CHECK_MS ?? (process.env.CI === 'true' ? 30_000 : 5000))
console.info(`readings of damaged hosts: FAST_CHECK_SEED=${seed} FAST_CHECK_MS=${limitMs}`)

interface Damage {
  file: number
  /** Where in the file, from 0 to 1. */
  at: number
  kind: 'bytes' | 'cut' | 'insert' | 'repeat' | 'digits' | 'gone' | 'directory' | 'loop'
  bytes: Uint8Array
}

const damage: fc.Arbitrary<Damage> = fc.record({
  file: fc.nat(),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  kind: fc.constantFrom('bytes', 'cut', 'insert', 'repeat', 'digits', 'gone', 'directory', 'loop'),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
})

function apply(tree: HostTree, files: TreeFiles, { file, at, kind, bytes }: Damage): void {
  const texts = Object.entries(files).filter(([, content]) => typeof content === 'string' && content !== '')
  const [path = '', text] = texts[file % texts.length] ?? []
  const whole = Buffer.from(String(text))
  const head = whole.subarray(0, Math.floor(at * whole.length))
  const tail = whole.subarray(head.length)
  tree.write({ [path]: null })
  if (kind === 'gone') return
  const otherDigit = (digit: string): string => String((Number(digit) + file) % 10)
  const written = {
    bytes: { [path]: bytes },
    cut: { [path]: head },
    insert: { [path]: Buffer.concat([head, bytes, tail]) },
    repeat: { [path]: Buffer.concat(Array.from({ length: 200 }, () => tail)) },
    digits: { [path]: String(text).replace(/\d/g, otherDigit) },
    directory: { [`${path}/`]: '' },
    loop: { [path]: { link: path.split('/').at(-1) ?? '' } },
  }
  tree.write(written[kind])
}

/** What changed on the host meanwhile; where the damage left a directory or a loop in its way, nothing did. */
function change(tree: HostTree, files: TreeFiles): void {
  for (const [path, content] of Object.entries(files)) {
    try {
      tree.write({ [path]: content })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EISDIR' && code !== 'ELOOP') throw error
    }
  }
}

test(
  'whatever its files hold, a reading is a report, and a source that cannot read says so',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(goldenHosts)),
        fc.array(damage, { minLength: 1, maxLength: 6 }),
        async (name, damages) => {
          const [first = {}, ...later] = goldenHosts[name] ?? []
          const tree = createTree(first)
          let now = Date.parse('2026-11-23T10:00:00.000Z')
          const reader = createReader({ files: hostFiles(tree.root), labels: {}, now: () => now })
          try {
            for (const one of damages) apply(tree, first, one)
            for (const files of [{}, ...later]) {
              change(tree, files)
              now += 5000
              const report = { ...(await reader.read()), sequence: 1 }
              hostReport.parse(report)
              expect(JSON.stringify(report).length).toBeLessThan(reportLimitBytes)
              for (const source of report.sources)
                if (source.status === 'failed') expect(source.reason).toMatch(/\S/)
            }
          } finally {
            reader.close()
            tree.remove()
          }
        },
      ),
      { seed, numRuns: 100_000, interruptAfterTimeLimit: limitMs, markInterruptAsFailure: false },
    )
  },
  limitMs + 60_000,
)
