import { hostReport } from '@graftwatch/contract/report'
import { afterEach, expect, test } from 'vitest'
import { hostFiles } from '../src/host-files.ts'
import { createReader, type Reading } from '../src/report.ts'
import { createTree, type HostTree, patch, task } from './host-tree.ts'

let trees: HostTree[] = []
afterEach(() => {
  for (const tree of trees) tree.remove()
  trees = []
})

function aTree(...parts: Record<string, string>[]): HostTree {
  const tree = createTree(Object.assign({}, ...parts))
  trees.push(tree)
  return tree
}

const morning = Date.parse('2026-11-23T09:00:00.000Z')

/** A reader whose clock stands still until it is moved. */
function aReader(tree: HostTree) {
  const clock = { ms: morning }
  const reader = createReader({ files: hostFiles(tree.root), labels: {}, now: () => clock.ms })
  return {
    clock,
    async read(): Promise<Reading> {
      const reading = await reader.read()
      hostReport.parse({ ...reading, sequence: 1 })
      return reading
    },
  }
}

const sourceOf = (reading: Reading, name: string) => reading.sources.find((source) => source.name === name)
const moving = [task(1, { patchState: '1' }), task(2, { patchState: '1', kthread: true, comm: 'kthreadd' })]

test('without sysfs the source has failed, which is not the same as no patch', async () => {
  const reading = await aReader(
    (() => {
      const tree = aTree()
      tree.write({ sys: null })
      return tree
    })(),
  ).read()
  expect(sourceOf(reading, 'klp')).toMatchObject({ status: 'failed', reason: 'no-sysfs' })
})

test('a kernel without livepatch is absent, one without patches is ok', async () => {
  expect(sourceOf(await aReader(aTree({ 'sys/kernel/': '' })).read(), 'klp')).toMatchObject({
    status: 'absent',
  })
  const reading = await aReader(aTree({ 'sys/kernel/livepatch/': '' })).read()
  expect(sourceOf(reading, 'klp')).toMatchObject({ status: 'ok', claims: [] })
  expect(reading.patches).toEqual([])
})

test('a kernel before 4.12 has patches and no transitions', async () => {
  const reading = await aReader(aTree({ 'sys/kernel/livepatch/p/enabled': '1\n' })).read()
  expect(reading.patches).toMatchObject([{ name: 'p', state: 'applied', inTransition: false }])
  expect(reading.transition).toBeNull()
})

test('a patch whose flag cannot be understood fails the source and is not called disabled', async () => {
  const reading = await aReader(aTree({ 'sys/kernel/livepatch/p/enabled': 'maybe\n' })).read()
  expect(sourceOf(reading, 'klp')).toMatchObject({ status: 'failed' })
  expect(reading.patches).toEqual([])
})

test.each([
  ['cannot be read', { 'sys/kernel/livepatch/p/transition/': '' }, 'EISDIR reading'],
  ['holds something else', { 'sys/kernel/livepatch/p/transition': 'x\n' }, 'holds neither 0 nor 1'],
])('a transition flag that %s fails the source and ends no transition', async (_, flag, why) => {
  const tree = aTree(patch(1, 1), ...moving)
  const reader = aReader(tree)
  await reader.read()
  await reader.read()
  tree.write({ 'sys/kernel/livepatch/p/transition': null })
  tree.write(flag)
  for (let count = 0; count < 2; count++) {
    const reading = await reader.read()
    expect(sourceOf(reading, 'klp')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining(why),
    })
    expect([reading.patches, reading.attempts]).toMatchObject([[], [{ patch: 'p', outcome: null }]])
  }
})

test('the first sample of a load looks like an unpatching that is done, and announces nothing', async () => {
  const tree = aTree(patch(0, 1), task(1, { patchState: '0' }), task(2, { patchState: '0', kthread: true }))
  const reader = aReader(tree)
  const first = await reader.read()
  expect(first.transition?.direction).toBeNull()
  expect(first.patches[0]?.state).toBe('pending')

  tree.write(patch(1, 1))
  const second = await reader.read()
  expect(second.transition).toMatchObject({ direction: null, tasks: { total: 2, migrated: 0, remaining: 2 } })
  expect((await reader.read()).transition?.direction).toBe('patching')
})

