import { hostReport } from '@graftwatch/contract/report'
import { afterEach, describe, expect, test } from 'vitest'
import { hostFiles } from '../src/host-files.ts'
import { createReader, type Reading } from '../src/report.ts'
import { createTree, type HostTree, patch, type TreeFiles, task, unlisted } from './host-tree.ts'
import { functionTable, inProgress, kgraftPatch, olderTable, sle12 } from './kgraft-tree.ts'

let trees: HostTree[] = []
afterEach(() => {
  for (const tree of trees) tree.remove()
  trees = []
})

function aHost(...parts: TreeFiles[]) {
  const tree = createTree(Object.assign({}, sle12, ...parts))
  trees.push(tree)
  const clock = { ms: Date.parse('2026-11-23T09:00:00.000Z') }
  const reader = createReader({ files: hostFiles(tree.root), labels: {}, now: () => clock.ms })
  return {
    tree,
    async read(changes: TreeFiles = {}): Promise<Reading> {
      tree.write(changes)
      clock.ms += 5000
      const reading = await reader.read()
      hostReport.parse({ ...reading, sequence: 1 })
      return reading
    },
  }
}

const sourceOf = (reading: Reading, name = 'kgraft') => reading.sources.find((source) => source.name === name)
const aPatch = (functions: Parameters<typeof functionTable>[0], name = 'kgraft-patch-3') =>
  kgraftPatch(name, functionTable(functions))
const tasks = {
  ...task(1, { kgrInProgress: '0', comm: 'systemd' }),
  ...task(2, { kgrInProgress: '0', kthread: true, comm: 'kthreadd' }),
  ...task(50, { kgrInProgress: '1', comm: 'postgres', state: 'D', stack: '[<0>] io_schedule+0x1/0x2\n' }),
}
const applying = { ...inProgress(1), ...aPatch({ sys_newuname: 1, 'ext4:ext4_read': 5 }) }
const reverting = { ...inProgress(1), ...aPatch({ sys_newuname: 3, 'ext4:ext4_read': 5 }) }

test('a kernel without kGraft is absent; one with it and no patch is ok', async () => {
  expect(sourceOf(await aHost({ 'sys/kernel/': '' }).read())).toMatchObject({ status: 'absent' })
  const reading = await aHost(inProgress(0)).read()
  expect(sourceOf(reading)).toMatchObject({ status: 'ok', claims: [] })
  expect(reading.transition).toBeNull()
})

describe('a task is left behind while its flag is 1', () => {
  test.each([
    ['patching', applying, 'pending'],
    ['unpatching', reverting, 'disabled'],
  ] as const)('while %s', async (direction, files, state) => {
    const host = aHost(files, tasks)
    expect((await host.read()).transition?.direction).toBeNull()
    const { transition, patches } = await host.read()
    expect(transition).toMatchObject({
      mechanism: 'kgraft',
      patch: 'kgraft_patch_3',
      direction,
      tasks: { total: 3, migrated: 2, remaining: 1, kthreadsRemaining: 0, idleHidden: 0 },
      confidence: 'full',
      signalsByItself: null,
    })
    expect(patches).toMatchObject([{ state, inTransition: true }])
  })

  test('wherever in the kernel it sleeps: no frame is the reason', async () => {
    const { transition } = await aHost(applying, tasks).read()
    expect(transition?.blocking).toMatchObject([
      { comm: 'postgres', cause: 'not-at-boundary', blockingFunction: null, stack: ['io_schedule'] },
    ])
  })

  test('§14.18: by thread, whatever the leader’s own flag says', async () => {
    const leader = task(60, { kgrInProgress: '0', comm: 'java', threads: 2 })
    const worker = task(61, { pid: 60, kgrInProgress: '1', comm: 'GC', threads: 2 })
    const { transition } = await aHost(applying, tasks, leader, worker, {
      'proc/60/kgr_in_progress': '1\n',
    }).read()
    expect(transition?.blocking.map(({ pid, tid }) => [pid, tid])).toContainEqual([60, 61])
    expect(transition?.tasks).toMatchObject({ total: 5, remaining: 2 })
  })

  test('by process, on kernels that have no flag for threads', async () => {
    const { transition } = await aHost(
      applying,
      task(1, { comm: 'systemd' }),
      task(2, { comm: 'kthreadd', kthread: true }),
      task(60, { comm: 'java', threads: 2 }),
      task(61, { pid: 60, comm: 'GC', threads: 2 }),
      {
        'proc/1/kgr_in_progress': '0\n',
        'proc/2/kgr_in_progress': '0\n',
        'proc/60/kgr_in_progress': '1\n',
      },
    ).read()
    expect(transition).toMatchObject({
      confidence: 'full',
      tasks: { total: 3, migrated: 2, remaining: 1 },
      blocking: [{ pid: 60, tid: 60, comm: 'java' }],
    })
  })

  test('§14.6: flags that cannot be read leave the counts unknown', async () => {
    const { transition } = await aHost(applying, task(1, {}), task(2, { kthread: true })).read()
    expect(transition).toMatchObject({ confidence: 'none', tasks: { total: null, unreadable: 2 } })
  })
})

