import { hostReport } from '@graftwatch/contract/report'
import { afterEach, describe, expect, test } from 'vitest'
import { type HostFiles, hostFiles } from '../src/host-files.ts'
import { createReader, type Reading } from '../src/report.ts'
import { createTree, type HostTree, type TreeFiles, unlisted } from './host-tree.ts'
import { kpatchPatch, refusal, rhel7, rhel7Release } from './kpatch-tree.ts'

let trees: HostTree[] = []
afterEach(() => {
  for (const tree of trees) tree.remove()
  trees = []
})

function aTree(...parts: TreeFiles[]): HostTree {
  const tree = createTree(Object.assign({}, rhel7, ...parts))
  trees.push(tree)
  return tree
}

const readingOf = (...parts: TreeFiles[]): Promise<Reading> => readingBy(hostFiles(aTree(...parts).root))

async function readingBy(files: HostFiles): Promise<Reading> {
  const now = () => Date.parse('2026-11-23T09:00:00.000Z')
  const reading = await createReader({ files, labels: {}, now }).read()
  hostReport.parse({ ...reading, sequence: 1 })
  return reading
}

const sourceOf = (reading: Reading) => reading.sources.find(({ name }) => name === 'kpatch-core')
const log = (...lines: string[]): TreeFiles => ({ 'dev/kmsg': lines.join('\n') })
const onDisk = (name: string): TreeFiles => ({ [`var/lib/kpatch/${rhel7Release}/${name}.ko`]: '' })

test('without kpatch.ko it is absent; with it and no patch it is ok', async () => {
  expect(sourceOf(await readingOf({ 'sys/kernel/': '' }))).toMatchObject({ status: 'absent' })
  expect(sourceOf(await readingOf({ 'sys/kernel/kpatch/': '' }))).toMatchObject({ status: 'ok', claims: [] })
})

test('a list of patches that cannot be read fails the source, and is not taken for an empty one', async () => {
  const { root } = aTree(kpatchPatch('kpatch_new', 1))
  expect(sourceOf(await readingBy(unlisted(root, 'sys/kernel/kpatch')))).toMatchObject({
    status: 'failed',
    reason: 'EIO listing /sys/kernel/kpatch',
  })
})

test('a loaded patch is applied, never in transition, and has the module’s identity', async () => {
  const reading = await readingOf(kpatchPatch('kpatch_new', 1))
  expect(reading.transition).toBeNull()
  expect(reading.patches).toMatchObject([
    {
      mechanism: 'kpatch-core',
      manager: 'kpatch',
      name: 'kpatch_new',
      state: 'applied',
      enabled: true,
      inTransition: false,
      replace: true,
      srcVersion: '0A1B2C3D4E5F60718293A4B',
      objects: [{ name: 'vmlinux', functions: [{ name: 'tcp_send_ack', position: 1 }] }],
    },
  ])
})

test('before 0.4 patches are a directory deeper, and whose their functions are is not said', async () => {
  const { patches } = await readingOf({
    'sys/kernel/kpatch/patches/kpatch_old/enabled': '1\n',
    'sys/kernel/kpatch/patches/kpatch_old/functions/tcp_send_ack/new_addr': '0xffffffffa0000000\n',
  })
  expect(patches).toMatchObject([{ name: 'kpatch_old', state: 'applied', objects: [] }])
})

test('one that another replaced stays listed and is left over; one that was switched off is disabled', async () => {
  const replaced = await readingOf(kpatchPatch('kpatch_old', 0), kpatchPatch('kpatch_new', 1))
  expect(replaced.patches.map(({ name, state }) => [name, state])).toEqual([
    ['kpatch_new', 'applied'],
    ['kpatch_old', 'leftover'],
  ])
  const off = await readingOf(kpatchPatch('kpatch_old', 0))
  expect(off.patches).toMatchObject([{ state: 'disabled', enabled: false }])
})

test('beside upstream livepatch its modules are not called left over by that one', async () => {
  const modules = 'kpatch_new 16384 1 - Live 0x0000000000000000 (OEK)\n'
  const reading = await readingOf(kpatchPatch('kpatch_new', 1), {
    'sys/kernel/livepatch/': '',
    'proc/modules': modules,
  })
  expect(reading.patches.map(({ mechanism, state }) => [mechanism, state])).toEqual([
    ['kpatch-core', 'applied'],
  ])
})