test('a reversal is announced when seen twice, and keeps the start of the whole story', async () => {
  const tree = aTree(patch(1, 1), ...moving)
  const reader = aReader(tree)
  await reader.read()
  reader.clock.ms += 5000
  expect((await reader.read()).transition?.direction).toBe('patching')

  tree.write(patch(0, 1))
  expect((await reader.read()).transition?.direction).toBeNull()
  const reversed = await reader.read()
  expect(reversed.transition).toMatchObject({
    direction: 'unpatching',
    startedAt: new Date(morning).toISOString(),
    startedAtSource: 'observed',
    tasks: { migrated: 0, remaining: 2, kthreadsRemaining: 1 },
  })
  expect(reversed.patches[0]?.state).toBe('disabled')
  expect(reversed.events.map(({ kind }) => kind)).toEqual(['transition-started', 'transition-reversed'])
})

test('an attempt ends when two readings show no transition: completed, or reversed if it ended elsewhere', async () => {
  for (const [last, outcome] of [
    [patch(1, 0), 'completed'],
    [{ 'sys/kernel/livepatch/p': null }, 'reversed'],
  ] as const) {
    const tree = aTree(patch(1, 1), ...moving)
    const reader = aReader(tree)
    await reader.read()
    await reader.read()
    tree.write(last)
    expect((await reader.read()).attempts).toMatchObject([{ endedAt: null, outcome: null }])
    expect((await reader.read()).attempts).toMatchObject([{ patch: 'p', direction: 'patching', outcome }])
  }
})

test('the kernel log confirms a direction at once and knows when it started', async () => {
  const log = [
    "5,10,8315399,-;livepatch: enabling patch 'p'",
    "5,11,8326767,-;livepatch: 'p': starting patching transition",
    ' SUBSYSTEM=none',
    '5,12,23770938,-;livepatch: signaling remaining tasks',
  ].join('\n')
  const reading = await aReader(aTree(patch(1, 1), ...moving, { 'dev/kmsg': log })).read()
  expect(reading.transition).toMatchObject({
    direction: 'patching',
    startedAt: '2026-11-23T08:33:17.326Z',
    startedAtSource: 'kernel-log',
  })
  expect(reading.events.map(({ kind, patch: name }) => [kind, name])).toEqual([
    ['patch-enabling', 'p'],
    ['transition-started', 'p'],
    ['tasks-signaled', 'p'],
  ])
})

test('a boot id that cannot be read for once is no other boot, and the host is the same', async () => {
  const log = [
    "6,1,1000000,-;livepatch: 'p': starting patching transition",
    '6,2,1600000,-;livepatch: forcing remaining tasks to the patched state',
    "6,3,2000000,-;livepatch: 'p': patching complete",
  ].join('\n')
  const tree = aTree(patch(1, 0), { 'dev/kmsg': log })
  tree.write({ 'etc/machine-id': null })
  const reader = aReader(tree)
  const first = await reader.read()
  const path = 'proc/sys/kernel/random/boot_id'
  tree.write({ [path]: null })
  tree.write({ [`${path}/`]: '' })
  const second = await reader.read()
  expect([second.kernel, second.host]).toEqual([first.kernel, first.host])
  expect(second.attempts).toMatchObject([{ patch: 'p', outcome: 'forced' }])
  tree.write({ [path]: null })
  tree.write({ [path]: 'another-boot\n' })
  expect(await reader.read()).toMatchObject({ kernel: { bootId: 'another-boot' }, attempts: [] })
})