describe('the direction', () => {
  test('§14.59: is unknown while every function is skipped, and the transition runs all the same', async () => {
    const host = aHost(inProgress(1), aPatch({ 'ext4:ext4_read': 5 }), tasks)
    await host.read()
    const { transition, patches } = await host.read()
    expect(transition).toMatchObject({ patch: 'kgraft_patch_3', direction: null, tasks: { remaining: 1 } })
    expect(patches).toMatchObject([{ state: 'pending', enabled: null, inTransition: true }])
  })

  test('§14.59: is unknown while the telling functions are beyond the page that the kernel shows', async () => {
    const many = Object.fromEntries(Array.from({ length: 90 }, (_, n) => [`ext4:function_${n}`, 5 as const]))
    const table = functionTable({ ...many, sys_newuname: 1 }).slice(0, 4095)
    const reading = await aHost(inProgress(1), kgraftPatch('kgraft-patch-3', table), tasks).read()
    expect(reading.transition).toMatchObject({ patch: 'kgraft_patch_3', direction: null })
    expect(sourceOf(reading)).toMatchObject({
      status: 'ok',
      reason: 'the kernel shows only the first functions of kgraft_patch_3: the list here is not complete',
      claims: [{ raw: 'in_progress=1 functions: 69 skipped, more not shown' }],
    })
    expect(reading.patches[0]?.objects[0]?.functions).toHaveLength(69)
  })

  test('is that of the new patch, while it replaces an old one that its tasks still run', async () => {
    const old = kgraftPatch('kgraft-patch-2', functionTable({ sys_newuname: 2, pipe_read: 3 }))
    const host = aHost(old, applying, tasks)
    await host.read()
    const { transition, patches } = await host.read()
    expect(transition).toMatchObject({ patch: 'kgraft_patch_3', direction: 'patching' })
    expect(patches).toMatchObject([
      { name: 'kgraft_patch_2', state: 'applied', enabled: true, inTransition: false },
      { name: 'kgraft_patch_3', state: 'pending', enabled: true, inTransition: true },
    ])
  })
})

describe('at rest', () => {
  test('a patch is applied, and waits for the modules whose functions are skipped', async () => {
    const files = { ...inProgress(0), ...aPatch({ sys_newuname: 2, 'ext4:ext4_read': 5 }), 'sys/module/': '' }
    const { patches, transition } = await aHost(files).read()
    expect(transition).toBeNull()
    expect(patches).toMatchObject([
      {
        mechanism: 'kgraft',
        manager: 'kgr',
        name: 'kgraft_patch_3',
        state: 'applied',
        enabled: true,
        replace: true,
        srcVersion: 'B7E4A9D0C1F2A3B4C5D6E7F',
        refCount: 1,
        objects: [
          {
            name: 'vmlinux',
            patched: true,
            loaded: true,
            functions: [{ name: 'sys_newuname', position: 1 }],
          },
          { name: 'ext4', patched: false, loaded: false },
        ],
      },
    ])
  })

  test('the table of older trees has no positions', async () => {
    const files = kgraftPatch('kgraft-patch-3', olderTable({ sys_newuname: 2 }))
    const { patches } = await aHost(inProgress(0), files).read()
    expect(patches[0]?.objects).toMatchObject([{ functions: [{ name: 'sys_newuname', position: null }] }])
  })

  test.each([
    ['leftover', '1'],
    ['disabled', '0'],
  ])('a reverted one is %s beside an applied one whose replace_all is %s', async (state, replaceAll) => {
    const old = kgraftPatch('kgraft-patch-2', functionTable({ pipe_read: 4 }))
    const young = kgraftPatch('kgraft-patch-3', functionTable({ sys_newuname: 2 }), { replaceAll })
    const { patches } = await aHost(inProgress(0), old, young).read()
    expect(patches).toMatchObject([{ state, enabled: false }, { state: 'applied' }])
  })

  test('functions on the move contradict it, and the source fails rather than choose', async () => {
    const reading = await aHost(inProgress(0), aPatch({ sys_newuname: 1 })).read()
    expect(sourceOf(reading)).toMatchObject({
      status: 'failed',
      reason: 'functions of kgraft_patch_3 are on the move while in_progress reads 0',
    })
    expect(reading.patches).toEqual([])
  })
})