test('a flag that cannot be understood fails the source and is not called disabled', async () => {
  const reading = await readingOf({ 'sys/kernel/kpatch/kpatch_new/enabled': 'maybe\n' })
  expect(sourceOf(reading)).toMatchObject({
    status: 'failed',
    reason: '/sys/kernel/kpatch/kpatch_new/enabled holds neither 0 nor 1',
  })
})

describe('a load that was refused', () => {
  const failure = 'activeness safety check failed for tcp_send_ack: in use by my daemon (pid 1842)'

  test('is of the only patch on disk that is not on, and failed', async () => {
    const reading = await readingOf(
      kpatchPatch('kpatch_old', 1),
      onDisk('kpatch-old'),
      onDisk('kpatch-new'),
      onDisk('kpatch'),
      log(...refusal(100), ...refusal(102), ...refusal(104)),
    )
    expect(reading.patches.map(({ name, state }) => [name, state])).toEqual([
      ['kpatch_old', 'applied'],
      ['kpatch_new', 'failed'],
    ])
    expect(reading.patches[1]).toMatchObject({ enabled: false, failure })
    expect(reading.attempts).toEqual([
      {
        patch: 'kpatch_new',
        direction: 'patching',
        startedAt: '2026-11-23T08:34:49.000Z',
        endedAt: '2026-11-23T08:34:53.000Z',
        outcome: 'refused',
        failure,
      },
    ])
  })

  test('is of nobody known when several patches wait, and the source says what was refused', async () => {
    const reading = await readingOf(
      { 'sys/kernel/kpatch/': '' },
      onDisk('kpatch-a'),
      onDisk('kpatch-b'),
      log(...refusal(100)),
    )
    expect(reading.patches).toEqual([])
    expect(reading.attempts).toEqual([])
    expect(reading.events).toMatchObject([{ kind: 'load-failed', patch: null }])
    expect(sourceOf(reading)).toMatchObject({
      status: 'ok',
      reason: `a load was refused and the kernel does not name the patch: ${failure}. Load it again when that task has moved on.`,
    })
  })

  test('and then succeeds within the tool’s tries is one try that succeeded', async () => {
    const loaded = "[  106.000000] kpatch: loaded patch module 'kpatch_new'"
    const reading = await readingOf(
      kpatchPatch('kpatch_new', 1),
      log(...refusal(100), ...refusal(102), loaded),
    )
    expect(reading.patches).toMatchObject([{ state: 'applied' }])
    expect(reading.attempts).toMatchObject([
      { patch: 'kpatch_new', startedAt: '2026-11-23T08:34:49.000Z', outcome: 'completed', failure: null },
    ])
  })

  test('is that of the new patch, not of the one it replaced a moment before', async () => {
    const reading = await readingOf(
      kpatchPatch('kpatch_new', 1),
      log(
        ...refusal(100),
        "[  102.000000] kpatch: unloaded patch module 'kpatch_old'",
        "[  102.000100] kpatch: loaded patch module 'kpatch_new'",
      ),
    )
    expect(reading.attempts).toMatchObject([
      { patch: 'kpatch_new', direction: 'patching', outcome: 'completed' },
    ])
  })

  test('before an unload succeeded was no load, and names no patch on disk', async () => {
    const unloaded = "[  102.000000] kpatch: unloaded patch module 'kpatch_new'"
    const reading = await readingOf(
      kpatchPatch('kpatch_new', 0),
      onDisk('kpatch-new'),
      log(...refusal(100), unloaded),
    )
    expect(reading.patches).toMatchObject([{ state: 'disabled', enabled: false }])
    expect(reading.attempts).toMatchObject([{ patch: 'kpatch_new', direction: 'unpatching' }])
  })

  test('long before a load that succeeded stays a try of its own', async () => {
    const loaded = "[  400.000000] kpatch: loaded patch module 'kpatch_new'"
    const reading = await readingOf(kpatchPatch('kpatch_new', 1), log(...refusal(100), loaded))
    expect(reading.attempts).toMatchObject([{ patch: 'kpatch_new', outcome: 'completed' }])
    expect(sourceOf(reading)?.reason).toBeUndefined()
  })
})