test('the kernel log tells what came before the agent: a reversal, a refusal, a force', async () => {
  const log = [
    '[    8.1] nothing to see',
    "[    8.315399] livepatch: enabling patch 'a'",
    "[    8.326767] livepatch: 'a': starting patching transition",
    "[   83.000000] livepatch: 'a': starting unpatching transition",
    "[   84.000000] livepatch: 'a': unpatching complete",
    "[   90.000000] livepatch: enabling patch 'b'",
    "[   90.100000] livepatch: failed to enable patch 'b'",
    "[   91.000000] livepatch: 'p': starting patching transition",
    '[   99.000000] livepatch: forcing remaining tasks to the patched state',
    "[   99.100000] livepatch: 'p': patching complete",
  ].join('\n')
  const reading = await aReader(aTree(patch(1, 0), { 'dev/kmsg': log })).read()
  expect(reading.attempts.map(({ patch: name, direction, outcome }) => [name, direction, outcome])).toEqual([
    ['a', 'patching', 'reversed'],
    ['b', 'patching', 'refused'],
    ['p', 'patching', 'forced'],
  ])
  expect(reading.attempts[0]).toMatchObject({
    startedAt: '2026-11-23T08:33:17.326Z',
    endedAt: '2026-11-23T08:34:33.000Z',
  })
  expect(reading.patches[0]?.forced).toBe(true)
})

test('most tasks outside the transition is an edge, never a hundred percent', async () => {
  const tasks = [1, 2, 3, 4].map((tid) => task(tid, { patchState: tid === 4 ? '1' : '-1' }))
  const { transition } = await aReader(aTree(patch(1, 1), ...tasks)).read()
  expect(transition).toMatchObject({ confidence: 'partial', confidenceReason: 'edge' })
})

test('a task whose state is refused makes the counts a lower bound; one that is gone counts nowhere', async () => {
  const tree = aTree(patch(1, 1), ...moving, task(3, { patchState: null }), { 'proc/4/task/4/': '' })
  const { transition } = await aReader(tree).read()
  expect(transition).toMatchObject({
    confidence: 'partial',
    confidenceReason: 'eacces',
    tasks: { total: 2, migrated: 2, remaining: 0, unreadable: 1, idleHidden: 4 },
  })
})

test('flags that change under every scan leave the counts in doubt', async () => {
  const tree = aTree(patch(1, 1), ...moving)
  let enabled: 0 | 1 = 1
  // The clock is asked at the start of each scan, after the flags were read.
  const now = (): number => {
    enabled = enabled === 1 ? 0 : 1
    tree.write(patch(enabled, 1))
    return morning
  }
  const { transition } = await createReader({ files: hostFiles(tree.root), labels: {}, now }).read()
  expect(transition).toMatchObject({ direction: null, confidence: 'partial', confidenceReason: 'race' })
})

test('a transition that ends under the scan is not reported from stale counts', async () => {
  const tree = aTree(patch(1, 1), ...moving)
  const now = (): number => {
    tree.write(patch(1, 0))
    return morning
  }
  const reading = await createReader({ files: hostFiles(tree.root), labels: {}, now }).read()
  expect(reading.transition).toBeNull()
  expect(reading.patches).toMatchObject([{ state: 'applied', inTransition: false }])
})

test('in a PID namespace only a part of the tasks is seen', async () => {
  const { transition } = await aReader(
    aTree(patch(1, 1), task(1, { patchState: '1' }), task(2, { patchState: '1' })),
  ).read()
  expect(transition).toMatchObject({ confidence: 'partial', confidenceReason: 'pidns' })
})

test('hidden processes are not taken for migrated ones', async () => {
  const mounts = { 'proc/mounts': 'proc /proc proc rw,hidepid=invisible 0 0\n' }
  const { transition } = await aReader(aTree(patch(1, 1), task(77, { patchState: '1' }), mounts)).read()
  expect(transition).toMatchObject({ confidence: 'partial', confidenceReason: 'hidepid' })
})

test('a task that runs in every reading is running; one asleep without a patched frame has an unreliable stack', async () => {
  const spinning = task(50, { comm: 'spin', state: 'R', patchState: '0' })
  const asleep = task(51, { comm: 'odd', patchState: '0', stack: '[<0>] schedule+0x1/0x2\n' })
  const reader = aReader(aTree(patch(1, 1), ...moving, spinning, asleep))
  const causes = (reading: Reading) => reading.transition?.blocking.map(({ comm, cause }) => [comm, cause])
  expect(causes(await reader.read())).toEqual([
    ['spin', 'no-permission'],
    ['odd', 'unreliable-stack'],
  ])
  reader.clock.ms += 5000
  const second = await reader.read()
  expect(causes(second)?.[0]).toEqual(['spin', 'running'])
  expect(second.transition?.blocking.map(({ firstSeenAt }) => Date.parse(firstSeenAt))).toEqual([
    morning,
    morning,
  ])
})