describe('what changes under the scan', () => {
  /** A reading of a host on which that happens at each scan, whose start asks for the time. */
  async function whileScanning(files: TreeFiles, happens: (tree: HostTree, scans: number) => void) {
    const tree = createTree({ ...sle12, ...files })
    trees.push(tree)
    let scans = 0
    const now = () => {
      happens(tree, ++scans)
      return Date.parse('2026-11-23T09:00:00.000Z')
    }
    const reading = await createReader({ files: hostFiles(tree.root), labels: {}, now }).read()
    hostReport.parse({ ...reading, sequence: 1 })
    return reading
  }

  test('its end, at which a replaced patch looks for a moment as if it were being reverted', async () => {
    const old = (state: 3 | 4) => kgraftPatch('kgraft-patch-2', functionTable({ pipe_read: state }))
    const young = aPatch({ sys_newuname: 2 })
    const reading = await whileScanning({ ...inProgress(1), ...old(3), ...young, ...tasks }, (tree) =>
      tree.write({ ...inProgress(0), ...old(4) }),
    )
    expect(reading.transition).toBeNull()
    expect(reading.patches.map(({ name, state }) => [name, state])).toEqual([
      ['kgraft_patch_2', 'leftover'],
      ['kgraft_patch_3', 'applied'],
    ])
    expect(reading.attempts).toEqual([])
  })

  test('and never holds still leaves the counts in doubt', async () => {
    const { transition } = await whileScanning({ ...applying, ...tasks }, (tree, scans) =>
      tree.write(aPatch({ sys_newuname: scans % 2 === 0 ? 1 : 3 })),
    )
    expect(transition).toMatchObject({ direction: null, confidence: 'partial', confidenceReason: 'race' })
  })

  test('§14.47: as does another boot', async () => {
    const { transition } = await whileScanning({ ...applying, ...tasks }, (tree, scans) =>
      tree.write({
        'proc/sys/kernel/random/boot_id': `526336d7-8775-45d4-a5d9-${String(scans).padStart(12, '0')}\n`,
      }),
    )
    expect(transition).toMatchObject({ confidence: 'partial', confidenceReason: 'race' })
  })
})

test('a list of patches that cannot be read fails the source, and is not taken for an empty one', async () => {
  const { tree } = aHost(inProgress(0), aPatch({ sys_newuname: 2 }))
  const files = unlisted(tree.root, 'sys/kernel/kgraft')
  expect(sourceOf(await createReader({ files, labels: {} }).read())).toMatchObject({
    status: 'failed',
    reason: 'EIO listing /sys/kernel/kgraft',
  })
})

test('a transition without any patch, and a table that is none, fail the source', async () => {
  expect(sourceOf(await aHost(inProgress(1), tasks).read())).toMatchObject({
    status: 'failed',
    reason: '/sys/kernel/kgraft/in_progress reads 1 and no patch is listed',
  })
  const odd = kgraftPatch('kgraft-patch-3', 'Function Colour\nx blue\n')
  expect(sourceOf(await aHost(inProgress(0), odd).read())).toMatchObject({ status: 'failed' })
  expect(sourceOf(await aHost({ 'sys/kernel/kgraft/in_progress': 'maybe\n' }).read())).toMatchObject({
    status: 'failed',
    reason: '/sys/kernel/kgraft/in_progress holds neither 0 nor 1',
  })
})

