import { createHash } from 'node:crypto'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { openSpool, type Spool, type SpooledReport, type SpoolOptions } from '../src/spool.ts'
import { openSpoolDisk } from '../src/spool-disk.ts'
import { fillingDisk } from './filling-disk.ts'

const folder = mkdtempSync(join(tmpdir(), 'graftwatch-spool-'))
afterAll(() => rmSync(folder, { recursive: true }))

const newFolder = () => mkdtempSync(join(folder, 'spool-'))

const report = (sequence: number, isStateChange: boolean, size = 100): SpooledReport => ({
  sequence,
  isStateChange,
  read: { machineId: 'm', bootId: 'b', atMs: sequence, uptimeMs: null },
  body: Buffer.alloc(size, sequence % 256),
})

function open(path: string, options: Partial<SpoolOptions> = {}) {
  const counted = { dropped: 0, lines: [] as string[] }
  const spool = openSpool({
    disk: openSpoolDisk(path),
    onDropped: (count) => (counted.dropped += count),
    log: (line) => counted.lines.push(line),
    ...options,
  })
  return { spool, counted }
}

function drain(spool: Spool): SpooledReport[] {
  const reports: SpooledReport[] = []
  for (let first = spool.first(); first; first = spool.first()) {
    reports.push(first)
    spool.shift()
  }
  return reports
}

const sequences = (spool: Spool) => drain(spool).map(({ sequence }) => sequence)

test('what was not answered is there in the next run, whole and in order, and what was is not', () => {
  const path = newFolder()
  const { spool } = open(path)
  for (let sequence = 8; sequence <= 12; sequence++) spool.push(report(sequence, sequence % 2 === 0))
  expect(spool.first()?.sequence).toBe(8)
  spool.shift()
  const next = open(path)
  expect(next.spool).toMatchObject({ length: 4, lastSequence: 12 })
  expect(drain(next.spool)).toEqual([9, 10, 11, 12].map((sequence) => report(sequence, sequence % 2 === 0)))
  expect(readdirSync(path)).toEqual([])
})

test('a full spool drops the oldest samples first and state changes last, and counts them', () => {
  const { spool, counted } = open(newFolder(), { maxReports: 3 })
  const kinds = [true, false, false, true, false, true]
  kinds.forEach((isStateChange, index) => {
    spool.push(report(index + 1, isStateChange))
  })
  expect(sequences(spool)).toEqual([1, 4, 6])
  expect(counted.dropped).toBe(3)
})

test('its bytes are bounded as they are on disk', () => {
  const path = newFolder()
  const { spool, counted } = open(path, { maxBytes: 2000 })
  for (let sequence = 1; sequence <= 10; sequence++) spool.push(report(sequence, true, 500))
  const bytes = readdirSync(path).map((name) => readFileSync(join(path, name)).length)
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(2000)
  expect(sequences(spool)).toEqual([8, 9, 10])
  expect(counted.dropped).toBe(7)
})

test('a report cut off or damaged on disk is not sent, but counted; those around it are', () => {
  const seed = Number(process.env.FAST_CHECK_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.info(`damaged spool: FAST_CHECK_SEED=${seed}`)
  const body = gzipSync(JSON.stringify({ reportVersion: 1, patches: [] }))
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.boolean(),
      (where, isCut) => {
        const path = newFolder()
        const { spool } = open(path)
        for (const sequence of [1, 2, 3]) spool.push({ ...report(sequence, true), body })
        const victim = join(path, '0000000000000002.change')
        const content = readFileSync(victim)
        const at = Math.floor(where * content.length)
        if (isCut) truncateSync(victim, at)
        else {
          content[at] = (content[at] ?? 0) ^ 0xff
          writeFileSync(victim, content)
        }
        const next = open(path)
        expect(sequences(next.spool)).toEqual([1, 3])
        expect(next.counted.dropped).toBe(1)
      },
    ),
    { seed, numRuns: 60 },
  )
})

/** A file with a right checksum, as only this program, an older one or somebody who means ill leaves. */
function plant(path: string, sequence: string, content: string): void {
  const sum = createHash('sha256').update(content).digest('hex').slice(0, 32)
  writeFileSync(join(path, `${sequence.padStart(16, '0')}.change`), `${sum}\n${content}`)
}

test.each(['null\nx', '{\nx', '[]\nx', '{"machineId":1,"bootId":"b","atMs":0,"uptimeMs":null}\nx', 'x', ''])(
  'a whole file with %j in front is forgotten and counted, and what follows is sent',
  (content) => {
    const path = newFolder()
    open(path).spool.push(report(2, true))
    plant(path, '1', content)
    const { spool, counted } = open(path)
    expect(sequences(spool)).toEqual([2])
    expect(counted.dropped).toBe(1)
    expect(readdirSync(path)).toEqual([])
  },
)

test('a file of more than 1 MiB is never read, and a number that is no sequence is none of ours', () => {
  const path = newFolder()
  open(path).spool.push(report(2, true))
  plant(path, '1', 'x'.repeat(1024 * 1024))
  plant(path, '9'.repeat(16), 'x')
  const { spool, counted } = open(path)
  expect(spool).toMatchObject({ length: 1, lastSequence: 2 })
  expect(counted.dropped).toBe(1)
})

test('a link in the way is replaced, and what it leads to stays as it was', () => {
  const path = newFolder()
  const victim = join(folder, 'victim')
  writeFileSync(victim, 'whole')
  symlinkSync(victim, join(path, '.new'))
  open(path).spool.push(report(1, true))
  expect(readFileSync(victim, 'utf8')).toBe('whole')
  expect(sequences(open(path).spool)).toEqual([1])
})

test('what is not a report, such as a file that a crash left unfinished, is left out', () => {
  const path = newFolder()
  writeFileSync(join(path, '.new'), 'half')
  writeFileSync(join(path, 'notes'), 'x')
  const { spool, counted } = open(path)
  spool.push(report(1, true))
  expect(sequences(spool)).toEqual([1])
  expect(counted.dropped).toBe(0)
})

test('a full disk: said once, kept in memory within its bound, in order, and on disk again when there is room', () => {
  const path = newFolder()
  const disk = fillingDisk(openSpoolDisk(path), { maxFiles: 2 })
  const { spool, counted } = open(path, { disk, maxMemoryBytes: 350 })
  for (let sequence = 1; sequence <= 8; sequence++) spool.push(report(sequence, sequence !== 4))
  // 1 and 2 are on disk, 3 to 8 were held; the sample went first, then the oldest of those in memory.
  expect(counted).toEqual({ dropped: 3, lines: [expect.stringMatching(/ENOSPC.*memory/)] })
  expect(spool.first()?.sequence).toBe(1)
  disk.maxFiles = 100
  spool.push(report(9, true))
  expect(counted.lines.slice(1)).toEqual(['reports wait on disk again.'])
  expect(sequences(open(path).spool)).toEqual([1, 2, 6, 7, 8, 9])
})

test('a disk that takes nothing at all costs no report within the bound of memory', () => {
  // /proc takes no new names from anybody, root included.
  const { spool, counted } = open('/proc/graftwatch')
  for (const sequence of [1, 2, 3]) spool.push(report(sequence, true))
  expect(sequences(spool)).toEqual([1, 2, 3])
  expect(counted).toEqual({ dropped: 0, lines: [expect.stringContaining('/proc/graftwatch does not take')] })
})