test('a thread id that is used again is another task', async () => {
  const tree = aTree(patch(1, 1), ...moving, task(50, { patchState: '0' }))
  const reader = aReader(tree)
  await reader.read()
  reader.clock.ms += 5000
  tree.write(task(50, { patchState: '0', startTicks: 900 }))
  const { transition } = await reader.read()
  expect(Date.parse(transition?.blocking[0]?.firstSeenAt ?? '')).toBe(morning + 5000)
})

test('kallsyms gives the patch’s own name for an alias on the stack', async () => {
  const kallsyms =
    'ffffffff81000010 T pipe_read\nffffffff81000010 t pipe_read_alias\nffffffff81000020 T schedule\n'
  const stack = '[<0>] schedule+0x1/0x2\n[<0>] pipe_read_alias+0x4/0x20\n'
  const tree = aTree(patch(1, 1), ...moving, task(50, { patchState: '0', stack }), {
    'proc/kallsyms': kallsyms,
  })
  const { transition } = await aReader(tree).read()
  expect(transition?.blocking).toMatchObject([
    { cause: 'sleeping-in-patched-function', blockingFunction: 'pipe_read', blockingFrame: 1 },
  ])
})

test('lists are bounded and what is left out is counted', async () => {
  const stack = '[<0>] pipe_read+0x1/0x2\n'
  const crowd = Array.from({ length: 300 }, (_, index) =>
    task(1000 + index, { comm: `c${index}`, patchState: '0', stack }),
  )
  const { transition } = await aReader(aTree(patch(1, 1), ...moving, ...crowd)).read()
  const stacks = transition?.blocking.filter((one) => one.stack !== null).length
  expect(stacks).toBe(20)
  expect((transition?.blocking.length ?? 0) + (transition?.blockingOmitted ?? 0)).toBe(300)
  expect(transition?.groups.length).toBeLessThanOrEqual(200)
  expect(transition?.groups.reduce((sum, group) => sum + group.remaining, 0)).toBe(300)
  expect(transition?.groups.reduce((sum, group) => sum + group.total, 0)).toBe(302)
})

test('at rest two readings have the same hash; any change gives another', async () => {
  const tree = aTree(patch(1, 0))
  const reader = aReader(tree)
  const first = await reader.read()
  reader.clock.ms += 60_000
  // The boot time moves by a second when the clock is disciplined.
  tree.write({ 'proc/stat': 'btime 1795422790\n' })
  expect((await reader.read()).stateHash).toBe(first.stateHash)
  tree.write(patch(0, 0))
  expect((await reader.read()).stateHash).not.toBe(first.stateHash)
})

test('a module loaded as a livepatch and no longer listed is left over', async () => {
  const modules =
    'old_patch 16384 0 - Live 0x0000000000000000 (OEK)\np 16384 1 - Live 0x0000000000000000 (OEK)\n'
  const reading = await aReader(aTree(patch(1, 0), { 'proc/modules': modules })).read()
  expect(reading.patches.map(({ name, state }) => [name, state])).toEqual([
    ['p', 'applied'],
    ['old_patch', 'leftover'],
  ])
})

test('a link in a copied tree does not lead out of it', async () => {
  const { symlinkSync } = await import('node:fs')
  const tree = aTree({ 'usr/lib/os-release': 'ID=inside\n' })
  symlinkSync('/usr/lib/os-release', `${tree.root}/etc/os-release`)
  expect((await aReader(tree).read()).host.os.id).toBe('inside')
})