describe('the kernel log', () => {
  const log = (...lines: string[]): TreeFiles => ({ 'dev/kmsg': lines.join('\n') })
  const named = kgraftPatch('getpid_patcher', functionTable({ sys_getpid: 1 }), {
    name: 'kgraft_patch_getpid',
  })

  test('§14.60: knows a patch by its own name; everywhere it is called by its module', async () => {
    const lines = log("[  100.000000] kgr: applying patch 'getpid_patcher'")
    const reading = await aHost(inProgress(1), named, tasks, lines).read()
    expect(reading.transition).toMatchObject({
      patch: 'kgraft_patch_getpid',
      direction: 'patching',
      startedAt: '2026-11-23T08:34:49.000Z',
      startedAtSource: 'kernel-log',
    })
    expect(reading.attempts).toMatchObject([{ patch: 'kgraft_patch_getpid', endedAt: null }])
    expect(reading.events).toMatchObject([{ kind: 'transition-started', patch: 'kgraft_patch_getpid' }])
  })

  test('tells the end, a force, and a revert that came after', async () => {
    const { attempts, patches } = await aHost(
      inProgress(0),
      aPatch({ sys_newuname: 4 }),
      log(
        "[  100.000000] kgr: applying patch 'kgraft-patch-3'",
        '[  130.000000] kgr still in progress after timeout, will keep trying every 2 seconds',
        "[  150.000000] kgr: all processes marked as migrated on admin's request",
        '[  152.000000] kgr succeeded',
        "[  200.000000] kgr: reverting patch 'kgraft-patch-3'",
        '[  202.000000] kgr succeeded',
      ),
    ).read()
    expect(attempts.map(({ patch: name, direction, outcome }) => [name, direction, outcome])).toEqual([
      ['kgraft_patch_3', 'patching', 'forced'],
      ['kgraft_patch_3', 'unpatching', 'completed'],
    ])
    expect(patches).toMatchObject([{ state: 'disabled', forced: true }])
  })

  test('that lost an end shows by a revert that the patch had been applied', async () => {
    const { attempts } = await aHost(
      inProgress(0),
      aPatch({ sys_newuname: 4 }),
      log(
        "[  100.000000] kgr: applying patch 'kgraft-patch-3'",
        "[  200.000000] kgr: reverting patch 'kgraft-patch-3'",
        '[  202.000000] kgr succeeded',
      ),
    ).read()
    expect(attempts.map(({ direction, outcome }) => [direction, outcome])).toEqual([
      ['patching', 'completed'],
      ['unpatching', 'completed'],
    ])
  })

  test('tells a load that was refused before anything moved', async () => {
    const { attempts } = await aHost(
      inProgress(0),
      log(
        "[  100.000000] kgr: applying patch 'kgraft-patch-3'",
        '[  100.000100] kgr: patching failed. Previous state was recovered.',
      ),
    ).read()
    expect(attempts).toMatchObject([{ patch: 'kgraft-patch-3', direction: 'patching', outcome: 'refused' }])
  })
})

test('without a log, two readings at rest end an attempt', async () => {
  const host = aHost(applying, tasks)
  await host.read()
  await host.read()
  const done = { ...inProgress(0), ...aPatch({ sys_newuname: 2, 'ext4:ext4_read': 5 }) }
  expect((await host.read(done)).attempts).toMatchObject([{ endedAt: null }])
  expect((await host.read()).attempts).toMatchObject([
    { patch: 'kgraft_patch_3', direction: 'patching', outcome: 'completed' },
  ])
})

test('§14.47: after another boot the same patch in transition is another story', async () => {
  const host = aHost(applying, tasks)
  await host.read()
  await host.read()
  const boot = { 'proc/sys/kernel/random/boot_id': '00000000-8775-45d4-a5d9-59b8186d0429\n' }
  const { transition, attempts } = await host.read(boot)
  expect(transition).toMatchObject({ direction: null, startedAt: '2026-11-23T09:00:15.000Z' })
  expect(attempts).toEqual([])
})

test('beside upstream livepatch each keeps its own: a transition of one is not ended by the rest of the other', async () => {
  const modules = 'kgraft_patch_3 16384 1 - Live 0x0000000000000000 (OEK)\n'
  const host = aHost(applying, tasks, patch(1, 0, 'livepatch_7'), { 'proc/modules': modules })
  for (let readings = 0; readings < 4; readings++) await host.read()
  const reading = await host.read()
  expect([sourceOf(reading, 'klp')?.status, sourceOf(reading)?.status]).toEqual(['ok', 'ok'])
  expect(reading.patches.map(({ mechanism, name, state }) => [mechanism, name, state])).toEqual([
    ['klp', 'livepatch_7', 'applied'],
    ['kgraft', 'kgraft_patch_3', 'pending'],
  ])
  expect(reading.transition).toMatchObject({ mechanism: 'kgraft', direction: 'patching' })
  expect(reading.attempts).toMatchObject([{ patch: 'kgraft_patch_3', endedAt: null, outcome: null }])
})