test('a host without a machine id goes by its boot', async () => {
  const tree = aTree({ 'etc/machine-id': 'uninitialized\n' })
  expect((await aReader(tree).read()).host.machineId).toBe('boot-526336d7-8775-45d4-a5d9-59b8186d0429')
})

test('a tool that gives up after 75 s leaves who held it, with the stacks of 20 s and 60 s', async () => {
  const stackOf = (symbol: string) => `[<0>] schedule+0x1/0x2\n[<0>] ${symbol}+0x4/0x20\n`
  const held = (symbol: string | undefined) =>
    task(50, { comm: 'billing', patchState: '0', ...(symbol ? { stack: stackOf(symbol) } : {}) })
  const tree = aTree(patch(1, 1), ...moving, held('early_read'))
  const reader = aReader(tree)
  const at = async (seconds: number) => {
    reader.clock.ms = morning + seconds * 1000
    return reader.read()
  }
  await at(0)
  tree.write(held('pipe_read'))
  expect((await at(15)).transition?.blocking[0]?.stack).toContain('early_read')
  const twenty = await at(20)
  expect(twenty.transition?.blocking[0]).toMatchObject({ blockingFunction: 'pipe_read', blockingFrame: 1 })
  expect(twenty.attempts[0]).not.toHaveProperty('blocking')
  await at(60)
  // Refused from now on: what was read before is kept.
  tree.write({ 'proc/50/task/50/stack': null })
  await at(70)
  // kpatch gives up: nearly all tasks now have to go back, and they are not who held it.
  tree.write({ ...patch(0, 1), ...task(50, { comm: 'billing', patchState: '0' }) })
  await at(75)
  await at(77)
  tree.write({ 'sys/kernel/livepatch/p': null })
  await at(79)
  const { attempts } = await at(81)
  expect(attempts).toMatchObject([
    {
      patch: 'p',
      direction: 'patching',
      outcome: 'reversed',
      blocking: [
        { tid: 50, comm: 'billing', cause: 'sleeping-in-patched-function', stack: ['schedule', 'pipe_read'] },
      ],
    },
  ])
  expect(attempts[0]?.blocking).toHaveLength(1)
})

test('a refused load says why, in the kernel’s words; an oops and a lockup are about no patch', async () => {
  const log = [
    "4,1,8000000,-;livepatch: enabling patch 'p'",
    "3,2,8100000,-;livepatch: failed to register ftrace handler for function 'pipe_read' (-16)",
    "3,3,8100001,-;livepatch: failed to patch object 'vmlinux'",
    "3,4,8100002,-;livepatch: failed to enable patch 'p'",
    '4,5,9000000,-;Oops: 0000 [#1] PREEMPT SMP',
    '4,6,9500000,-;Oops: 0000 [#2] PREEMPT SMP',
    '0,7,9600000,-;watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [a:77]',
  ].join('\n')
  const reading = await aReader(aTree({ 'sys/kernel/livepatch/': '', 'dev/kmsg': log })).read()
  expect(reading.attempts).toMatchObject([
    {
      outcome: 'refused',
      failure:
        "failed to register ftrace handler for function 'pipe_read' (-16); failed to patch object 'vmlinux'; failed to enable patch 'p'",
    },
  ])
  expect(reading.events.map(({ kind, patch: name }) => [kind, name])).toEqual([
    ['patch-enabling', 'p'],
    ['load-failed', 'p'],
    ['oops', null],
    ['lockup', null],
  ])
})

test('a thread is asked its name once in a transition, and a process that took over its number anew', async () => {
  const worker = (startTicks: number, comm: string) => ({
    ...task(40, { patchState: '1', threads: 2, startTicks, comm: 'pool' }),
    ...task(41, { pid: 40, patchState: '1', comm }),
  })
  const tree = aTree(patch(1, 1), ...moving, worker(700, 'first'))
  const reader = aReader(tree)
  const names = async () => (await reader.read()).transition?.groups.map(({ comm }) => comm)
  expect(await names()).toContain('first')
  tree.write(worker(700, 'renamed'))
  expect(await names()).toContain('first')
  tree.write(worker(900, 'another'))
  expect(await names()).toContain('another')
})
